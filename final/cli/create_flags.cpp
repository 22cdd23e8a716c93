// SPDX-License-Identifier: MIT
#include "cli/create_flags.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <charconv>
#include <cstdlib>
#include <sstream>

#include "02-net/ports.hpp"
#include "04-cgroups/cgroup.hpp"
#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "base/json.hpp"
#include "cli/create_flags_parts.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/restart_policy.hpp"
#include "container/spec/spec.hpp"
#include "docker/filters.hpp"
#include "security/security.hpp"

namespace zoomin::cli {

namespace {

// "NAME" alone is our own variable of that name, and nothing where we have none.
std::string with_value(const std::string& variable) {
  if (variable.find('=') != std::string::npos) return variable;
  const char* ours = std::getenv(variable.c_str());
  return ours == nullptr ? variable : fmt::format("{}={}", variable, ours);
}

// Some editors on Windows write these bytes at the beginning of a text file.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string without_mark(std::string text) {
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  return text;
}

// Throws usage_error if the line NAME[=VALUE] can't be a variable or a label.
void validate_line(const std::string& place, const std::string& line) {
  if (line.find('\0') != std::string::npos)
    throw usage_error(fmt::format("{}: the line contains a zero byte", place),
                      "the file must be UTF-8 text; UTF-16 can't be read");
  const auto name = line.substr(0, line.find('='));
  if (name.empty())
    throw usage_error(
        fmt::format("{}: no variable name on line {}", place, sys::quote(line)),
        "each line is NAME=VALUE, NAME, or a comment that begins with #");
  if (name.find_first_of(" \t\v\f\r") != std::string::npos)
    throw usage_error(
        fmt::format("{}: variable {} contains whitespaces", place, sys::quote(name)));
}

// Reads lines NAME[=VALUE] as docker does: a byte order mark, blanks before a name and
// the carriage return of a Windows line end are dropped; everything else is kept, quotes
// and the blanks of a value too.
arguments lines_of(const char* flag, const std::string& path) {
  std::istringstream lines(without_mark(sys::read_file(path)));
  arguments found;
  unsigned number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    line.erase(0, std::min(line.find_first_not_of(" \t\v\f\r"), line.size()));
    if (line.empty() || line[0] == '#') continue;
    validate_line(fmt::format("{} {}: line {}", flag, path, number), line);
    found.push_back(line);
  }
  return found;
}

}  // namespace

arguments environment_of(const flags& given) {
  arguments all;
  for (const auto& file : given.list("--env-file"))
    for (const auto& line : lines_of("--env-file", file)) all.push_back(with_value(line));
  for (const auto& one : given.list("--env")) {
    if (one.empty() || one[0] == '=')
      throw usage_error(fmt::format("--env {}: expected NAME=value", sys::quote(one)));
    all.push_back(with_value(one));
  }
  return all;
}

