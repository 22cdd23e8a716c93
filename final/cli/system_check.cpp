// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/build_commands.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "image/archive/check.hpp"

namespace zoomin::cli {

namespace {

int check_system(const arguments& words) {
  parse_system_check(words);
  const auto result = image::check_store();
  for (const auto& problem : result.problems) complain(problem);
  print(fmt::format(
      "{} images, {} layers, {} blobs: {}\n", result.images, result.layers, result.blobs,
      result.problems.empty() ? std::string("all intact")
                              : fmt::format("{} problems", result.problems.size())));
  return result.problems.empty() ? 0 : 1;
}

const command check({"system check"}, system_check_manual, check_system);

}  // namespace

}  // namespace zoomin::cli
