// SPDX-License-Identifier: MIT
// prune: what no container has, as several commands ask for it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "cli/filters.hpp"

namespace zoomin::cli {

// Ids of the images that containers have.
std::set<std::string> used_images();

struct removed {
  arguments names;
  std::uint64_t bytes = 0;  // that they took
  int status = 0;           // 1 where one could have been removed, and couldn't
};

// Each prune command has this flag. It has no letter, since -f is --force there.
constexpr flag prune_filter_flag{"--filter", 0, kind::list, "",
                                 "only what meets until=TIME, label=X, label!=X"};

// Decides which of the unused objects pass --filter and are removed.
class prune_filter {
 public:
  // Throws misuse, and not_supported for a key other than until and label. Volumes have
  // no `until`, as with docker.
  prune_filter(std::string_view command, const flags& options, bool has_time = true);
  // Takes `created` in RFC 3339 with nine digits, base/timestamp.hpp.
  [[nodiscard]] bool passes(const std::string& created, const label_map& labels) const;
  [[nodiscard]] bool has(std::string_view key) const { return wanted_.has(key); }

 private:
  filters wanted_;
  std::string until_;
};

// Remove those that no container has.
removed remove_unused_networks(const prune_filter& wanted);
// `named`: also those to which a user gave a name.
removed remove_unused_volumes(bool named, const prune_filter& wanted);

// Names a line each under a heading, and a line that is empty; nothing where none is.
void tell(const std::string& heading, const removed& gone);
void tell_space(std::uint64_t bytes);

}  // namespace zoomin::cli
