// SPDX-License-Identifier: MIT
// restart_policy: decides whether and when a container that has ended is started again,
// --restart.
#pragma once

#include <chrono>
#include <string>

namespace zoomin::container {

struct restart_policy {
  enum class kind { no, on_failure, always, unless_stopped };
  kind type = kind::no;
  unsigned max_retries = 0;  // for on_failure; 0: unlimited

  // Returns true if a container that ended with `status`, after `restarts` restarts, must
  // be restarted.
  [[nodiscard]] bool wants(int status, unsigned restarts) const;
  // Returns true if the container must be started when the machine starts. `stopped`
  // tells whether its user had stopped it.
  [[nodiscard]] bool wants_at_boot(bool stopped) const;
};

// Parses "no", "always", "unless-stopped" or "on-failure[:TIMES]". Throws usage_error.
restart_policy parse_restart(const std::string& text);
// Returns the policy's name in Docker's documents: "on-failure".
const char* name_of(restart_policy::kind type);

// Computes the delay before a restart. The delay doubles each time, up to a minute, and
// is reset by a run of at least ten seconds.
class restart_backoff {
 public:
  // Returns the delay after a run of this length.
  std::chrono::milliseconds after(std::chrono::steady_clock::duration run);

 private:
  std::chrono::milliseconds next_{100};
};

}  // namespace zoomin::container
