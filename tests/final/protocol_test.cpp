// SPDX-License-Identifier: MIT
// The control protocol: the length of requests, and what happens between a newer command
// and an older monitor, or with a newer file.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <filesystem>
#include <functional>

#include "common/fd.hpp"
#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
namespace fs = std::filesystem;
using zoomin::unique_fd;

namespace {

std::string file_of(const std::string& id, const std::string& name) {
  return fmt::format("{}/containers/{}/{}", zoomin::root_directory(), id, name);
}

// Returns a socket that `act`, connect(2) or bind(2), has connected or bound. It is
// called in the socket's directory, since a socket's path can have at most 107 bytes.
template <typename Act>
unique_fd socket_of(const std::string& id, Act&& act) {
  const auto directory = zoomin::run_directory() + "/containers/" + id;
  fs::create_directories(directory);
  const unique_fd inside(::open(directory.c_str(), O_PATH | O_CLOEXEC));
  unique_fd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const auto path = fmt::format("/proc/self/fd/{}/sock", inside.get());
  std::memcpy(at.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(act(made.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  return made;
}

std::string line_from(int socket) {
  std::string line;
  for (char character = 0; ::read(socket, &character, 1) == 1 && character != '\n';)
    line += character;
  return line;
}

void send_line(int socket, const std::string& line) {
  const auto whole = line + "\n";
  std::size_t sent = 0;
  while (sent < whole.size()) {
    const auto wrote = ::write(socket, whole.data() + sent, whole.size() - sent);
    if (wrote <= 0) return;
    sent += static_cast<std::size_t>(wrote);
  }
}

// Plays the monitor of container `id` in a process: it holds its lock, listens, and
// answers each line of each connection with `answer`; if that is empty it closes the
// connection.
class fake_monitor {
 public:
  fake_monitor(const std::string& id,
               const std::function<std::string(const std::string&)>& answer) {
    const unique_fd lock(::open(file_of(id, "").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::flock(lock.get(), LOCK_EX | LOCK_NB) == 0);
    fs::remove(zoomin::run_directory() + "/containers/" + id + "/sock");
    const unique_fd listener = socket_of(id, ::bind);
    ::listen(listener.get(), 10);
    process_ = ::fork();
    if (process_ != 0) return;
    while (true) {
      const unique_fd client(::accept(listener.get(), nullptr, nullptr));
      for (auto line = line_from(client.get()); !line.empty();
           line = line_from(client.get())) {
        const auto words = answer(line);
        if (words.empty()) break;
        send_line(client.get(), words);
      }
    }
  }
  fake_monitor(const fake_monitor&) = delete;
  fake_monitor& operator=(const fake_monitor&) = delete;
  ~fake_monitor() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_ = -1;
};

// Returns a state as it was written before files had versions.
std::string old_state(const std::string& status) {
  return fmt::format(
      R"({{"Status": "{}", "Pid": 1, "ExitCode": 0, "OOMKilled": false, "Error": "",
          "Created": "2025-01-01T00:00:00.000000000Z",
          "StartedAt": "2025-01-01T00:00:00.000000000Z", "FinishedAt": "",
          "BootID": "", "Addresses": [], "Name": "c", "Image": "bb", "Command": "sleep",
          "Ports": []}})",
      status);
}

// Answers like an old monitor without versions and without `pause`.
std::string old_answer(const std::string& line) {
  if (line.starts_with("stop ") || line == "wait") return "ended 7 ";
  if (line.starts_with("update ")) return "ok";
  return "error unknown request: " + line;
}

}  // namespace

TEST_CASE("a request of many kilobytes reaches the monitor", "[final]") {
  import_busybox();
  output_of("zoomin network create n");
  output_of("zoomin run -d --name c --network n bb sleep 1000; zoomin network create m");
  const auto joined = shell(
      "zoomin network connect $(for i in $(seq 500); do "
      "echo --alias a-long-name-of-a-container-$i; done) m c");
  CHECK(joined.errors.empty());
  CHECK(contains(
      output_of("zoomin exec c nslookup a-long-name-of-a-container-500 127.0.0.11 2>&1"),
      "Address: 10.8"));
  output_of("zoomin rm -f c; zoomin network rm n m");
}

TEST_CASE("a request beyond 1 MiB is refused, and the next one is served", "[final]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --name c bb sleep 1000");
  const unique_fd monitor = socket_of(id, ::connect);
  send_line(monitor.get(), "zoomin 1");
  CHECK(line_from(monitor.get()) == "zoomin 2");
  send_line(monitor.get(), "rename " + std::string(3UL << 20, 'x'));
  CHECK(line_from(monitor.get()) == "error the request has more than 1 MiB");
  send_line(monitor.get(), "rename d");
  CHECK(line_from(monitor.get()) == "ok");
  CHECK(output_of("zoomin rm -f d") == "d");
}

