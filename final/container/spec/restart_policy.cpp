// SPDX-License-Identifier: MIT
#include "container/spec/restart_policy.hpp"
#include "base/field_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "04-cgroups/limits.hpp"
#include "common/error.hpp"

namespace zoomin::container {

namespace {

constexpr std::array names{"no", "on-failure", "always", "unless-stopped"};

}  // namespace

const char* name_of(restart_policy::kind type) {
  return names[static_cast<std::size_t>(type)];
}

bool restart_policy::wants(int status, unsigned restarts) const {
  if (type == kind::on_failure)
    return status != 0 && (max_retries == 0 || restarts < max_retries);
  return type != kind::no;
}

bool restart_policy::wants_at_boot(bool stopped) const {
  return type == kind::always || (type == kind::unless_stopped && !stopped);
}

restart_policy parse_restart(const std::string& text) {
  const auto colon = text.find(':');
  const auto* const found = std::ranges::find(names, text.substr(0, colon));
  if (found == names.end())
    throw usage_error(
        fmt::format("invalid restart policy: unknown policy '{}'", text.substr(0, colon)),
        "use one of no, always, unless-stopped, on-failure, on-failure:TIMES");
  restart_policy policy{static_cast<restart_policy::kind>(found - names.begin())};
  if (colon == std::string::npos) return policy;
  if (policy.type != restart_policy::kind::on_failure)
    throw base::field_error(
        "HostConfig.RestartPolicy",
        fmt::format("{}: only on-failure accepts a maximum number of restarts", text));
  const std::string times = text.substr(colon + 1);
  if (times == "0") return policy;  // as in Docker: unlimited
  const auto count = cgroup::parse_count("HostConfig.RestartPolicy on-failure", times);
  if (count > 1'000'000)
    throw base::field_error("HostConfig.RestartPolicy",
                            fmt::format("{}: expected at most 1000000 restarts", text));
  policy.max_retries = static_cast<unsigned>(count);
  return policy;
}

std::chrono::milliseconds restart_backoff::after(
    std::chrono::steady_clock::duration run) {
  if (run >= std::chrono::seconds(10)) next_ = std::chrono::milliseconds(100);
  const auto delay = next_;
  next_ = std::min<std::chrono::milliseconds>(next_ * 2, std::chrono::minutes(1));
  return delay;
}

}  // namespace zoomin::container
