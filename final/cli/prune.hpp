// SPDX-License-Identifier: MIT
// prune: what the prune commands, which are in several files, share.
#pragma once

#include <cstdint>
#include <string>

#include "cli/flags.hpp"
#include "docker/filters.hpp"
#include "engine.hpp"

namespace zoomin::cli {

// Reports a damaged container. It can't be started, and its image isn't known.
void report_container_failure(const std::string& id, const usage_error& damaged);

// Describes what a prune command has removed.
struct removed {
  arguments names;
  std::uint64_t bytes = 0;  // reclaimed
  int status = 0;           // 1 if a removal failed
};

// Each prune command has this flag. It has no letter, since -f is --force there.
constexpr flag prune_filter_flag{"--filter", 0, kind::list,
                                 "filter by until=TIME, label=X or label!=X"};

// Decides by --filter which unused objects are removed.
class prune_filter {
 public:
  // Throws docker::filter_error. Volumes have no `until`, as with docker.
  explicit prune_filter(const flags& options, bool has_time = true);
  // Returns true if the filter selects an object with this creation time, in RFC 3339
  // with nine digits (base/timestamp.hpp), and these labels.
  [[nodiscard]] bool passes(const std::string& created,
                            const docker::label_map& labels) const;
  [[nodiscard]] bool has(std::string_view key) const { return wanted_.has(key); }

 private:
  docker::filters wanted_;
  std::string until_;
};

// Removes the networks that no container uses.
removed remove_unused_networks(engine& engine, const prune_filter& filter);
// Removes the anonymous volumes that no container uses; if `named`, also the named ones.
removed remove_unused_volumes(engine& engine, bool named, const prune_filter& filter);

// Prints the names under a heading, one on a line, and an empty line. Prints nothing if
// there are no names.
void print_removed(const std::string& heading, const removed& removed);
// Prints "Total reclaimed space: 12MB".
void print_space(std::uint64_t bytes);

}  // namespace zoomin::cli
