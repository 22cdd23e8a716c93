// SPDX-License-Identifier: MIT
// pause: waits for Enter at the terminal, and notices Ctrl-C meanwhile.
#pragma once

#include <signal.h>

namespace zoomin::narration {

// Makes SIGINT harmless for this process.
void survive_interrupts() noexcept;

// Blocks SIGINT while it exists; only wait_for_enter() receives it.
class blocked_interrupt {
 public:
  blocked_interrupt();
  blocked_interrupt(const blocked_interrupt&) = delete;
  blocked_interrupt& operator=(const blocked_interrupt&) = delete;
  ~blocked_interrupt();

  // Returns false if Ctrl-C was pressed since construction.
  [[nodiscard]] bool wait_for_enter() const;

 private:
  struct sigaction before_ {};
  sigset_t mask_before_{};
};

}  // namespace zoomin::narration
