// SPDX-License-Identifier: MIT
// volume: the commands volume create, ls, inspect, rm and prune.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/prune.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "docker/units.hpp"
#include "docker/volumes.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

int create_volume(engine& engine, const arguments& words) {
  const flags options("volume create",
                      {{"--label", 'l', pairs, "set metadata: NAME=VALUE"},
                       {"--driver", 'd', kind::text, "driver of the volume (only local)"},
                       {"--name", 0, kind::text, "name of the volume"}},
                      words);
  if (options.text("--driver", "local") != "local")
    throw not_supported(
        fmt::format("volume create --driver {}", options.text("--driver")));
  const auto& names = options.rest(0, 1);
  const auto name = names.empty() ? options.text("--name") : names[0];
  print(engine.make_volume(name, docker::labels_of(options.list("--label"))) + "\n");
  return 0;
}

int list_volumes(const arguments& words) {
  const flags options("volume ls", {quiet_flag, format_flag, filter_flag}, words);
  options.expect_no_rest();
  print_list(options, docker::list_volumes(options.list("--filter"), report_failure),
             {"Driver", "Name"}, "Name");
  return 0;
}

int inspect_volumes(const arguments& words) {
  const flags options("volume inspect", {short_format_flag}, words);
  return inspect_each(options, docker::inspect_volume);
}

// Throws usage_error if there is no such volume, or if it is damaged, unless `forced`.
void require_volume(engine& engine, const std::string& name, bool forced) try {
  engine.find_volume(name);
} catch (const usage_error& failure) {
  if (!forced || failure.kind() != failure_kind::damaged) throw;
}

int remove_volumes(engine& engine, const arguments& words) {
  const flags options(
      "volume rm", {{"--force", 'f', toggle, "don't fail if the volume doesn't exist"}},
      words);
  const bool forced = options.on("--force");
  return for_each(options.rest(1), [&](const std::string& name) {
    forgive_missing(forced, [&] {
      require_volume(engine, name, forced);
      if (unwrap(engine.remove_volumes({name})).empty())
        throw usage_error(failure_kind::conflict,
                          fmt::format("remove {}: volume is in use", name),
                          "a container uses it, perhaps a stopped one: see zoomin ps -a");
      print(name + "\n");
    });
  });
}

// Removes only anonymous volumes without --all, as docker does.
int prune_volumes(engine& engine, const arguments& words) {
  const flags options(
      "volume prune",
      {{"--all", 'a', toggle, "remove all unused volumes, not just anonymous ones"},
       prune_filter_flag,
       force_flag},
      words);
  options.expect_no_rest();
  const prune_filter filter(options, false);
  require_consent(options.on("--force"),
                  options.on("--all")
                      ? "all local volumes not used by at least one container"
                      : "anonymous local volumes not used by at least one container");
  const auto removed = remove_unused_volumes(engine, options.on("--all"), filter);
  print_removed("Deleted Volumes", removed);
  print_space(removed.bytes);
  return removed.status;
}

const command volume_create({"volume create"},
                            {"create a volume", "[VOLUME]", "zoomin volume create data",
                             "zoomin volume create --label tier=db data"},
                            create_volume);
const command volume_ls({"volume ls", "volume list"},
                        {"list volumes", "", "zoomin volume ls",
                         "zoomin volume ls -q -f dangling=true"},
                        list_volumes);
const command volume_inspect({"volume inspect"},
                             {"show detailed information on volumes",
                              "VOLUME [VOLUME...]", "zoomin volume inspect data",
                              "zoomin volume inspect -f '{{.Mountpoint}}' data"},
                             inspect_volumes);
const command volume_rm({"volume rm", "volume remove"},
                        {"remove volumes", "VOLUME [VOLUME...]", "zoomin volume rm data",
                         "zoomin volume rm data cache"},
                        remove_volumes);
const command volume_prune({"volume prune"},
                           {"remove unused volumes", "", "zoomin volume prune",
                            "zoomin volume prune -af"},
                           prune_volumes);

}  // namespace

removed remove_unused_volumes(engine& engine, bool named, const prune_filter& filter) {
  removed result;
  const auto on_damage = [&](const std::string& id, const usage_error& damaged) {
    result.status = 1;
    complain(fmt::format("{}: {}: its volumes aren't known, so no volume is removed",
                         docker::short_id(id), damaged.what()),
             damaged.hint());
  };
  const auto used = engine.used_volumes(on_damage);
  if (result.status != 0) return result;
  for (const auto& volume : engine.volumes()) {
    if (used.contains(volume.name) || (!named && !volume.anonymous)) continue;
    if (!filter.passes(volume.created, volume.labels)) continue;
    const auto bytes = engine.volume_bytes(volume.name);
    if (unwrap(engine.remove_volumes({volume.name}, on_damage)).empty()) continue;
    result.names.push_back(volume.name);
    result.bytes += bytes;
  }
  unwrap(engine.remove_volumes({}, on_damage));  // removes leftovers of killed commands
  return result;
}

}  // namespace zoomin::cli
