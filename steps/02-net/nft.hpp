// SPDX-License-Identifier: MIT
// nft: controls the kernel's packet filter and address translation with nft(8) commands.
//
// The commands of one call are a transaction: the kernel executes all or none.
#pragma once

#include <string>
#include <vector>

#include "common/narration.hpp"

namespace zoomin::nft {

struct command {
  narration::why reason;
  std::string text;
  std::string subject{};  // completes the reason

  [[nodiscard]] narration::why why() const { return {reason.id, reason.words, subject}; }
};

// Executes commands as one transaction, without those that --skip leaves out, and
// narrates each. Needs CAP_NET_ADMIN. Throws sys::error("nft", …) with the kernel's
// errno.
void run(const std::vector<command>& commands);

// Executes commands like run(), but returns false if the kernel fails with the errno
// `expected` (ENOENT: there is nothing to delete).
bool run_unless(int expected, const std::vector<command>& commands);

// Returns the output of a command ("list chains"), with the handles of rules if
// `handles`. Throws sys::error.
std::string list(const std::string& command, bool handles = false);

}  // namespace zoomin::nft