TEST_CASE("a failure in a monitor reaches a client with its kind, setting and hint",
          "[final]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --name c -m 64m bb sleep 1000");
  output_of("zoomin create --name taken bb true");
  const unique_fd client = socket_of(id, ::connect);
  const auto failure_of = [&](const std::string& request) {
    send_line(client.get(), request);
    return nlohmann::ordered_json::parse(line_from(client.get()));
  };
  send_line(client.get(), "zoomin 2");
  CHECK(line_from(client.get()) == "zoomin 2");
  CHECK(failure_of(R"(update {"MemoryReservation": 128000000})") ==
        nlohmann::ordered_json{{"kind", "invalid"},
                               {"field", "HostConfig.MemoryReservation"},
                               {"text",
                                "HostConfig.MemoryReservation: must not be more than "
                                "HostConfig.Memory"},
                               {"hint", ""}});
  CHECK(failure_of("rename taken")["kind"] == "conflict");
  CHECK(failure_of("unpause")["kind"] == "conflict");
  CHECK(failure_of("future request")["kind"] == "unsupported");
  const auto refused = shell("zoomin update --memory-reservation 128m c");
  CHECK(refused.status == 1);
  CHECK(refused.errors ==
        "zoomin: --memory-reservation: must not be more than --memory\n");
  CHECK(contains(shell("zoomin unpause c").errors, "Container c is not paused"));
  output_of("zoomin rm -f c taken");
}

TEST_CASE("a client of version 1 receives a failure as text", "[final]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --name c bb sleep 1000");
  for (const char* greeting : {"zoomin 1", ""}) {
    INFO(greeting);
    const unique_fd client = socket_of(id, ::connect);
    if (*greeting != '\0') {
      send_line(client.get(), greeting);
      CHECK(line_from(client.get()) == "zoomin 2");
    }
    send_line(client.get(), "unpause");
    CHECK(line_from(client.get()) == "error is not paused");
    send_line(client.get(), "future request");
    CHECK(line_from(client.get()) == "error unknown request: future request");
  }
  output_of("zoomin rm -f c");
}

TEST_CASE("a command reports a monitor's failure as its own", "[final]") {
  import_busybox();
  const auto id = output_of("zoomin create --name c bb sleep 1");
  write_file(file_of(id, "state.json"), old_state("running"));
  const auto errors_with = [&](const std::string& failure) {
    const fake_monitor monitor(id, [&](const std::string& line) {
      return line.starts_with("zoomin ") ? std::string("zoomin 2") : failure;
    });
    const auto refused = shell("zoomin update -m 64m c");
    CHECK(refused.status == 1);
    return refused.errors;
  };
  CHECK(errors_with(R"({"kind": "invalid", "field": "HostConfig.Memory", )"
                    R"("text": "HostConfig.Memory: is too small", )"
                    R"("hint": "raise HostConfig.Memory"})") ==
        "zoomin: --memory: is too small\nhint: raise --memory\n");
  CHECK(errors_with(R"({"kind": "system", "call": "write", "object": "memory.max", )"
                    R"("errno": 16, "text": "busy", "hint": "wait"})") ==
        "zoomin: write(memory.max): Device or resource busy\nhint: wait\n");
  CHECK(errors_with(R"({"kind": "of a newer zoomin", "text": "not now"})") ==
        "zoomin: not now\n");
  CHECK(errors_with("{not JSON") == "zoomin: {not JSON\n");
  write_file(file_of(id, "state.json"), old_state("exited"));
  output_of("zoomin rm c");
}

