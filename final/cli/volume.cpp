// SPDX-License-Identifier: MIT
// volume: the commands volume create, ls, inspect, rm and prune.
#include <fmt/format.h>

#include "base/apparent_size.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/prune.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "container/state.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "docker/volumes.hpp"
#include "volume/volume.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

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
  volume::volume volume{options.text("--name"), container::now_text()};
  if (!options.rest(0, 1).empty()) volume.name = options.rest()[0];
  volume.anonymous = volume.name.empty();
  if (volume.anonymous) volume.name = container::new_id();
  volume.labels = docker::labels_of(options.list("--label"));
  const auto in_use = volume::hold();
  volume::make(volume);
  print(volume.name + "\n");
  return 0;
}

int ls(const arguments& words) {
  const flags options("volume ls", {quiet_flag, format_flag, filter_flag}, words);
  options.expect_no_rest();
  print_list(options, docker::list_volumes(options.list("--filter"), complain_of),
             {"Driver", "Name"}, "Name");
  return 0;
}

int inspect(const arguments& words) {
  const flags options("volume inspect", {short_format_flag}, words);
  return inspect_each(options, docker::inspect_volume);
}

// Throws usage_error if there is no such volume, or if it is damaged and not `forced`.
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
                          "a container uses it, perhaps a stopped one: see zoomin ps -a");
      print(name + "\n");
    });
  });
}

// Removes only anonymous volumes without --all, as docker does.
int prune(const arguments& words) {
  const flags options("volume prune",
                      {{"--all", 'a', toggle, "", "remove named volumes too"},
                       prune_filter_flag,
                       force_flag},
                      words);
  options.expect_no_rest();
  const prune_filter filter(options, false);
  require_consent(options.on("--force"),
                  options.on("--all")
                      ? "all local volumes not used by at least one container"
                      : "anonymous local volumes not used by at least one container");
  const auto gone = remove_unused_volumes(options.on("--all"), filter);
  print_removed("Deleted Volumes", gone);
  print_space(gone.bytes);
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
                              {"show detailed information on volumes",
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

removed remove_unused_volumes(bool named, const prune_filter& filter) {
  removed result;
  const auto used_by_all = [&] {
    return container::used_volumes([&](const auto& id, const auto& damaged) {
      result.status = 1;
      complain(fmt::format("{}: {}: its volumes aren't known, so no volume is removed",
                           docker::short_id(id), damaged.what()),
               damaged.hint());
    });
  };
  const auto used = used_by_all();
  if (result.status != 0) return result;
  for (const auto& volume : volume::all()) {
    if (used.contains(volume.name) || (!named && !volume.anonymous)) continue;
    if (!filter.passes(volume.created, volume.labels)) continue;
    const auto bytes = base::apparent_size_of(volume::data_of(volume.name));
    if (volume::remove({volume.name}, used_by_all).empty()) continue;
    result.names.push_back(volume.name);
    result.bytes += bytes;
  }
  volume::remove({}, used_by_all);  // also what killed commands left behind
  return result;
}

}  // namespace zoomin::cli
