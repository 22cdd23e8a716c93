// SPDX-License-Identifier: MIT
#include "cli/create_flags.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <charconv>
#include <cstdlib>
#include <sstream>

#include "02-net/ports.hpp"
#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "cli/create_flags_parts.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"
#include "container/spec/restart_policy.hpp"
#include "container/spec/spec.hpp"
#include "security/security.hpp"

namespace zoomin::cli {

namespace {

// Completes "NAME" alone with the value of this process's variable of that name, if it
// has one.
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
void validate_line(const std::string& path, const std::string& line) {
  if (line.find('\0') != std::string::npos)
    throw usage_error(fmt::format("{}: the line contains a zero byte", path),
                      "the file must be UTF-8 text; UTF-16 can't be read");
  const auto name = line.substr(0, line.find('='));
  if (name.empty())
    throw usage_error(
        fmt::format("{}: no variable name on line {}", path, sys::quote(line)),
        "each line is NAME=VALUE, NAME, or a comment that begins with #");
  if (name.find_first_of(" \t\v\f\r") != std::string::npos)
    throw usage_error(
        fmt::format("{}: variable {} contains whitespaces", path, sys::quote(name)));
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

arguments environment_of(const flags& options) {
  arguments variables;
  for (const auto& file : options.list("--env-file"))
    for (const auto& line : lines_of("--env-file", file))
      variables.push_back(with_value(line));
  for (const auto& variable : options.list("--env")) {
    if (variable.empty() || variable[0] == '=')
      throw usage_error(
          fmt::format("--env {}: expected NAME=value", sys::quote(variable)));
    variables.push_back(with_value(variable));
  }
  return variables;
}

namespace {

struct range {
  unsigned first = 0, last = 0;
  [[nodiscard]] unsigned size() const { return last - first + 1; }
};

// Parses "80" or "8000-8010". An empty text, and 0, mean any free port.
range parse_range(const std::string& flag, const std::string& text) {
  const auto dash = text.find('-');
  const auto port = [&](const std::string& part) {
    unsigned value = 0;
    const auto* const end = part.data() + part.size();
    const auto [stopped, bad] = std::from_chars(part.data(), end, value);
    if (part.empty() || bad != std::errc() || stopped != end || value > 65535)
      throw usage_error(
          fmt::format("{}: \"{}\" is not a port", flag, part),
          "write 8080:80, 127.0.0.1:8080:80, 8000-8010:80-90 or 5353:53/udp");
    return value;
  };
  if (text.empty()) return {};
  const unsigned first = port(text.substr(0, dash));
  const range result{first,
                     dash == std::string::npos ? first : port(text.substr(dash + 1))};
  if (result.first > result.last)
    throw usage_error(fmt::format(
        "{}: {} is not a range of ports: the first is above the last", flag, text));
  return result;
}

// Parses "[HOST_IP:][PORTS:]PORTS[/udp]". Two ranges are bound port by port. If a range
// of host ports is given for one container port, its first free port is taken.
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
    throw usage_error(flag + ": the two port ranges must have the same length");
  for (unsigned i = 0; i < inner.size(); ++i) {
    const std::string port = outer.first == 0 ? "" : std::to_string(outer.first + i);
    const std::string host_port =
        first_free ? fmt::format("{}-{}", port, outer.last) : port;
    if (rest.starts_with('[') && rest.ends_with(']')) {
      to[fmt::format("{}/{}", inner.first + i, over)].push_back(
          {{"HostIp", rest.substr(1, rest.size() - 2)}, {"HostPort", host_port}});
      continue;
    }
    // parse_published_port() rejects all invalid bindings.
    net::parse_published_port(fmt::format("{}{}{}:{}/{}", rest, rest.empty() ? "" : ":",
                                          port.empty() ? "1" : port, inner.first + i,
                                          over));
    to[fmt::format("{}/{}", inner.first + i, over)].push_back(
        {{"HostIp", rest}, {"HostPort", host_port}});
  }
}

json port_bindings(const flags& options) {
  json bindings = json::object();
  for (const auto& text : options.list("--publish")) add_bindings(text, bindings);
  return bindings;
}

json exposed_ports(const flags& options) {
  json exposed = json::object();
  for (const auto& text : options.list("--expose")) {
    const auto slash = text.find('/');
    const std::string over = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
    const range ports = parse_range("--expose " + text, text.substr(0, slash));
    if (ports.first == 0 || (over != "tcp" && over != "udp"))
      throw usage_error(fmt::format("--expose {}: expected PORT[/tcp|/udp]", text));
    for (unsigned port = ports.first; port <= ports.last; ++port)
      exposed[fmt::format("{}/{}", port, over)] = json::object();
  }
  return exposed;
}

json ulimits(const flags& options) {
  json limits = json::array();
  for (const auto& text : options.list("--ulimit")) {
    const auto limit = security::parse_rlimit(text);
    limits.push_back({{"Name", limit.name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
  }
  return limits;
}

// Returns the --security-opt values. The path of a seccomp profile is replaced by its
// text.
json security_options(const flags& options) {
  constexpr std::string_view prefix = "seccomp=";
  json values = json::array();
  for (auto text : options.list("--security-opt")) {
    const std::string path = text.starts_with(prefix) ? text.substr(prefix.size()) : "";
    if (!path.empty() && path != "unconfined" && path != "builtin") {
      if (!sys::exists(path))
        throw usage_error(fmt::format("--security-opt {}: no such file", text));
      const std::string profile = without_mark(sys::read_file(path));
      const auto begin = profile.find_first_not_of(" \t\r\n");
      if (begin == std::string::npos || profile[begin] != '{')
        throw usage_error(
            fmt::format("--security-opt {}: not a JSON seccomp profile", text));
      text = std::string(prefix) + profile.substr(begin);
    }
    values.push_back(std::move(text));
  }
  return values;
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

void put_limits(const flags& options, json& host) {
  if (options.has("--memory-swap"))
    host["MemorySwap"] = options.text("--memory-swap") == "-1"
                             ? -1
                             : static_cast<std::int64_t>(cgroup::parse_size(
                                   "--memory-swap", options.text("--memory-swap")));
  if (options.has("--oom-score-adj"))
    host["OomScoreAdj"] =
        whole_number("--oom-score-adj", options.text("--oom-score-adj"));
  if (options.has("--cpus"))
    host["NanoCpus"] = cgroup::parse_cpus("--cpus", options.text("--cpus"),
                                          cgroup::processors().size()) *
                       (1'000'000'000 / cgroup::cpu_period_us);
  if (options.has("--pids-limit")) {
    // 0 means unlimited, as with docker.
    const std::string text = options.text("--pids-limit");
    const auto most =
        text == "0" ? cgroup::unlimited : cgroup::parse_count("--pids-limit", text);
    host["PidsLimit"] = most == cgroup::unlimited ? -1 : static_cast<std::int64_t>(most);
  }
  if (options.has("--restart")) {
    const auto policy = container::parse_restart(options.text("--restart"));
    host["RestartPolicy"] = {{"Name", container::name_of(policy.type)},
                             {"MaximumRetryCount", policy.most}};
  }
}

namespace {

json log_config(const flags& options) {
  json settings = json::object();
  for (const auto& option : options.list("--log-opt")) {
    const auto equals = option.find('=');
    if (equals == std::string::npos)
      throw usage_error(fmt::format("--log-opt {}: expected NAME=value", option));
    settings[option.substr(0, equals)] = option.substr(equals + 1);
  }
  return {{"Type", options.text("--log-driver", "local")}, {"Config", settings}};
}

json pairs_of(const arguments& texts) {
  json pairs = json::object();
  for (const auto& text : texts) {
    auto [key, value] = text::cut(text, '=');
    pairs[std::move(key)] = std::move(value);
  }
  return pairs;
}

// Returns the least size that a flag accepts: a cgroup's minimum, or one page of a tmpfs.
std::uint64_t least_of(std::string_view flag) {
  return flag.starts_with("--memory") ? cgroup::least_memory_bytes : 4096;
}

}  // namespace

void put_by_table(const flags& options, json& request) {
  for (const auto& flag : options.known()) {
    if (flag.place.empty() || !options.has(flag.name)) continue;
    json& target = request[json::json_pointer(std::string(flag.place))];
    if (flag.takes == kind::toggle) target = options.on(flag.name);
    if (flag.takes == kind::text) target = options.text(flag.name);
    if (flag.takes == kind::number) target = number(options, flag.name);
    if (flag.takes == kind::size)
      target =
          cgroup::parse_size(flag.name, options.text(flag.name), least_of(flag.name));
    if (flag.takes == kind::list)  // two flags may have one place: --dns-opt
      for (const auto& text : options.list(flag.name)) target.push_back(text);
    if (flag.takes == kind::pairs) target = pairs_of(options.list(flag.name));
  }
}

namespace {

// Checks the flags that have no effect here, or only one supported value.
void validate_others(const flags& options) {
  if (const auto pull = options.text("--pull", "missing");
      pull != "missing" && pull != "always" && pull != "never")
    throw usage_error(fmt::format("--pull {}: expected missing, always or never", pull));
  if (options.text("--userns", "host") != "host")
    throw not_supported(fmt::format("--userns {}", options.text("--userns")));
  struct utsname machine {};
  ::uname(&machine);
  const std::string ours = machine.machine;
  const std::string docker = ours == "x86_64"    ? "amd64"
                             : ours == "aarch64" ? "arm64"
                                                 : ours;
  const auto platform = options.text("--platform", "linux/" + docker);
  if (platform != "linux/" + docker && platform != "linux/" + ours &&
      platform != "linux" && platform != "linux/arm64/v8")
    throw usage_error(
        fmt::format("--platform {}: this machine is linux/{}", platform, docker));
}

json labels(const flags& options) {
  json pairs = json::object();
  for (const auto& file : options.list("--label-file"))
    pairs.update(pairs_of(lines_of("--label-file", file)));
  pairs.update(pairs_of(options.list("--label")));
  return pairs;
}

}  // namespace

json request_of(const flags& options) {
  const auto& words = options.rest(1);
  validate_others(options);
  json request{{"Image", words[0]}};
  put_by_table(options, request);
  request["Cmd"] = arguments(words.begin() + 1, words.end());
  request["Env"] = environment_of(options);
  request["Labels"] = labels(options);
  request["StdinOnce"] = options.on("--interactive") && !options.on("--detach");
  if (options.has("--entrypoint"))
    request["Entrypoint"] = options.text("--entrypoint").empty()
                                ? arguments{}
                                : arguments{options.text("--entrypoint")};
  if (options.has("--expose")) request["ExposedPorts"] = exposed_ports(options);
  json& host = request["HostConfig"];
  put_limits(options, host);
  if (options.has("--ulimit")) host["Ulimits"] = ulimits(options);
  if (options.has("--security-opt")) host["SecurityOpt"] = security_options(options);
  host["PortBindings"] = port_bindings(options);
  host["LogConfig"] = log_config(options);
  put_networks(options, host);
  put_health(options, request);
  put_mounts(options, request);
  put_devices(options, host);
  return request;
}

}  // namespace zoomin::cli
