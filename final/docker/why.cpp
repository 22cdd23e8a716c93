// SPDX-License-Identifier: MIT
#include "docker/why.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/statvfs.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

#include "cgroup/existing.hpp"
#include "common/names.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"
#include "container/log/line_joiner.hpp"
#include "container/log/reader.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/state.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "network/network.hpp"

namespace zoomin::docker {

using namespace container;

namespace {

// The evidence on a container. `used` and `events` are set only while it runs.
struct evidence {
  std::string id, name;
  state now;
  container_spec spec;
  std::vector<std::string> log;  // its last lines, the last one first
  std::optional<cgroup::usage> used{};
  cgroup::events events{};

  [[nodiscard]] bool runs() const { return used.has_value(); }
  // Returns the content of a file in /proc/PID of its init; empty if the process has just
  // ended.
  [[nodiscard]] std::string proc(std::string_view file) const {
    return sys::read_file(fmt::format("/proc/{}/{}", now.pid, file));
  }
  // Returns the last line of its log that contains one of the texts; empty if there is
  // none.
  [[nodiscard]] std::string line_with(
      std::initializer_list<std::string_view> texts) const {
    for (const auto& line : log)
      for (const auto text : texts)
        if (line.find(text) != std::string::npos) return "its log: " + line;
    return {};
  }
};

using findings = std::vector<finding>;

// --- what the kernel's files say ---

bool has_default_route(const std::string& routes) {
  std::istringstream lines(routes);
  std::string line, device, destination;
  std::getline(lines, line);
  while (std::getline(lines, line))
    if (std::istringstream(line) >> device >> destination && destination == "00000000")
      return true;
  return false;
}

// Returns true for an address in 127.0.0.0/8, also in the form of an IPv6 address, and
// for
// ::1. The kernel writes an address as one or four numbers of 32 bits, whose bytes in
// memory are in network byte order.
bool is_loopback(std::string_view hexadecimal) {
  in6_addr address{};
  std::size_t words = 0;
  for (; words < 4 && hexadecimal.size() >= 8; ++words, hexadecimal.remove_prefix(8)) {
    const auto word = static_cast<std::uint32_t>(
        std::stoul(std::string(hexadecimal.substr(0, 8)), nullptr, 16));
    std::memcpy(address.s6_addr + words * sizeof word, &word, sizeof word);
  }
  if (words < 4) return address.s6_addr[0] == IN_LOOPBACKNET;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return address.s6_addr[12] == IN_LOOPBACKNET;
  return IN6_IS_ADDR_LOOPBACK(&address);
}

// --- cgroup ---

void find_memory(const evidence& seen, findings& found) {
  const auto limit = seen.spec.limits.memory_bytes;
  const std::string ceiling =
      limit ? fmt::format("its limit of {}", binary_size_text(*limit))
            : "the limit of all containers, or the machine's memory";
  const std::string command = limit ? "zoomin update -m SIZE " + seen.name
                                    : "zoomin stats --no-stream " + seen.name;
  if (seen.events.oom_kills > 0 || seen.now.oom_killed) {
    found.push_back(
        {"cgroup", "the OOM killer ended a process at " + ceiling,
         seen.runs() ? fmt::format("its group counts {} OOM kills", seen.events.oom_kills)
                     : fmt::format("OOMKilled is true, the exit status is {}",
                                   seen.now.exit_code),
         command});
  } else if (seen.runs() && seen.used->memory_limit_bytes != cgroup::unlimited &&
             seen.used->needed_memory_bytes() > seen.used->memory_limit_bytes / 10 * 9) {
    found.push_back({"cgroup", "its memory is nearly exhausted: " + ceiling,
                     fmt::format("{} in use, {} allocations had to wait",
                                 binary_size_text(seen.used->needed_memory_bytes()),
                                 seen.events.memory_limit),
                     command});
  }
}

void find_processes(const evidence& seen, findings& found) {
  const std::string line =
      seen.line_with({"an't fork", "Resource temporarily unavailable"});
  if (seen.events.pids_limit > 0 && seen.used->pids_limit == cgroup::unlimited) {
    found.push_back({"cgroup", "it couldn't create a process: its limit was reached",
                     fmt::format("pids.events: {} refused, before the limit was lifted",
                                 seen.events.pids_limit),
                     "zoomin top " + seen.name});
  } else if (seen.events.pids_limit > 0) {
    found.push_back({"cgroup", "it can't create more processes: its limit is reached",
                     fmt::format("pids.events: {} refused at a limit of {}",
                                 seen.events.pids_limit, seen.used->pids_limit),
                     "zoomin top " + seen.name});
  } else if (!line.empty()) {
    found.push_back({"cgroup", "it couldn't create a process: its limit was reached",
                     line, "zoomin update --pids-limit N " + seen.name});
  }
}

void find_throttling(const evidence& seen, findings& found) {
  if (!seen.runs() || !seen.used->cpu_quota_us) return;
  if (seen.used->throttled_us <= seen.used->cpu_time_us / 10) return;
  found.push_back(
      {"cgroup",
       fmt::format("it waits for processor time: its limit is {:.2f} processors",
                   static_cast<double>(*seen.used->cpu_quota_us) /
                       static_cast<double>(cgroup::cpu_period_us)),
       fmt::format("cpu.stat: throttled for {:.1f} s, ran for {:.1f} s",
                   static_cast<double>(seen.used->throttled_us) / 1e6,
                   static_cast<double>(seen.used->cpu_time_us) / 1e6),
       "zoomin update --cpus N " + seen.name});
}

void find_pause(const evidence& seen, findings& found) {
  if (seen.now.paused)
    found.push_back({"cgroup", "it is paused: no process of it runs",
                     "its group is frozen", "zoomin unpause " + seen.name});
}

// --- namespaces ---

void find_route(const evidence& seen, findings& found) {
  if (seen.spec.network == "none") {
    found.push_back({"namespace", "it has no network but a loopback",
                     "it was created with --network none",
                     "zoomin network connect bridge " + seen.name});
    return;
  }
  if (!seen.runs() || !seen.spec.on_bridge()) return;
  const std::string routes = seen.proc("net/route");
  if (has_default_route(routes)) return;
  const bool internal = network::find(seen.spec.network).internal;
  const bool connected = routes.find('\n') + 1 < routes.size();
  found.push_back({"namespace",
                   internal    ? "nothing outside its network can be reached"
                   : connected ? "it has no default route"
                               : "its interface is down, or has no address",
                   internal ? fmt::format("network {} was created with --internal",
                                          network_for_docker(seen.spec.network))
                            : fmt::format("/proc/{}/net/route", seen.now.pid),
                   fmt::format("sudo nsenter -t {} -n ip route", seen.now.pid)});
}

// Compares the published ports with the sockets that listen in the network namespace.
void find_ports(const evidence& seen, findings& found) {
  if (!seen.runs() || !seen.spec.on_bridge()) return;
  std::vector<listener> listeners;
  for (const auto* table : {"net/tcp", "net/tcp6"})
    for (const auto& socket : listeners_in(seen.proc(table))) listeners.push_back(socket);
  const std::string sockets = fmt::format("sudo nsenter -t {} -n ss -ltn", seen.now.pid);
  std::set<std::uint16_t> published;
  for (const auto& port : seen.now.ports) {
    if (port.protocol != net::protocol::tcp) continue;
    published.insert(port.container_port);
    bool listens = false, on_loopback = false;
    for (const auto& socket : listeners) {
      if (socket.port != port.container_port) continue;
      (socket.on_loopback ? on_loopback : listens) = true;
    }
    if (listens) continue;
    found.push_back(
        {"namespace",
         on_loopback ? fmt::format("port {} is published, but the program listens on the "
                                   "container's own 127.0.0.1 only",
                                   port.container_port)
                     : fmt::format("port {} is published, but nothing listens on it",
                                   port.container_port),
         fmt::format("/proc/{}/net/tcp", seen.now.pid), sockets});
  }
  for (const auto& socket : listeners)
    if (!socket.on_loopback && published.insert(socket.port).second)
      found.push_back({"namespace",
                       fmt::format("port {} isn't published: the host reaches it at {}",
                                   socket.port, seen.now.address()),
                       "a program listens on it", "zoomin port " + seen.name});
}

void find_names(const evidence& seen, findings& found) {
  const std::string line =
      seen.line_with({"bad address", "ould not resolve", "name resolution",
                      "Name or service not known", "can't resolve"});
  if (line.empty()) return;
  found.push_back({"namespace",
                   seen.spec.on_user_network()
                       ? "a name wasn't found: it is neither a container on its networks "
                         "nor a known host"
                       : "a name wasn't found: containers have names on user-defined "
                         "networks only",
                   line, "zoomin exec " + seen.name + " cat /etc/resolv.conf"});
}

// Returns true if PID 1 has no handler for the stop signal, so that the kernel drops the
// signal: pid_namespaces(7). The init of --init needs no handlers, because it waits for
// signals.
bool init_ignores_stop(const evidence& seen) {
  if (seen.spec.init) return false;
  const auto handled = signals_in_status(seen.now.pid, "SigCgt");
  return handled && (*handled >> (seen.spec.stop_signal - 1) & 1) == 0;
}

void find_ignored_stop(const evidence& seen, findings& found) {
  if (!seen.runs() && seen.now.stopped && seen.now.exit_code == 137)
    found.push_back({"namespace", "it was killed, because PID 1 ignored the stop signal",
                     "it was stopped, and its exit status is 137",
                     "zoomin run --init …"});
}

// --- files ---

void find_command(const evidence& seen, findings& found) {
  const auto code = seen.now.exit_code;
  if (seen.runs() || (code != 127 && code != 126)) return;
  found.push_back({"filesystem",
                   code == 127 ? "a command isn't in the image"
                               : "a command can't be executed: its mode, its format, or "
                                 "a missing interpreter",
                   seen.now.error.empty() ? fmt::format("the exit status is {}", code)
                                          : seen.now.error,
                   fmt::format("zoomin run --rm -it {} sh", seen.spec.image)});
}

void find_missing_file(const evidence& seen, findings& found) {
  const auto line = seen.line_with({"No such file or directory"});
  if (!line.empty())
    found.push_back({"filesystem", "a file is in none of its layers", line,
                     "zoomin diff " + seen.name});
}

void find_read_only(const evidence& seen, findings& found) {
  const auto line = seen.line_with({"Read-only file system"});
  if (line.empty()) return;
  found.push_back(
      {"filesystem",
       seen.spec.read_only
           ? "its root is read-only (--read-only): add --tmpfs for the "
             "directories that it writes to"
           : "it wrote to a read-only mount: a bind with :ro, /sys, or the "
             "kernel's settings in /proc/sys",
       line, fmt::format("zoomin inspect -f '{{{{json .Mounts}}}}' {}", seen.name)});
}

void find_full_disk(const evidence& seen, findings& found) {
  const auto upper = directory_of(seen.id) + "/layer";
  struct statvfs disk {};
  const bool full =
      ::statvfs(upper.c_str(), &disk) == 0 && disk.f_bavail * disk.f_bsize < 1U << 20;
  const auto line = seen.line_with({"No space left on device"});
  if (full || !line.empty())
    found.push_back({"filesystem",
                     full ? "the disk of its writable layer is full"
                          : "a file system was full: the disk, or a tmpfs",
                     full ? "statvfs of " + upper : line, "zoomin system df"});
}

// --- privileges ---

void find_refused(const evidence& seen, findings& found) {
  const auto& user = seen.spec.init_process.user;
  if (const auto line = seen.line_with({"Permission denied"}); !line.empty())
    found.push_back({"filesystem",
                     fmt::format("the owner and mode of a file refuse user {}",
                                 user.empty() ? "0" : user),
                     line, fmt::format("zoomin exec {} ls -ln PATH", seen.name)});
  if (const auto line = seen.line_with({"Operation not permitted"}); !line.empty())
    found.push_back({"privileges",
                     "a capability that it lacks, or a call that the filter forbids",
                     line,
                     "zoomin run --cap-add ALL … and zoomin run --security-opt "
                     "seccomp=unconfined … show which of the two"});
  if (const auto line = seen.line_with({"Function not implemented"}); !line.empty())
    found.push_back({"privileges", "the filter doesn't know a system call", line,
                     "zoomin run --security-opt seccomp=unconfined …"});
}

// Causes that end or stop a container come before causes that only disturb it.
constexpr std::array<void (*)(const evidence&, findings&), 13> causes{
    find_memory,    find_command,    find_pause,       find_processes,    find_full_disk,
    find_read_only, find_refused,    find_names,       find_missing_file, find_route,
    find_ports,     find_throttling, find_ignored_stop};

// Returns the last lines of the log, the last one first.
std::vector<std::string> last_lines(const std::string& id, std::uint64_t count) {
  std::vector<std::string> lines;
  const line_joiner::taker take = [&](const record& line) {
    if (line.begins) lines.emplace_back();
    lines.back() += line.text;
    if (lines.back().ends_with('\n')) lines.back().pop_back();
  };
  line_joiner joiner;
  log_reader(directory_of(id), {.last = count}).read([&](const record& part) {
    joiner.add(part, take);
    return true;
  });
  joiner.flush(take);
  return {lines.rbegin(), lines.rend()};
}

evidence evidence_of(const std::string& reference) {
  const std::string id = find(reference);
  evidence seen{.id = id,
                .name = {},
                .now = reconcile(id),
                .spec = parse_spec(container_json(id)),
                .log = last_lines(id, 20)};
  seen.name = seen.now.name;
  if (seen.now.status == status::running) {
    const auto group = cgroup::open(id, seen.spec.cgroup_parent);
    seen.events = group.read_events();
    seen.used = group.read();
  }
  return seen;
}

constexpr column<finding> finding_columns[]{
    {"Layer", "LAYER", [](const finding& row) { return row.layer; }},
    {"Verdict", "VERDICT", [](const finding& row) { return row.verdict; }},
    {"Evidence", "EVIDENCE", [](const finding& row) { return row.evidence; }},
    {"Command", "COMMAND", [](const finding& row) { return row.command; }}};

}  // namespace

diagnosis why(const std::string& reference) {
  const evidence seen = evidence_of(reference);
  diagnosis result;
  for (const auto cause : causes) cause(seen, result.findings);
  if (seen.runs() && init_ignores_stop(seen)) {
    const auto name = signal_name(seen.spec.stop_signal);
    result.remarks.push_back(fmt::format(
        "stop takes {} s, since PID 1 has no handler for {}; --init would add one",
        seen.spec.stop_timeout_s,
        name.empty() ? fmt::format("signal {}", seen.spec.stop_signal) : "SIG" + name));
  }
  return result;
}

std::vector<listener> listeners_in(const std::string& table) {
  std::vector<listener> found;
  std::istringstream lines(table);
  std::string line, number, local, remote, condition;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    if (!(std::istringstream(line) >> number >> local >> remote >> condition)) continue;
    if (condition != "0A") continue;
    const auto [address, port] = text::cut(local, ':');
    found.push_back({static_cast<std::uint16_t>(std::stoul(port, nullptr, 16)),
                     is_loopback(address)});
  }
  return found;
}

listing finding_listing(const std::vector<finding>& findings) {
  return listing_of(finding_columns, findings);
}

}  // namespace zoomin::docker