TEST_CASE("an older monitor is supported, and reported if it lacks a request",
          "[final]") {
  import_busybox();
  const auto id = output_of("zoomin create --name c bb sleep 1");
  write_file(file_of(id, "state.json"), old_state("running"));
  {
    const fake_monitor old(id, old_answer);
    CHECK(contains(output_of("zoomin ps --format '{{.Names}} {{.Status}}'"), "c Up"));
    CHECK(output_of("zoomin update -m 64m c") == "c");
    const auto refused = shell("zoomin pause c");
    CHECK(refused.status == 1);
    CHECK(contains(refused.errors, "is an older zoomin"));
    CHECK(contains(refused.errors, "zoomin restart"));
    // A line longer than the old monitor's 4,096 bytes isn't sent.
    const auto long_one = shell("zoomin rename c $(printf 'x%.0s' $(seq 5000))");
    CHECK(long_one.status == 1);
    CHECK(output_of("zoomin wait c") == "7");
    CHECK(output_of("zoomin stop c") == "c");
  }
  write_file(file_of(id, "state.json"), old_state("exited"));
  CHECK(output_of("zoomin inspect -f '{{.State.Status}}' c") == "exited");
  CHECK(output_of("zoomin start -a c").empty());
  CHECK(output_of("zoomin rm c") == "c");
}

TEST_CASE("a monitor that closes the connection isn't taken for an ended container",
          "[final]") {
  import_busybox();
  const auto id = output_of("zoomin create --name c bb sleep 1");
  write_file(file_of(id, "state.json"), old_state("running"));
  {
    const fake_monitor silent(id, [](const std::string& line) {
      return std::string(line.starts_with("zoomin ") ? "zoomin 1" : "");
    });
    const auto refused = shell("zoomin pause c");
    CHECK(refused.status == 1);
    CHECK(contains(refused.errors, "closed the connection without an answer"));
  }
  output_of("zoomin rm c");
}

TEST_CASE("a monitor that is stopped is reported, and doesn't hold up its clients",
          "[final]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --name c bb sleep 1000").substr(0, 12);
  output_of("zoomin run -d --name slow bb sleep 1000");
  const auto title = "zoomin monitor " + id;
  const auto monitor = output_of("pgrep -f '[z]" + title.substr(1) + "'");
  REQUIRE(::kill(std::stoi(monitor), SIGSTOP) == 0);
  // The monitor's socket has room for 64 clients. `slow` ignores SIGTERM.
  const auto held = shell(
      "(zoomin stop -t 12 slow; echo stopped $?) & (zoomin logs -f c; echo logs $?) & "
      "for i in $(seq 69); do zoomin pause c & done; wait",
      60);
  CHECK(contains(held.output, "stopped 0\n"));
  CHECK(contains(held.output, "logs 1\n"));
  const auto message = "zoomin: `" + title +
                       "` was asked for the version of its protocol and didn't answer "
                       "within 10 seconds\n";
  std::size_t failures = 0;
  for (auto at = held.errors.find(message); at != std::string::npos;
       at = held.errors.find(message, at + 1))
    ++failures;
  CHECK(failures == 70);
  CHECK(output_of("zoomin ps --format '{{.Names}}'") == "c");
  const auto remedy = "pkill -CONT -f '" + title + "'";
  CHECK(contains(held.errors, "`" + remedy + "` continues it"));
  shell(remedy);
  CHECK(output_of("zoomin stop -t 0 c") == "c");
  output_of("zoomin rm c slow");
}

TEST_CASE("a file that a newer zoomin wrote is refused", "[final]") {
  import_busybox();
  const auto id = output_of("zoomin create --name c bb sleep 1");
  const auto state = file_of(id, "state.json");
  CHECK(contains(output_of("cat " + state), "\"Version\": 1"));
  CHECK(contains(output_of("cat " + file_of(id, "container.json")), "\"Version\": 1"));
  output_of("sed -i 's/\"Version\": 1/\"Version\": 2/' " + state);
  const auto refused = shell("zoomin start c");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "written by a newer zoomin"));
  output_of("sed -i 's/\"Version\": 2/\"Version\": 1/' " + state);
  CHECK(output_of("zoomin rm c") == "c");
}

TEST_CASE("keys of a newer zoomin that change nothing for an older one are ignored",
          "[final]") {
  import_busybox();
  output_of("zoomin network create n");
  const auto id = output_of("zoomin create --name c --network n bb echo ran");
  const auto network = zoomin::root_directory() + "/networks/n.json";
  for (const auto& file :
       {file_of(id, "state.json"), file_of(id, "container.json"), network}) {
    INFO(file);
    auto document = nlohmann::ordered_json::parse(output_of("cat " + file));
    document["Future"] = {{"Key", 1}};
    write_file(file, document.dump());
    CHECK(document["Version"] == 1);
  }
  CHECK(output_of("zoomin start -a c") == "ran");
  CHECK(output_of("zoomin inspect -f '{{.State.ExitCode}}' c") == "0");
  output_of("zoomin rm c; zoomin network rm n");
}
