// SPDX-License-Identifier: MIT
// exec: its record, the environment of its command, and what the command leaves behind.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <nlohmann/json.hpp>

#include <array>
#include <csignal>
#include <string>

#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/paths.hpp"
#include "container/control.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor/exec.hpp"
#include "container/monitor/monitor.hpp"
#include "engine.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;
namespace container = zoomin::container;

namespace {

// Returns how many processes of container c run `command`.
std::string count_of(const std::string& command) {
  return output_of(fmt::format("zoomin top c | grep -c '{}'", command));
}

// Waits up to a few seconds until `number` processes of container c run `command`.
bool wait_for_count(const std::string& command, const std::string& number) {
  return shell(fmt::format("for i in $(seq 100); do "
                           "[ \"$(zoomin top c | grep -c '{}')\" = {} ] && exit 0; "
                           "sleep 0.05; done; exit 1",
                           command, number))
             .status == 0;
}

// Returns the only exec of container c that has not ended, once it runs.
container::exec_name running_exec() {
  for (int tries = 0; tries < 200; ++tries) {
    const auto execs = inspected("c")["ExecIDs"];
    if (execs.size() == 1) {
      auto exec = container::find_exec(execs[0]);
      if (container::read_exec_state(exec).running) return exec;
    }
    output_of("sleep 0.05");
  }
  throw zoomin::check::failed("no exec runs in c");
}

// Waits until an exec has ended. Returns its exit status.
int exit_status_of(const container::exec_name& exec) {
  const auto end = container::begin_wait_for_exec(exec);
  if (end.fd < 0) return end.finish();
  pollfd ready{end.fd, POLLIN, 0};
  CHECK(::poll(&ready, 1, 10'000) == 1);
  return end.finish();
}

}  // namespace

TEST_CASE("an exec has an id, a state and an exit code until its container's next start",
          "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c bb sleep 1000");
  CHECK(inspected("c")["ExecIDs"].is_null());
  subprocess client({built("zoomin"), "exec", "-i", "c", "sh", "-c", "read a; exit 7"});
  const auto exec = running_exec();
  const auto now = container::read_exec_state(exec);
  CHECK(output_of(fmt::format("cat /proc/{}/comm", now.pid)) == "sh");
  CHECK(container::read_exec(exec).command ==
        std::vector<std::string>{"sh", "-c", "read a; exit 7"});
  CHECK_THROWS_WITH(container::hold_to_start(exec),
                    "Exec command " + exec.id + " is already running");
  client.write("go\n");
  CHECK(exit_status_of(exec) == 7);
  CHECK(client.end() == 7);
  CHECK(container::read_exec_state(exec).exit_code == 7);
  CHECK(exit_status_of(exec) == 7);
  CHECK(inspected("c")["ExecIDs"].is_null());
  CHECK_THROWS_WITH(container::hold_to_start(exec),
                    "Exec command " + exec.id + " has already run");
  CHECK(shell("zoomin exec c nothing").status == 127);
  CHECK(inspected("c")["ExecIDs"].is_null());
  output_of("zoomin restart -t 0 c");
  CHECK_THROWS_WITH(container::find_exec(exec.id), "No such exec instance: " + exec.id);
  output_of("zoomin rm -f c");
}

TEST_CASE("the terminal of an exec can be resized by the exec's id", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c bb sleep 1000");
  terminal window({built("zoomin"), "exec", "-it", "c", "sh"}, 30, 90);
  const auto exec = running_exec();
  window.type("echo ready-$((1 + 1))\n");
  window.expect("ready-2");
  container::resize_exec(exec, {33, 77});
  window.type("until stty size | grep -q '33 77'; do sleep 0.1; done; stty size\n");
  window.expect("\n33 77");
  window.type("exit 4\n");
  CHECK(window.end() == 4);
  CHECK_THROWS(container::resize_exec(exec, {33, 77}));
  output_of("zoomin rm -f c");
}

TEST_CASE("a program other than zoomin can start a container and an exec", "[final]") {
  import_busybox();
  const auto id =
      output_of("zoomin create --name c bb sh -c 'echo hello; exec sleep 1000'");
  // The monitor must inherit none of the caller's descriptors.
  const zoomin::unique_fd open_here(::open("/dev/zero", O_RDONLY));
  std::vector<zoomin::unique_fd> ours;
  std::vector<container::attached_client> clients;
  for (int i = 0; i < 2; ++i) {
    auto [outer, inner] = container::control::make_pair();
    ours.push_back(std::move(outer));
    clients.push_back({std::move(inner), false, {}, {}, false});
  }
  container::begin_start(id, clients, built("zoomin")).finish();
  for (const auto& client : ours) {
    std::array<char, 64> got{};
    CHECK(::recv(client.get(), got.data(), 14, MSG_WAITALL) == 14);
    CHECK(std::string(got.data() + 8) == "hello\n");
  }
  const auto monitor = output_of(
      "grep PPid /proc/$(zoomin inspect -f '{{.State.Pid}}' c)/status | cut -f 2");
  CHECK(output_of("cat /proc/" + monitor + "/comm") == "zoomin");
  CHECK_FALSE(contains(output_of("ls -l /proc/" + monitor + "/fd"), "/dev/zero"));

  constexpr auto owner = container::exec_owner::program;
  container::exec_options options;
  options.command = {"sh", "-c", "exit 6"};
  const auto exec = container::create_exec("c", options);
  container::start_exec(exec, {}, owner, built("zoomin"));
  CHECK(exit_status_of(exec) == 6);
  options.command = {"nothing"};
  const auto absent = container::create_exec("c", options);
  CHECK_THROWS_AS(container::start_exec(absent, {}, owner, built("zoomin")),
                  zoomin::sys::error);
  CHECK(exit_status_of(absent) == 127);
  CHECK_THROWS_AS(container::begin_start(id, {}, built("zoomin")), zoomin::usage_error);
  output_of("zoomin rm -f c");
}

TEST_CASE("a setting that is refused at the start is named by its field", "[final]") {
  import_busybox();
  zoomin::engine engine({zoomin::root_directory(), zoomin::run_directory()},
                        built("zoomin"));
  const auto start_with = [&](const char* settings) -> zoomin::base::field_error {
    auto request = container::create_request::parse(settings);
    request["Image"] = "bb";
    request["Cmd"] = {"true"};
    const auto id = engine.create(std::move(request), "c").value;
    try {
      engine.start(id).finish();
    } catch (const zoomin::base::field_error& refused) {
      engine.remove(id, false, false).finish();
      return refused;
    }
    return {"", "started"};
  };
  const auto parameter =
      start_with(R"({"HostConfig": {"Sysctls": {"net.ipv4.ip_forward": "many"}}})");
  CHECK(parameter.field() == "HostConfig.Sysctls");
  CHECK(parameter.what() == std::string("HostConfig.Sysctls net.ipv4.ip_forward=many: "
                                        "write(/proc/sys/net/ipv4/ip_forward): Invalid "
                                        "argument"));
  const auto limit =
      start_with(R"({"HostConfig": {"Ulimits": [{"Name": "nofile", "Soft": 4, )"
                 R"("Hard": 2000000000}]}})");
  CHECK(limit.field() == "HostConfig.Ulimits");
  CHECK(limit.hint() == "the limit in /proc/sys/fs/nr_open is lower");
}

TEST_CASE("a start through the engine's door can be polled, and a terminal resized",
          "[final]") {
  import_busybox();
  zoomin::engine engine({zoomin::root_directory(), zoomin::run_directory()},
                        built("zoomin"));
  container::create_request request{{"Image", "bb"}, {"Tty", true}, {"OpenStdin", true}};
  request["Cmd"] = {
      "sh", "-c",
      "until stty size 2> /dev/null | grep '^33 77'; do sleep 0.1; done; sleep 1000"};
  const auto id = engine.create(std::move(request), "c").value;
  CHECK_THROWS_WITH(engine.resize(id, {33, 77}), "Container " + id + " is not running");
  auto started = engine.start_attached("c", {.input = true, .terminal = true}, false);
  pollfd ready{started.step.fd, POLLIN, 0};
  CHECK(::poll(&ready, 1, 10'000) == 1);
  CHECK(started.step.finish().warnings.empty());
  CHECK(engine.state_of("c").status == container::status::running);
  engine.resize("c", {33, 77});
  std::array<char, 6> got{};
  CHECK(::recv(started.client.streams.get(), got.data(), 5, MSG_WAITALL) == 5);
  CHECK(std::string(got.data()) == "33 77");
  CHECK_THROWS_AS(engine.start("c"), zoomin::usage_error);
  CHECK(engine.stop("c", std::nullopt, 0).finish().value == 0);
  engine.remove("c", false, false).finish();
}

TEST_CASE("an exec is created, started and awaited through the engine's door",
          "[final]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --name c bb sleep 1000");
  zoomin::engine engine({zoomin::root_directory(), zoomin::run_directory()});
  container::exec_options options;
  options.command = {"sh", "-c", "read word; echo got $word; exit 6"};
  options.has_input = true;
  const auto exec = engine.create_exec("c", options);
  CHECK(engine.find_exec(exec.id).container == id);
  CHECK_FALSE(engine.state_of(exec).started);
  CHECK_THROWS_WITH(engine.wait_for_exec(exec),
                    "Exec command " + exec.id + " has not been started");
  constexpr auto owner = container::exec_owner::copy;
  const auto client = engine.start_exec_attached(exec, {.input = true}, owner).value;
  CHECK(engine.state_of(exec).running);
  CHECK_THROWS_WITH(engine.start_exec(exec, owner),
                    "Exec command " + exec.id + " is already running");
  const auto end = engine.wait_for_exec(exec);
  REQUIRE(::send(client.streams.get(), "word\n", 5, 0) == 5);
  std::array<char, 64> got{};
  CHECK(::recv(client.streams.get(), got.data(), 17, MSG_WAITALL) == 17);
  CHECK(std::string(got.data() + 8) == "got word\n");
  CHECK(end.finish().value == 6);
  CHECK(engine.state_of(exec).exit_code == 6);
  CHECK_THROWS_WITH(engine.start_exec(exec, owner),
                    "Exec command " + exec.id + " has already run");
  output_of("zoomin rm -f c");
}

TEST_CASE("an exec whose event loop was killed has ended", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c bb sleep 1000");
  subprocess client({built("zoomin"), "exec", "c", "sleep", "1000"});
  const auto exec = running_exec();
  const auto process = container::read_exec_state(exec).pid;
  output_of(fmt::format("kill -9 $(ps -o ppid= -p {})", process));
  CHECK(client.end() == 128 + SIGKILL);
  CHECK(container::read_exec_state(exec).exit_code == 128 + SIGKILL);
  CHECK(exit_status_of(exec) == 128 + SIGKILL);
  CHECK(inspected("c")["ExecIDs"].is_null());
  output_of("zoomin rm -f c");
}

TEST_CASE("old execs are removed, running ones aren't", "[final]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --name c bb sleep 1000");
  subprocess client({built("zoomin"), "exec", "c", "sleep", "1000"});
  const auto running = running_exec();
  container::exec_name last;
  container::exec_options options;
  options.command = {"true"};
  for (int i = 0; i < 300; ++i) last = container::add_exec(id, options);
  CHECK(container::unfinished_execs(id).size() <= 128U);
  CHECK(container::read_exec_state(running).running);
  CHECK_FALSE(container::read_exec_state(last).started);
  output_of("zoomin rm -f c");
  CHECK_THROWS(container::find_exec(last.id));
}

TEST_CASE("the command of exec ends with its client: TERM, HUP, closed terminal",
          "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c bb sleep 1000");
  int seconds = 91;
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
    const std::string command = fmt::format("sleep {}", seconds++);
    INFO(command);
    subprocess client({built("zoomin"), "exec", "c", "sleep", command.substr(6)});
    CHECK(wait_for_count(command, "1"));
    client.kill(signal);
    CHECK(client.end() == 128 + signal);
    CHECK(count_of(command) == "0");
  }
  for (const char* flags : {"-it", "-t", "-i"}) {
    const std::string command = fmt::format("sleep {}", seconds++);
    INFO(command << flags);
    terminal window({built("zoomin"), "exec", flags, "c", "sleep", command.substr(6)});
    CHECK(wait_for_count(command, "1"));
    window.hang_up();
    CHECK(wait_for_count(command, "0"));
  }
  CHECK(count_of("sleep 1000") == "1");
  output_of("zoomin rm -f c");
}