namespace {

struct range {
  unsigned first = 0, last = 0;
  [[nodiscard]] unsigned size() const { return last - first + 1; }
};

// "80", "8000-8010"; nothing, and 0, are a free port.
range parse_range(const std::string& flag, const std::string& text) {
  const auto dash = text.find('-');
  const auto port = [&](const std::string& part) {
    unsigned value = 0;
    const auto* const end = part.data() + part.size();
    const auto [stopped, bad] = std::from_chars(part.data(), end, value);
    if (part.empty() || bad != std::errc() || stopped != end || value > 65535)
      throw usage_error(fmt::format("{}: \"{}\" is not a port", flag, part),
                        "like 8080:80, 127.0.0.1:8080:80, 8000-8010:80-90, 5353:53/udp");
    return value;
  };
  if (text.empty()) return {};
  const unsigned first = port(text.substr(0, dash));
  const range all{first, dash == std::string::npos ? first : port(text.substr(dash + 1))};
  if (all.first > all.last)
    throw usage_error(fmt::format("{}: {} is no range of ports", flag, text));
  return all;
}

// Parses "[HOST_IP:][PORTS:]PORTS[/udp]": each pair of two ranges is a binding of its
// own. If a range of the host's is given for one port of the container's, its first free
// port is taken.
void add_bindings(const std::string& text, json& to) {
  const std::string flag = "--publish " + text;
  const auto slash = text.find('/');
  const std::string over = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
  std::string rest = text.substr(0, slash);
  const auto cut = [&] {
    const auto colon = rest.rfind(':');
    std::string tail = rest.substr(colon == std::string::npos ? 0 : colon + 1);
    rest.resize(colon == std::string::npos ? 0 : colon);
    return tail;
  };
  const range inner = parse_range(flag, cut());
  const range outer = parse_range(flag, cut());
  const bool first_free = outer.size() > 1 && inner.size() == 1;
  if (outer.first != 0 && outer.size() != inner.size() && !first_free)
    throw usage_error(flag + ": the ranges are not of one size");
  for (unsigned i = 0; i < inner.size(); ++i) {
    const std::string port = outer.first == 0 ? "" : std::to_string(outer.first + i);
    const std::string wanted = first_free ? fmt::format("{}-{}", port, outer.last) : port;
    if (rest.starts_with('[') && rest.ends_with(']')) {
      to[fmt::format("{}/{}", inner.first + i, over)].push_back(
          {{"HostIp", rest.substr(1, rest.size() - 2)}, {"HostPort", wanted}});
      continue;
    }
    // It knows all that can be wrong with one.
    net::parse_published_port(fmt::format("{}{}{}:{}/{}", rest, rest.empty() ? "" : ":",
                                          port.empty() ? "1" : port, inner.first + i,
                                          over));
    to[fmt::format("{}/{}", inner.first + i, over)].push_back(
        {{"HostIp", rest}, {"HostPort", wanted}});
  }
}

json port_bindings(const flags& given) {
  json all = json::object();
  for (const auto& text : given.list("--publish")) add_bindings(text, all);
  return all;
}

json exposed_ports(const flags& given) {
  json all = json::object();
  for (const auto& text : given.list("--expose")) {
    const auto slash = text.find('/');
    const std::string over = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
    const range ports = parse_range("--expose " + text, text.substr(0, slash));
    if (ports.first == 0 || (over != "tcp" && over != "udp"))
      throw usage_error(fmt::format("--expose {}: expected PORT[/tcp|/udp]", text));
    for (unsigned port = ports.first; port <= ports.last; ++port)
      all[fmt::format("{}/{}", port, over)] = json::object();
  }
  return all;
}

json ulimits(const flags& given) {
  json all = json::array();
  for (const auto& text : given.list("--ulimit")) {
    const auto one = security::parse_rlimit(text);
    all.push_back({{"Name", one.name}, {"Soft", one.soft}, {"Hard", one.hard}});
  }
  return all;
}

// A seccomp profile is part of the request, as its text.
json security_options(const flags& given) {
  constexpr std::string_view prefix = "seccomp=";
  json all = json::array();
  for (auto text : given.list("--security-opt")) {
    const std::string path = text.starts_with(prefix) ? text.substr(prefix.size()) : "";
    if (!path.empty() && path != "unconfined" && path != "builtin") {
      if (!sys::exists(path))
        throw usage_error(fmt::format("--security-opt {}: there is no such file", text));
      const std::string profile = without_mark(sys::read_file(path));
      const auto begin = profile.find_first_not_of(" \t\r\n");
      if (begin == std::string::npos || profile[begin] != '{')
        throw usage_error(
            fmt::format("--security-opt {}: no profile, which is JSON", text));
      text = std::string(prefix) + profile.substr(begin);
    }
    all.push_back(std::move(text));
  }
  return all;
}

int whole_number(const char* flag, const std::string& text) {
  int value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, value);
  if (text.empty() || bad != std::errc() || stopped != end)
    throw usage_error(
        fmt::format("{} {}: expected a whole number", flag, sys::quote(text)));
  return value;
}

}  // namespace

