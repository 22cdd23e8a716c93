// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/show.hpp"
#include "docker/containers.hpp"

namespace zoomin::cli {

namespace {

docker::container_query query_from(const flags& options) {
  docker::container_query query{.all = options.on("--all"),
                                .filters = options.list("--filter")};
  if (options.has("--last")) query.last = whole_number(options, "--last");
  if (options.on("--latest")) query.last = 1;
  return query;
}

// Returns the names that follow a dot in a template, such as "Names" for "{{.Names}}". An
// empty one stands for the whole row.
std::set<std::string> fields_in(const std::string& format) {
  std::set<std::string> fields;
  if (format == "json" || format.find('$') != std::string::npos) fields.insert("");
  const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0; };
  for (auto at = format.begin(); at != format.end(); ++at)
    if (*at == '.')
      fields.emplace(at + 1, std::find_if_not(at + 1, format.end(), is_letter));
  return fields;
}

// Returns true if one of the fields is made from container.json.
bool need_spec(const std::set<std::string>& fields) {
  return std::ranges::any_of(
      std::array{"", "Label", "Labels", "Mounts", "Networks", "LocalVolumes"},
      [&](const char* field) { return fields.contains(field); });
}

int ps(engine& engine, const arguments& words) {
  using enum kind;
  const flags options(
      "ps",
      list_flags(
          {{"--all", 'a', toggle, "show all containers (default shows just running)"},
           {"--latest", 'l', toggle, "show the latest created container"},
           {"--last", 'n', text, "show the last N created containers"},
           {"--size", 's', toggle, "show file sizes"}}),
      words);
  options.expect_no_rest();
  const bool sizes = options.on("--size");
  const auto fields = fields_in(options.text("--format"));
  const docker::container_columns columns{.no_trunc = options.on("--no-trunc"),
                                          .with_spec = need_spec(fields),
                                          .with_size = sizes || fields.contains("Size")};
  const auto containers = docker::list_containers(query_from(options), report_failure);
  std::vector<std::string> usual{"ID",     "Image", "Command", "RunningFor",
                                 "Status", "Ports", "Names"};
  if (sizes) usual.emplace_back("Size");
  print_list(options, docker::container_listing(containers, columns, report_failure),
             usual);
  warn_of_lost_rules(engine);
  return 0;
}

const command ps_command({"ps", "container ls", "container list", "container ps"},
                         {"list containers", "", "zoomin ps -a",
                          "zoomin ps -f status=exited --format '{{.Names}}'"},
                         ps);

}  // namespace

}  // namespace zoomin::cli
