// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/prune.hpp"
#include "image/gc.hpp"

namespace zoomin::cli {

namespace {

int prune_builder(const arguments& words) {
  const flags options("builder prune",
                      {{"--all", 'a', kind::toggle, "",
                        "remove all of it, also what images have in common with it"},
                       force_flag},
                      words);
  options.expect_no_rest();
  const bool all = options.on("--all");
  require_consent(options.on("--force"),
                  all ? "all build cache" : "all dangling build cache");
  const auto gone = image::prune_build_cache(all);
  print_removed("Deleted build cache objects", {gone.keys});
  print_space(gone.bytes);
  return 0;
}

const command builder({"builder prune"},
                      {"remove the build cache", "", "zoomin builder prune",
                       "zoomin builder prune -af"},
                      prune_builder);

}  // namespace

}  // namespace zoomin::cli
