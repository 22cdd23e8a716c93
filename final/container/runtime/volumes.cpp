// SPDX-License-Identifier: MIT
#include "container/runtime/volumes.hpp"

#include <fcntl.h>

#include "base/events.hpp"
#include "common/sys.hpp"
#include "container/state.hpp"
#include "container/store.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

using mount_kind = requested_mount::kind;

needed_volumes::needed_volumes(const container_spec& spec) : lock_(volume::hold()) {
  for (const auto& mount : spec.mounts)
    if (mount.type == mount_kind::volume &&
        volume::make({mount.source, now_text(), {}, mount.anonymous}))
      made_.push_back(mount.source);
}

needed_volumes::~needed_volumes() {
  lock_.reset();
  remove_unused(made_);
}

mounted_volumes::mounted_volumes(std::string id, const container_spec& spec)
    : id_(std::move(id)) {
  for (const auto& mount : spec.mounts)
    if (mount.type == mount_kind::volume) volumes_.push_back(mount);
  for (const auto& mount : volumes_)
    base::emit({"volume",
                "mount",
                mount.source,
                {{"container", id_},
                 {"destination", mount.target},
                 {"driver", "local"},
                 {"read/write", mount.read_only ? "false" : "true"}}});
}

mounted_volumes::~mounted_volumes() {
  for (const auto& mount : volumes_)
    base::emit(
        {"volume", "unmount", mount.source, {{"container", id_}, {"driver", "local"}}});
}

std::vector<filled_volume> volumes_to_fill(const container_spec& spec) {
  std::vector<filled_volume> volumes;
  for (const auto& mount : spec.mounts)
    if (mount.type == mount_kind::volume && mount.fills)
      volumes.push_back({mount.source, mount.target});
  return volumes;
}

void fill_volumes(const std::string& root, const std::vector<filled_volume>& volumes) {
  const unique_fd top = sys::open(root, O_PATH | O_DIRECTORY);
  for (const auto& volume : volumes)
    if (const auto source =
            sys::find_in_root(top.get(), volume.target, O_RDONLY | O_DIRECTORY))
      volume::fill(volume.volume, source->get());
}

}  // namespace zoomin::container
