// SPDX-License-Identifier: MIT
#include <cctype>
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

// Returns true if a template contains the field, such as ".Size", and not only a longer
// one such as ".SizeOnDisk".
bool names_field(const std::string& format, std::string_view field) {
  for (auto at = format.find(field); at != std::string::npos;
       at = format.find(field, at + 1)) {
    const auto end = at + field.size();
    if (end == format.size() || !std::isalnum(static_cast<unsigned char>(format[end])))
      return true;
  }
  return false;
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
  const docker::container_columns columns{
      .no_trunc = options.on("--no-trunc"),
      .with_spec = options.has("--format"),
      .with_size = sizes || names_field(options.text("--format"), ".Size")};
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
