// SPDX-License-Identifier: MIT
#include "cli/show.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "cli/console.hpp"
#include "cli/text/template.hpp"

namespace zoomin::cli {

namespace {

// Returns "table {{.ID}}\t{{.Name}}".
std::string table_of(const std::vector<std::string>& columns) {
  std::string shape;
  for (const auto& column : columns)
    shape += fmt::format("{}{{{{.{}}}}}", shape.empty() ? "table " : "\t", column);
  return shape;
}

}  // namespace

void print_warnings(const warnings& warnings) {
  for (const auto& warning : warnings) complain(warning);
}

std::vector<flag> list_flags(const std::vector<flag>& more) {
  std::vector<flag> flags{filter_flag, format_flag, no_trunc_flag, quiet_flag};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

void print_list(const flags& options, const docker::listing& list,
                const std::vector<std::string>& usual, const std::string& id) {
  const std::string shape =
      options.on("--quiet") ? fmt::format("{{{{.{}}}}}", id) : options.text("--format");
  print(render_list(list.rows, list.headings, shape, table_of(usual)));
}

int inspect_each(const flags& options,
                 const std::function<std::string(const std::string& name)>& inspect) {
  const std::string shape = options.text("--format");
  const bool as_json = shape.empty() || shape == "json";
  const format each(as_json ? "" : shape);
  std::string lines;
  json objects = json::array();
  const int status = for_each(options.rest(1), [&](const auto& name) {
    auto object = base::parse_own<json>(inspect(name), name);
    if (as_json)
      objects.push_back(std::move(object));
    else
      lines += each.render(object) + "\n";
  });
  print(as_json ? base::shown_json(objects, shape.empty() ? 4 : -1) + "\n" : lines);
  return status;
}

bool forgive_missing(bool forced, const std::function<void()>& removal) {
  try {
    removal();
    return true;
  } catch (const usage_error& missing) {
    if (!forced || missing.kind() != failure_kind::not_found) throw;
    complain(missing.what());
    return false;
  }
}

bool exists(const std::function<void()>& search) {
  try {
    search();
    return true;
  } catch (const usage_error& missing) {
    if (missing.kind() != failure_kind::not_found) throw;
    return false;
  }
}

void warn_of_lost_rules(engine& engine) try {
  for (const auto& name : engine.networks_without_rules())
    complain(fmt::format("warning: the firewall rules of network {} are gone (was the "
                         "host's firewall reloaded?): its published ports and its "
                         "isolation from other networks don't work",
                         name),
             "restart any container to restore them");
} catch (const sys::error&) {
  // This user has no permission to read the kernel's tables.
} catch (const usage_error&) {
  // A damaged network is reported by the commands that need it.
}

}  // namespace zoomin::cli
