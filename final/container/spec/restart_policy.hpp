// SPDX-License-Identifier: MIT
// restart_policy: whether a container that has ended is run again, --restart, and after
// how long.
#pragma once

#include <chrono>
#include <string>

namespace zoomin::container {

struct restart_policy {
  enum class kind { no, on_failure, always, unless_stopped };
  kind type = kind::no;
  unsigned most = 0;  // times, of on_failure; 0: no end

  // After it ended with `status`, and was restarted `times` already.
  [[nodiscard]] bool wants(int status, unsigned times) const;
  // After the machine has started; `stopped`: by its user.
  [[nodiscard]] bool wants_at_boot(bool stopped) const;
};

// "no", "always", "unless-stopped", "on-failure[:TIMES]"; throws usage_error.
restart_policy parse_restart(const std::string& text);
// "on-failure", as Docker's documents have it.
const char* name_of(restart_policy::kind type);

// Twice as long each time, up to a minute, as long as runs are short.
class restart_backoff {
 public:
  std::chrono::milliseconds after(std::chrono::steady_clock::duration run);

 private:
  std::chrono::milliseconds next_{100};
};

}  // namespace zoomin::container
