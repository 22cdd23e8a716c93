// SPDX-License-Identifier: MIT
// nft: the kernel's packet filter and address translation, spoken to in nft(8)'s words.
//
// All commands given together are one transaction: the kernel takes all or none.
#pragma once

#include <string>
#include <vector>

#include "common/narration.hpp"

namespace zoomin::nft {

struct command {
  narration::why reason;
  std::string text;
};

// Each command is narrated, and those of --skip are left out; the others are sent as one
// transaction. Needs CAP_NET_ADMIN. Throws sys::error("nft", …) with the kernel's errno.
void run(const std::vector<command>& commands);

// The same; false where the kernel answers `expected` (ENOENT: nothing to delete).
bool run_unless(int expected, const std::vector<command>& commands);

// What `command` ("list chains") prints, with the handles of rules where wanted. Throws
// sys::error.
std::string list(const std::string& command, bool handles = false);

// Whether the table ("ip zoomin0") exists.
bool has_table(const std::string& table);

}  // namespace zoomin::nft