void put_limits(const flags& given, json& host) {
  if (given.has("--memory-swap"))
    host["MemorySwap"] = given.text("--memory-swap") == "-1"
                             ? -1
                             : static_cast<std::int64_t>(cgroup::parse_size(
                                   "--memory-swap", given.text("--memory-swap")));
  if (given.has("--oom-score-adj"))
    host["OomScoreAdj"] = whole_number("--oom-score-adj", given.text("--oom-score-adj"));
  if (given.has("--cpus"))
    host["NanoCpus"] =
        cgroup::parse_cpus("--cpus", given.text("--cpus"), cgroup::processors().size()) *
        (1'000'000'000 / cgroup::cpu_period_us);
  if (given.has("--pids-limit")) {
    const std::string text = given.text("--pids-limit");  // 0 is docker's: unlimited
    const auto most =
        text == "0" ? cgroup::unlimited : cgroup::parse_count("--pids-limit", text);
    host["PidsLimit"] = most == cgroup::unlimited ? -1 : static_cast<std::int64_t>(most);
  }
  if (given.has("--restart")) {
    const auto policy = container::parse_restart(given.text("--restart"));
    host["RestartPolicy"] = {{"Name", container::name_of(policy.is)},
                             {"MaximumRetryCount", policy.most}};
  }
}

namespace {

json log_config(const flags& given) {
  json options = json::object();
  for (const auto& one : given.list("--log-opt")) {
    const auto equals = one.find('=');
    if (equals == std::string::npos)
      throw usage_error(fmt::format("--log-opt {}: expected NAME=value", one));
    options[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return {{"Type", given.text("--log-driver", "local")}, {"Config", options}};
}

json pairs_of(const arguments& all) {
  json result = json::object();
  for (const auto& one : all) {
    auto [key, value] = split(one);
    result[std::move(key)] = std::move(value);
  }
  return result;
}

// Memory of a group begins somewhere, memory of a file system at a page.
std::uint64_t least_of(std::string_view flag) {
  return flag.starts_with("--memory") ? cgroup::least_memory_bytes : 4096;
}

}  // namespace

void put_by_table(const flags& given, json& request) {
  for (const auto& one : given.known()) {
    if (one.place.empty() || !given.has(one.name)) continue;
    json& place = request[json::json_pointer(std::string(one.place))];
    if (one.takes == kind::toggle) place = given.on(one.name);
    if (one.takes == kind::text) place = given.text(one.name);
    if (one.takes == kind::number) place = number(given, one.name);
    if (one.takes == kind::size)
      place = cgroup::parse_size(one.name, given.text(one.name), least_of(one.name));
    if (one.takes == kind::list)  // two flags may have one place: --dns-opt
      for (const auto& text : given.list(one.name)) place.push_back(text);
    if (one.takes == kind::pairs) place = pairs_of(given.list(one.name));
  }
}

namespace {

// What changes nothing here, or can't be had.
void validate_others(const flags& given) {
  if (const auto pull = given.text("--pull", "missing");
      pull != "missing" && pull != "never")
    throw not_supported(fmt::format("--pull {}", pull));
  if (given.text("--userns", "host") != "host")
    throw not_supported(fmt::format("--userns {}", given.text("--userns")));
  struct utsname machine {};
  ::uname(&machine);
  const std::string ours = machine.machine;
  const std::string docker = ours == "x86_64"    ? "amd64"
                             : ours == "aarch64" ? "arm64"
                                                 : ours;
  const auto platform = given.text("--platform", "linux/" + docker);
  if (platform != "linux/" + docker && platform != "linux/" + ours &&
      platform != "linux" && platform != "linux/arm64/v8")
    throw usage_error(
        fmt::format("--platform {}: this machine is linux/{}", platform, docker));
}

json labels(const flags& given) {
  json all = json::object();
  for (const auto& file : given.list("--label-file"))
    all.update(pairs_of(lines_of("--label-file", file)));
  all.update(pairs_of(given.list("--label")));
  return all;
}

}  // namespace

std::string request_of(const flags& given) {
  const auto& words = given.rest(1);
  validate_others(given);
  json request{{"Image", words[0]}};
  put_by_table(given, request);
  request["Cmd"] = arguments(words.begin() + 1, words.end());
  request["Env"] = environment_of(given);
  request["Labels"] = labels(given);
  request["StdinOnce"] = given.on("--interactive") && !given.on("--detach");
  if (given.has("--entrypoint"))
    request["Entrypoint"] = given.text("--entrypoint").empty()
                                ? arguments{}
                                : arguments{given.text("--entrypoint")};
  if (given.has("--expose")) request["ExposedPorts"] = exposed_ports(given);
  json& host = request["HostConfig"];
  put_limits(given, host);
  if (given.has("--ulimit")) host["Ulimits"] = ulimits(given);
  if (given.has("--security-opt")) host["SecurityOpt"] = security_options(given);
  host["PortBindings"] = port_bindings(given);
  host["LogConfig"] = log_config(given);
  put_networks(given, host);
  put_health(given, request);
  put_mounts(given, request);
  put_devices(given, host);
  return files::json_text(request);
}

}  // namespace zoomin::cli
