// SPDX-License-Identifier: MIT
#include "03-mnt/asked.hpp"

#include "03-mnt/demo_root.hpp"

namespace zoomin::mnt {

void asked::add_to(options& of) {
  of.value("--rootfs", rootfs, "a directory to be its root (a demo root)");
  of.list("--mount", mounts,
          "type=bind|tmpfs,source=,target=,readonly; again for one more");
  of.toggle("--read-only", read_only, "its root can't be written to");
}

wishes understood(const asked& from, const std::string& hostname,
                  const std::string& address) {
  wishes all{.root = from.rootfs.value_or(""),
             .read_only = from.read_only,
             .places = defaults(hostname, address)};
  if (from.rootfs) {
    validate_root(*from.rootfs);
  } else {
    // Many use it at once, so nobody writes to it.
    all.root = demo_root();
    all.read_only = true;
    for (auto& one : demo_places()) all.places.push_back(std::move(one));
  }
  for (const auto& option : from.mounts) all.places.push_back(asked_for(option));
  return all;
}

}  // namespace zoomin::mnt
