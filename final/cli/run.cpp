// SPDX-License-Identifier: MIT
// run and create: what is asked becomes a create request, in Docker's shape.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "02-net/ports.hpp"
#include "04-cgroups/cgroup.hpp"
#include "04-cgroups/limits.hpp"
#include "cli/flags.hpp"
#include "cli/follow.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"
#include "container/asked.hpp"
#include "container/explain.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

namespace {

using json = nlohmann::ordered_json;

// "NAME" alone is our own variable of that name, and nothing where we have none.
std::string with_value(const std::string& variable) {
  if (variable.find('=') != std::string::npos) return variable;
  const char* ours = std::getenv(variable.c_str());
  return ours == nullptr ? variable : fmt::format("{}={}", variable, ours);
}

// Lines NAME=value, taken as they are: no quotes, no comments behind a value.
void add_file(json& to, const std::string& path) {
  std::ifstream lines(path);
  if (!lines) throw usage_error(fmt::format("--env-file {}: can't be read", path));
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line[0] != '#') to.push_back(with_value(line));
}

json environment(const flags& given) {
  json all = json::array();
  for (const auto& file : given.list("--env-file")) add_file(all, file);
  for (const auto& one : given.list("--env")) {
    if (one.empty() || one[0] == '=')
      throw usage_error(fmt::format("--env {}: NAME=value is meant", sys::quoted(one)));
    all.push_back(with_value(one));
  }
  return all;
}

json port_bindings(const flags& given) {
  json all = json::object();
  for (const auto& text : given.list("--publish")) {
    const auto port = net::parse_published_port(text);
    all[fmt::format("{}/{}", port.container_port, port.protocol_text())].push_back(
        {{"HostIp", port.host ? port.host->text() : ""},
         {"HostPort", std::to_string(port.host_port)}});
  }
  return all;
}

json labels(const flags& given) {
  json all = json::object();
  for (const auto& one : given.list("--label")) {
    const auto equals = one.find('=');
    all[one.substr(0, equals)] =
        equals == std::string::npos ? "" : one.substr(equals + 1);
  }
  return all;
}

void put_limits(const flags& given, json& host) {
  if (given.has("--memory"))
    host["Memory"] = cgroup::parse_size("--memory", given.text("--memory"));
  if (given.has("--memory-swap"))
    host["MemorySwap"] = given.text("--memory-swap") == "-1"
                             ? -1
                             : static_cast<std::int64_t>(cgroup::parse_size(
                                   "--memory-swap", given.text("--memory-swap")));
  if (given.has("--cpus"))
    host["NanoCpus"] =
        cgroup::parse_cpus("--cpus", given.text("--cpus"), cgroup::processors().size()) *
        (1'000'000'000 / cgroup::cpu_period_us);
  if (given.has("--pids-limit")) {
    const auto most = cgroup::parse_count("--pids-limit", given.text("--pids-limit"));
    host["PidsLimit"] = most == cgroup::unlimited ? -1 : static_cast<std::int64_t>(most);
  }
}

json log_config(const flags& given) {
  json options = json::object();
  for (const auto& one : given.list("--log-opt")) {
    const auto equals = one.find('=');
    if (equals == std::string::npos)
      throw usage_error(fmt::format("--log-opt {}: NAME=value is meant", one));
    options[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return {{"Type", given.text("--log-driver", "json-file")}, {"Config", options}};
}

// Those whose place in the request the table names.
void put_by_table(const flags& given, json& request) {
  for (const auto& one : given.known()) {
    if (one.place.empty() || !given.has(one.name)) continue;
    json& place = request[json::json_pointer(std::string(one.place))];
    if (one.takes == kind::toggle) place = given.on(one.name);
    if (one.takes == kind::text) place = given.text(one.name);
    if (one.takes == kind::list) place = given.list(one.name);
  }
}

json request_of(const flags& given) {
  const auto& words = given.rest(1);
  json request{{"Image", words[0]}};
  put_by_table(given, request);
  request["Cmd"] = arguments(words.begin() + 1, words.end());
  request["Env"] = environment(given);
  request["Labels"] = labels(given);
  request["StdinOnce"] = given.on("--interactive") && !given.on("--detach");
  if (given.has("--entrypoint"))
    request["Entrypoint"] = given.text("--entrypoint").empty()
                                ? arguments{}
                                : arguments{given.text("--entrypoint")};
  if (given.has("--stop-timeout"))
    request["StopTimeout"] = number(given, "--stop-timeout");
  json& host = request["HostConfig"];
  put_limits(given, host);
  host["PortBindings"] = port_bindings(given);
  host["LogConfig"] = log_config(given);
  const auto network = given.text("--network", "default");
  if (network != "default" && network != "bridge" && network != "none" &&
      network != "host")
    throw not_supported(fmt::format("--network {}", network));
  host["NetworkMode"] = network == "bridge" ? "default" : network;
  return request;
}

// Before anything is made: two containers never share one.
unique_fd open_cidfile(const flags& given) {
  if (!given.has("--cidfile")) return {};
  const std::string path = given.text("--cidfile");
  if (sys::exists(path))
    throw usage_error(fmt::format("--cidfile {}: there is one", path),
                      "another container's id may be in it: remove it, or name another");
  return sys::open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
}

std::string create_from(const flags& given) {
  const json request = request_of(given);
  const unique_fd file = open_cidfile(given);
  try {
    const auto id =
        container::create(request.dump(), given.rest()[0], given.text("--name"));
    if (file)
      sys::check("write", given.text("--cidfile"),
                 [&] { return ::write(file.get(), id.data(), id.size()); });
    return id;
  } catch (...) {
    if (file) ::unlink(given.text("--cidfile").c_str());
    throw;
  }
}

void remove_quietly(const std::string& id) {
  try {
    container::remove(id, true);
  } catch (const std::exception&) {
    // The failure that led here is the one to be told.
  }
}

int run_in_front(const std::string& id, const flags& given) {
  const bool input = given.on("--interactive"), terminal = given.on("--tty");
  auto [streams, their_streams] = container::control::make_pair();
  auto [watch, their_watch] = container::control::make_pair();
  container::start(id, {std::move(their_streams), input, std::move(their_watch),
                        terminal ? window_size() : container::window{}, true});
  return follow(
      {container::control(std::move(watch)), std::move(streams), input, terminal});
}

void begin_story(const flags& given) {
  const std::string how = given.text("--explain", "off");
  if (how == "true") narration::begin({narration::style::text, false, {}});
  if (how == "json") narration::begin({narration::style::json, false, {}});
  if (how != "true" && how != "json" && how != "off")
    throw usage_error(fmt::format("--explain={}: json, or nothing, is meant", how));
}

int run(const arguments& all) {
  const flags given("run", run_flags(), all, true);
  const bool detached = given.on("--detach");
  if (!detached) require_terminal(given.on("--interactive"), given.on("--tty"));
  begin_story(given);
  const auto id = create_from(given);
  container::arrow(fmt::format("run {}", given.rest()[0]));
  try {
    if (!detached) return run_in_front(id, given);
    container::start(id, {});
  } catch (...) {
    if (given.on("--rm")) remove_quietly(id);
    throw;
  }
  print(id + "\n");
  return 0;
}

const command run_command({"run"}, "makes a container and runs a command in it", run);
const command create_command({"create"}, "makes a container, to be started later",
                             [](const arguments& all) {
                               const flags given("create", run_flags(), all, true);
                               print(create_from(given) + "\n");
                               return 0;
                             });

}  // namespace

}  // namespace zoomin::cli
