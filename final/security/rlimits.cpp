// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>

#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"
#include "security/security.hpp"

namespace zoomin::security {

namespace {

struct known {
  std::string_view name;
  int resource;
};

// Lists the limits of getrlimit(2) by their names in --ulimit.
constexpr std::array all_known{
    known{"core", RLIMIT_CORE},         known{"cpu", RLIMIT_CPU},
    known{"data", RLIMIT_DATA},         known{"fsize", RLIMIT_FSIZE},
    known{"locks", RLIMIT_LOCKS},       known{"memlock", RLIMIT_MEMLOCK},
    known{"msgqueue", RLIMIT_MSGQUEUE}, known{"nice", RLIMIT_NICE},
    known{"nofile", RLIMIT_NOFILE},     known{"nproc", RLIMIT_NPROC},
    known{"rss", RLIMIT_RSS},           known{"rtprio", RLIMIT_RTPRIO},
    known{"rttime", RLIMIT_RTTIME},     known{"sigpending", RLIMIT_SIGPENDING},
    known{"stack", RLIMIT_STACK}};

const known* find(std::string_view name) {
  const auto* const found = std::ranges::find(all_known, name, &known::name);
  return found == all_known.end() ? nullptr : found;
}

std::optional<std::uint64_t> parse_limit(std::string_view text) {
  if (text == "-1" || text == "unlimited") return RLIM_INFINITY;
  return text::whole_number<std::uint64_t>(text);
}

constexpr std::uint64_t min_files = 4;

void set(const rlimit& limit) {
  const known* entry = find(limit.name);
  if (entry == nullptr)
    throw base::field_error("HostConfig.Ulimits", limit.name + ": no such limit");
  const ::rlimit pair{limit.soft, limit.hard};
  // glibc declares the resource as an enumeration.
  const auto resource = static_cast<__rlimit_resource>(entry->resource);
  const auto value = fmt::format("{}={}:{}", limit.name, limit.soft, limit.hard);
  base::pass_to_kernel("HostConfig.Ulimits", value, [&] {
    if (::prlimit(0, resource, &pair, nullptr) == -1)
      throw sys::error(
          errno, "prlimit", limit.name,
          limit.name == "nofile" ? "the limit in /proc/sys/fs/nr_open is lower" : "");
  });
}

::rlimit get(__rlimit_resource resource) {
  ::rlimit now{};
  sys::check("prlimit", "current limit",
             [&] { return ::prlimit(0, resource, nullptr, &now); });
  return now;
}

}  // namespace

rlimit parse_rlimit(const std::string& text) {
  const auto equals = text.find('=');
  const auto colon = text.find(':', equals == std::string::npos ? 0 : equals);
  const std::string name = text.substr(0, equals);
  std::optional<std::uint64_t> soft, hard;
  if (equals != std::string::npos) {
    soft = parse_limit(std::string_view(text).substr(equals + 1, colon - equals - 1));
    hard = colon == std::string::npos
               ? soft
               : parse_limit(std::string_view(text).substr(colon + 1));
  }
  if (find(name) == nullptr || !soft || !hard || *soft > *hard)
    throw base::field_error("HostConfig.Ulimits",
                            fmt::format("{}: not a resource limit", sys::quote(text)),
                            "write NAME=SOFT[:HARD], such as nofile=1024:4096");
  if (name == "nofile" && *soft < min_files)
    throw base::field_error(
        "HostConfig.Ulimits", fmt::format("{}: must be at least {}", text, min_files),
        "a process needs three descriptors for its streams, and one to start");
  return {name, *soft, *hard};
}

std::vector<rlimit> rlimits(const std::vector<rlimit>& requested) {
  constexpr std::uint64_t files_soft = 1024, files_hard = 1048576;
  const std::uint64_t files = std::min(files_hard, get(RLIMIT_NOFILE).rlim_max);
  std::vector<rlimit> result{{"core", 0, get(RLIMIT_CORE).rlim_max},
                             {"nofile", std::min(files_soft, files), files}};
  for (const auto& limit : requested) {
    std::erase_if(result, [&](const rlimit& other) { return other.name == limit.name; });
    result.push_back(limit);
  }
  return result;
}

void set_rlimits(const std::vector<rlimit>& limits) {
  for (const auto& limit : limits) set(limit);
}

}  // namespace zoomin::security
