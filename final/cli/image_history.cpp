// SPDX-License-Identifier: MIT
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/text/table.hpp"
#include "cli/text/template.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

constexpr std::size_t most_shown = 45;  // characters of a command

struct display_options {
  bool whole;  // nothing is shortened
  bool human;  // ages and rounded sizes
};

std::string id_of(const image::step& step, bool whole) {
  if (step.id.empty()) return "<missing>";
  return whole ? step.id : short_id(step.id);
}

std::string time_text(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

const json headings{{"ID", "IMAGE"},
                    {"CreatedSince", "CREATED"},
                    {"CreatedAt", "CREATED AT"},
                    {"CreatedBy", "CREATED BY"},
                    {"Size", "SIZE"},
                    {"Comment", "COMMENT"}};

json fields_of(const image::step& step, const display_options& how, std::int64_t now) {
  std::string by = step.created_by;
  std::ranges::replace(by, '\t', ' ');
  return {
      {"ID", id_of(step, how.whole)},
      {"CreatedSince", ago_text(step.created, now)},
      {"CreatedAt", time_text(step.created)},
      {"CreatedBy", how.whole ? by : shortened(by, most_shown)},
      {"Size", how.human ? size_text(step.size_bytes) : std::to_string(step.size_bytes)},
      {"Comment", step.comment}};
}

int show_history(const arguments& words) {
  using enum kind;
  const flags options(
      "image history",
      {format_flag,
       {"--human", 'H', toggle, "", "readable sizes and dates (default true)"},
       no_trunc_flag,
       quiet_flag},
      words);
  const display_options how{options.on("--no-trunc"),
                            options.text("--human", "true") == "true"};
  std::vector<json> rows;
  const std::int64_t now = ::time(nullptr);
  for (const auto& one : image::history(options.rest(1, 1)[0]))
    rows.push_back(fields_of(one, how, now));
  print(listed(rows, headings,
               options.on("--quiet") ? "{{.ID}}" : options.text("--format"),
               fmt::format("table {{{{.ID}}}}\t{{{{.{}}}}}\t{{{{.CreatedBy}}}}\t"
                           "{{{{.Size}}}}\t{{{{.Comment}}}}",
                           how.human ? "CreatedSince" : "CreatedAt")));
  return 0;
}

const command history({"history", "image history"},
                      {"show an image's layers", "IMAGE", "zoomin history debian",
                       "zoomin history --no-trunc debian"},
                      show_history);

}  // namespace

}  // namespace zoomin::cli
