// SPDX-License-Identifier: MIT
// volume create, ls, inspect, rm, prune.
#include <fmt/format.h>

#include "base/json.hpp"
#include "base/walk_tree.hpp"
#include "cli/filters.hpp"
#include "cli/inspect.hpp"
#include "cli/prune.hpp"
#include "cli/text/template.hpp"
#include "common/error.hpp"
#include "container/runtime/volumes.hpp"
#include "container/state.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "volume/volume.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

json fields_of(const volume::volume& volume) {
  return {{"CreatedAt", volume.created},
          {"Driver", "local"},
          {"Labels", volume.labels},
          {"Mountpoint", volume::data_of(volume.name)},
          {"Name", volume.name},
          {"Options", nullptr},
          {"Scope", "local"}};
}

int create(const arguments& words) {
  const flags options(
      "volume create",
      {{"--label", 'l', pairs, "", "set metadata: NAME=VALUE"},
       {"--driver", 'd', kind::text, "", "driver of the volume (only local)"},
       {"--name", 0, kind::text, "", "name of the volume"}},
      words);
  if (options.text("--driver", "local") != "local")
    throw not_supported(
        fmt::format("volume create --driver {}", options.text("--driver")));
  volume::volume wanted{options.text("--name"), container::now_text()};
  if (!options.rest(0, 1).empty()) wanted.name = options.rest()[0];
  wanted.anonymous = wanted.name.empty();
  if (wanted.anonymous) wanted.name = container::new_id();
  wanted.labels = labels_of(options.list("--label"));
  const auto in_use = volume::hold();
  volume::make(wanted);
  print(wanted.name + "\n");
  return 0;
}

bool meets(const volume::volume& volume, std::string_view key, const std::string& value,
           const std::set<std::string>& used) {
  if (key == "name") return matches(volume.name, value);
  if (key == "dangling") return parse_truth(value) != used.contains(volume.name);
  if (key == "driver") return value == "local";
  return has_label(volume.labels, value);
}

int ls(const arguments& words) {
  const flags options("volume ls", {quiet_flag, format_flag, filter_flag}, words);
  options.expect_no_rest();
  const filters wanted("volume ls", options, {"name", "dangling", "driver", "label"});
  for (const auto& value : wanted.values("dangling")) parse_truth(value);
  const auto used =
      wanted.has("dangling") ? container::used_volumes() : std::set<std::string>();
  std::vector<json> result;
  for (const auto& one : volume::all(complain_of))
    if (wanted.pass([&](auto key, auto& value) { return meets(one, key, value, used); }))
      result.push_back({{"Driver", "local"},
                        {"Name", one.name},
                        {"Mountpoint", volume::data_of(one.name)},
                        {"Scope", "local"},
                        {"Labels", text_of(one.labels)}});
  const json headings{{"Driver", "DRIVER"},
                      {"Name", "VOLUME NAME"},
                      {"Mountpoint", "MOUNTPOINT"},
                      {"Scope", "SCOPE"},
                      {"Labels", "LABELS"}};
  const std::string shape =
      options.on("--quiet") ? "{{.Name}}" : options.text("--format");
  print(listed(result, headings, shape, "table {{.Driver}}\t{{.Name}}"));
  return 0;
}

int inspect(const arguments& words) {
  const flags options("volume inspect", {short_format_flag}, words);
  return inspect_each(options, volume_text);
}

// Throws usage_error where there is no such volume, or a damaged one without --force.
void require_volume(const std::string& name, bool forced) try {
  volume::find(name);
} catch (const usage_error& failure) {
  if (!forced || failure.kind() != failure_kind::damaged) throw;
}

int remove(const arguments& words) {
  const flags options(
      "volume rm",
      {{"--force", 'f', toggle, "", "don't fail if the volume doesn't exist"}}, words);
  const bool forced = options.on("--force");
  return for_each(options.rest(1), [&](const std::string& name) {
    forgive_missing(forced, [&] {
      require_volume(name, forced);
      if (volume::remove({name}, [] { return container::used_volumes(); }).empty())
        throw usage_error(failure_kind::conflict,
                          fmt::format("remove {}: volume is in use", name),
                          "a container has it, maybe one that has ended: zoomin ps -a");
      print(name + "\n");
    });
  });
}

// Docker's: without --all those that nobody named.
int prune(const arguments& words) {
  const flags options("volume prune",
                      {{"--all", 'a', toggle, "", "remove named volumes too"},
                       prune_filter_flag,
                       force_flag},
                      words);
  options.expect_no_rest();
  const prune_filter wanted("volume prune", options, false);
  require_consent(options.on("--force"),
                  options.on("--all")
                      ? "all volumes that no container has"
                      : "all volumes without a name that no container has");
  const auto gone = remove_unused_volumes(options.on("--all"), wanted);
  tell("Deleted Volumes", gone);
  tell_space(gone.bytes);
  return gone.status;
}

const command create_command({"volume create"},
                             {"create a volume", "[VOLUME]", "zoomin volume create data",
                              "zoomin volume create --label tier=db data"},
                             create);
const command ls_command({"volume ls", "volume list"},
                         {"list volumes", "", "zoomin volume ls",
                          "zoomin volume ls -q -f dangling=true"},
                         ls);
const command inspect_command({"volume inspect"},
                              {"show all details of volumes as JSON",
                               "VOLUME [VOLUME...]", "zoomin volume inspect data",
                               "zoomin volume inspect -f '{{.Mountpoint}}' data"},
                              inspect);
const command rm_command({"volume rm", "volume remove"},
                         {"remove volumes", "VOLUME [VOLUME...]", "zoomin volume rm data",
                          "zoomin volume rm data cache"},
                         remove);
const command prune_command({"volume prune"},
                            {"remove unused volumes", "", "zoomin volume prune",
                             "zoomin volume prune -af"},
                            prune);

}  // namespace

std::string volume_text(const std::string& name) {
  return files::json_text(fields_of(volume::find(name)));
}

removed remove_unused_volumes(bool named, const prune_filter& wanted) {
  removed result;
  const auto used_by_all = [&] {
    return container::used_volumes([&](const auto& id, const auto& damaged) {
      result.status = 1;
      complain(fmt::format("{}: {}: its volumes aren't known, so none is removed",
                           short_id(id), damaged.what()),
               damaged.hint());
    });
  };
  const auto used = used_by_all();
  if (result.status != 0) return result;
  for (const auto& volume : volume::all()) {
    if (used.contains(volume.name) || (!named && !volume.anonymous)) continue;
    if (!wanted.passes(volume.created, volume.labels)) continue;
    const auto bytes = files::size_of(volume::data_of(volume.name));
    if (volume::remove({volume.name}, used_by_all).empty()) continue;
    result.names.push_back(volume.name);
    result.bytes += bytes;
  }
  volume::remove({}, used_by_all);  // and what killed commands left
  return result;
}

}  // namespace zoomin::cli
