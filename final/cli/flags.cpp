// SPDX-License-Identifier: MIT
#include "cli/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace zoomin::cli {

namespace {

// Docker's flags of run, create and the other commands that are to come.
constexpr std::array later{"--add-host",
                           "--annotation",
                           "--blkio-weight",
                           "--cap-add",
                           "--cap-drop",
                           "--cgroup-parent",
                           "--cgroupns",
                           "--cidfile",
                           "--cpu-period",
                           "--cpu-quota",
                           "--cpu-shares",
                           "--cpuset-cpus",
                           "--cpuset-mems",
                           "--detach-keys",
                           "--device",
                           "--device-cgroup-rule",
                           "--device-read-bps",
                           "--device-write-bps",
                           "--device-read-iops",
                           "--device-write-iops",
                           "--dns",
                           "--dns-option",
                           "--dns-search",
                           "--env-file",
                           "--expose",
                           "--filter",
                           "--group-add",
                           "--health-cmd",
                           "--health-interval",
                           "--health-retries",
                           "--health-timeout",
                           "--health-start-period",
                           "--init",
                           "--ip",
                           "--ipc",
                           "--label",
                           "--label-file",
                           "--last",
                           "--latest",
                           "--log-driver",
                           "--log-opt",
                           "--mac-address",
                           "--memory-reservation",
                           "--memory-swap",
                           "--mount",
                           "--network",
                           "--net",
                           "--network-alias",
                           "--no-healthcheck",
                           "--oom-kill-disable",
                           "--oom-score-adj",
                           "--pid",
                           "--platform",
                           "--privileged",
                           "--publish-all",
                           "--pull",
                           "--restart",
                           "--runtime",
                           "--security-opt",
                           "--shm-size",
                           "--sig-proxy",
                           "--since",
                           "--size",
                           "--stop-signal",
                           "--stop-timeout",
                           "--storage-opt",
                           "--sysctl",
                           "--tmpfs",
                           "--ulimit",
                           "--until",
                           "--userns",
                           "--uts",
                           "--volume-driver",
                           "--volumes",
                           "--volumes-from",
                           "--attach",
                           "--link",
                           "--details"};

}  // namespace

std::vector<flag> run_flags() {
  using enum kind;
  return {
      {"--name", 0, text, "", "a name for the container"},
      {"--rm", 0, toggle, "/HostConfig/AutoRemove", "remove it when it ends"},
      {"--detach", 'd', toggle, "", "don't wait for it; print its id"},
      {"--interactive", 'i', toggle, "/OpenStdin", "its stdin is ours"},
      {"--tty", 't', toggle, "/Tty", "give it a terminal"},
      {"--env", 'e', list, "", "NAME=value, or a NAME of ours"},
      {"--workdir", 'w', text, "/WorkingDir", "where the command begins"},
      {"--user", 'u', text, "/User", "name or number, [:group]"},
      {"--hostname", 'h', text, "/Hostname", "its own name"},
      {"--entrypoint", 0, text, "", "in place of the image's"},
      {"--volume", 'v', list, "/HostConfig/Binds", "/HOST/PATH:/PATH[:ro]"},
      {"--publish", 'p', list, "", "[HOST_IP:]PORT:PORT[/udp]"},
      {"--read-only", 0, toggle, "/HostConfig/ReadonlyRootfs",
       "its root can't be written to"},
      {"--memory", 'm', text, "", "at most so much memory: 64m"},
      {"--cpus", 0, text, "", "at most so many processors' time: 0.5"},
      {"--pids-limit", 0, text, "", "at most so many processes"},
      {"--memory-swap", 0, text, "", "memory and swap together; -1: no end of swap"},
      {"--cpuset-cpus", 0, text, "/HostConfig/CpusetCpus", "these processors alone: 0-2"},
      {"--init", 0, toggle, "/HostConfig/Init", "PID 1 is an init that reaps"},
      {"--network", 0, text, "", "bridge, none or host"},
      {"--env-file", 0, list, "", "a file of lines NAME=value"},
      {"--label", 'l', list, "", "NAME=value, kept with it"},
      {"--cap-add", 0, list, "/HostConfig/CapAdd", "a capability more: NET_ADMIN, ALL"},
      {"--cap-drop", 0, list, "/HostConfig/CapDrop", "one less"},
      {"--stop-signal", 0, text, "/StopSignal", "what `stop` sends: TERM"},
      {"--stop-timeout", 0, text, "", "seconds until `stop` kills"},
      {"--log-driver", 0, text, "", "json-file, or none"},
      {"--log-opt", 0, list, "", "max-size=10m, max-file=3"},
      {"--explain", 0, perhaps, "", "tell each request to the kernel; =json"},
      {"--cidfile", 0, text, "", "a new file that gets the id"},
  };
}