TEST_CASE("too many variables are reported, and nothing is left", "[final]") {
  import_busybox();
  const scratch files;
  std::string many;
  for (int i = 0; i < 60; ++i)
    many += fmt::format("V{}={}\n", i, std::string(60'000, 'x'));
  write_file(files / "many", many);
  write_file(files / "long", "V=" + std::string(131'072, 'x') + "\n");
  for (const char* name : {"many", "long"}) {
    INFO(name);
    const auto refused = shell(
        fmt::format("zoomin run --rm --name c --env-file {} bb true", files / name));
    CHECK(refused.status == 126);
    CHECK(contains(refused.errors, "argument list too long"));
    CHECK(lines_without_hints(refused.errors) == 1);
    CHECK(output_of("zoomin ps -aq").empty());
  }
  // The container can be created, and start reports the error.
  output_of(fmt::format("zoomin create --name c --env-file {} bb true", files / "long"));
  CHECK(contains(shell("zoomin start c").errors, "argument list too long"));
  CHECK(output_of("zoomin ps -a --format '{{.Status}}'") == "Created");
  output_of("zoomin rm c");
}

TEST_CASE("exec's soft limit of open files is its own and not above the hard limit",
          "[final]") {
  import_busybox();
  const std::string look = " bb sh -c 'ulimit -Sn; ulimit -Hn'";
  CHECK(output_of("zoomin run --rm bb sh -c 'test $(ulimit -n) -le 1024 && echo ok'") ==
        "ok");
  CHECK(output_of("zoomin run --rm --ulimit nofile=512:1024" + look) == "512\n1024");
  CHECK(output_of("zoomin run --rm --ulimit nofile=512" + look) == "512\n512");
  CHECK(shell("zoomin run --rm --ulimit nofile=1024:512 bb true").status == 125);
  output_of("zoomin run -d --name c --ulimit nofile=512:1024 bb sleep 60");
  CHECK(output_of("zoomin exec c sh -c 'ulimit -Sn; ulimit -Hn'") == "512\n1024");
  output_of("zoomin rm -f c");
}
