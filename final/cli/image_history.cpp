// SPDX-License-Identifier: MIT
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/table.hpp"
#include "cli/units.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

constexpr std::size_t most_shown = 45;  // characters of a command

struct manner {
  bool whole;  // nothing is cut
  bool human;  // ages and rounded sizes
};

std::string id_of(const image::step& one, bool whole) {
  if (one.id.empty()) return "<missing>";
  return whole ? one.id : short_id(one.id);
}

std::string time_text(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

std::string table_of(const std::vector<image::step>& steps, const manner& how) {
  std::vector<std::vector<std::string>> rows{
      {"IMAGE", how.human ? "CREATED" : "CREATED AT", "CREATED BY", "SIZE", "COMMENT"}};
  const std::int64_t now = ::time(nullptr);
  for (const auto& one : steps) {
    std::string by = one.created_by;
    std::ranges::replace(by, '\t', ' ');
    rows.push_back(
        {id_of(one, how.whole),
         how.human ? ago_text(one.created, now) : time_text(one.created),
         how.whole ? by : shortened(by, most_shown),
         how.human ? size_text(one.size_bytes) : std::to_string(one.size_bytes),
         one.comment});
  }
  return table_text(rows);
}

int show_history(const arguments& all) {
  using enum kind;
  const flags asked("image history",
                    {{"--format", 0, text, "", ""},
                     {"--human", 'H', toggle, "", "ages and rounded sizes"},
                     {"--no-trunc", 0, toggle, "", "nothing is cut"},
                     {"--quiet", 'q', toggle, "", "only ids"}},
                    all);
  if (asked.has("--format")) throw not_supported("image history --format");
  if (asked.rest().size() != 1) throw usage_error("image history: one image is needed");
  const auto steps = image::history(asked.rest()[0]);
  const bool whole = asked.on("--no-trunc");
  if (!asked.on("--quiet")) {
    print(table_of(steps, {whole, asked.text("--human", "true") == "true"}));
    return 0;
  }
  std::string ids;
  for (const auto& one : steps) ids += id_of(one, whole) + "\n";
  print(ids);
  return 0;
}

const command history({"history", "image history"}, "what made each layer of an image",
                      show_history);

}  // namespace

}  // namespace zoomin::cli