flags::flags(std::string command, std::vector<flag> known, const arguments& all,
             bool command_follows)
    : command_(std::move(command)), known_(std::move(known)) {
  bool over = false;
  for (std::size_t at = 0; at < all.size(); ++at) {
    const std::string& word = all[at];
    if (!over && word == "--") {
      over = true;
    } else if (over || word.size() < 2 || word[0] != '-') {
      rest_.push_back(word);
      over = over || command_follows;
    } else if (word[1] == '-') {
      take(word, all, at);
    } else {
      take_letters(word, all, at);
    }
  }
}

const flag& flags::find(std::string_view name) const {
  const auto found = std::ranges::find(known_, name, &flag::name);
  if (found != known_.end()) return *found;
  if (std::ranges::find(later, name) != later.end())
    throw not_supported(fmt::format("{} {}", command_, name));
  throw misuse(fmt::format("{}: unknown flag: {}", command_, name));
}

const flag& flags::find(char letter) const {
  const auto found = std::ranges::find(known_, letter, &flag::letter);
  if (found != known_.end()) return *found;
  throw not_supported(fmt::format("{} -{}", command_, letter));
}

void flags::take(const std::string& word, const arguments& all, std::size_t& at) {
  const auto equals = word.find('=');
  const flag& one = find(std::string_view(word).substr(0, equals));
  auto& values = values_[one.name];
  if (equals != std::string::npos)
    values.push_back(word.substr(equals + 1));
  else if (one.takes == kind::toggle || one.takes == kind::perhaps)
    values.emplace_back("true");
  else if (at + 1 < all.size())
    values.push_back(all[++at]);
  else
    throw misuse(fmt::format("{}: {} needs a value", command_, one.name));
  if (one.takes == kind::toggle && values.back() != "true" && values.back() != "false")
    throw misuse(fmt::format("{}: {} is true or false", command_, one.name));
}

void flags::take_letters(const std::string& word, const arguments& all, std::size_t& at) {
  for (std::size_t letter = 1; letter < word.size(); ++letter) {
    const flag& one = find(word[letter]);
    if (one.takes == kind::toggle || one.takes == kind::perhaps) {
      values_[one.name].emplace_back("true");
      continue;
    }
    std::string value = word.substr(letter + 1);
    if (value.starts_with('=')) value.erase(0, 1);
    if (letter + 1 < word.size())
      values_[one.name].push_back(value);
    else
      take(std::string(one.name), all, at);
    return;
  }
}

bool flags::on(std::string_view name) const { return text(name) == "true"; }

std::string flags::text(std::string_view name, const std::string& otherwise) const {
  const auto all = list(name);
  return all.empty() ? otherwise : all.back();
}

std::vector<std::string> flags::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

unsigned number(const flags& given, std::string_view name) {
  const std::string text = given.text(name);
  if (text.empty() || text.size() > 9 ||
      text.find_first_not_of("0123456789") != std::string::npos)
    throw misuse(fmt::format("{} \"{}\": a whole number is meant", name, text));
  return static_cast<unsigned>(std::stoul(text));
}

const arguments& flags::rest(std::size_t least) const {
  if (rest_.size() < least)
    throw misuse(fmt::format("{}: {} argument{} needed", command_, least,
                             least == 1 ? " is" : "s are"));
  return rest_;
}

}  // namespace zoomin::cli
