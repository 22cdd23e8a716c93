// SPDX-License-Identifier: MIT
#include "volume/volume.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/copy_tree.hpp"
#include "base/events.hpp"
#include "base/names.hpp"
#include "base/stored.hpp"
#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::volume {

using sys::quiet;

// Lists the keys of volume.json.
template <typename Volume, typename Visit>
static void each_field(Volume& volume, const Visit& visit) {
  visit("Name", volume.name);
  visit("CreatedAt", volume.created);
  visit("Labels", volume.labels);
  visit("Anonymous", volume.anonymous);
}

namespace {

constexpr std::string_view removing_prefix = ".removing-";

std::string volumes_directory() { return root_directory() + "/volumes"; }
std::string directory_of(const std::string& name) {
  return volumes_directory() + "/" + name;
}
std::string making_directory() { return volumes_directory() + "/.making"; }

unique_fd lock_store(bool exclusive) {
  return base::lock_directory(volumes_directory(), exclusive);
}

// Takes the lock of making_directory().
unique_fd lock_making() {
  unique_fd file =
      sys::open(volumes_directory() + "/.making.lock", O_RDONLY | O_CREAT, 0600);
  sys::lock(file.get());
  return file;
}

bool exists(const std::string& name) {
  return sys::exists(directory_of(name) + "/volume.json");
}

volume read(const std::string& name) {
  const std::string description = "volume " + name, directory = directory_of(name);
  const auto hint =
      fmt::format("its data is in {}; run `zoomin volume rm -f {}` to remove it",
                  data_of(name), name);
  const auto found = base::parse_stored<volume>(
      sys::read_stored(directory + "/volume.json"), description, hint);
  if (found.name.empty())
    throw usage_error(failure_kind::damaged, description + ": volume.json has no name",
                      hint);
  return found;
}

void write(const volume& volume, const std::string& directory) {
  base::replace_file(directory + "/volume.json", base::stored_text(volume), true);
}

void touch(const std::string& path) {
  const unique_fd made = sys::open(path, O_WRONLY | O_CREAT, 0600);
}

}  // namespace

void validate_name(const std::string& name) { base::validate_name(name, 255, "volume"); }

unique_fd hold() { return lock_store(false); }

bool make(const volume& volume) {
  validate_name(volume.name);
  if (exists(volume.name)) return false;
  const unique_fd lock = lock_making();
  if (exists(volume.name)) return false;
  const std::string directory = directory_of(volume.name), making = making_directory();
  for (const auto& left : {making, directory}) sys::remove_tree(quiet, left);
  try {
    const std::string data = making + "/data";
    sys::mkdir(quiet, making, 0700);
    sys::mkdir(quiet, data, 0755);
    sys::check("chmod", data,
               [&] { return ::chmod(data.c_str(), 0755); });  // whatever the umask
    touch(making + "/fresh");
    write(volume, making);
    sys::check("rename", directory,
               [&] { return ::rename(making.c_str(), directory.c_str()); });
  } catch (...) {
    sys::remove_tree(quiet, making);
    throw;
  }
  base::emit({"volume", "create", volume.name, {{"driver", "local"}}});
  return true;
}

std::vector<volume> list(const std::function<void(const usage_error&)>& on_damage) {
  std::vector<volume> volumes;
  if (!sys::exists(volumes_directory())) return volumes;
  for (const auto& name : sys::list_directory(volumes_directory())) {
    if (name.starts_with('.') || !exists(name)) continue;
    try {
      volumes.push_back(read(name));
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(damaged);
    } catch (const sys::error&) {
      if (exists(name)) throw;  // otherwise it was removed meanwhile
    }
  }
  return volumes;
}

volume find(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.' ||
      !exists(name))
    throw usage_error(failure_kind::not_found, fmt::format("No such volume: {}", name),
                      "run `zoomin volume ls` to list volumes");
  return read(name);
}

std::string data_of(const std::string& name) { return directory_of(name) + "/data"; }

namespace {

// Holds a directory that was a volume. The lock shows that a process is removing it.
struct detached_volume {
  std::string path;
  unique_fd lock;
};

// Takes a volume out of the store with rename(2), so that a command that is killed while
// it removes the files leaves nothing that a later volume of that name could show.
detached_volume set_aside(const std::string& name) {
  detached_volume detached{
      volumes_directory() + "/" + std::string(removing_prefix) + "XXXXXX",
      sys::open(directory_of(name), O_RDONLY | O_DIRECTORY)};
  sys::lock(detached.lock.get());
  if (::mkdtemp(detached.path.data()) == nullptr)
    throw sys::error(errno, "mkdtemp", volumes_directory());
  sys::check("rename", directory_of(name),
             [&] { return ::rename(directory_of(name).c_str(), detached.path.c_str()); });
  return detached;
}

// Removes a half-made volume, and returns the detached volumes that killed commands left.
// Call it while the store is locked exclusively.
std::vector<detached_volume> leftovers() {
  std::vector<detached_volume> volumes;
  sys::remove_tree(quiet, making_directory());
  for (const auto& name : sys::list_directory(volumes_directory())) {
    if (!name.starts_with(removing_prefix)) continue;
    const std::string path = volumes_directory() + "/" + name;
    auto lock = sys::open_if_exists(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (lock && sys::try_lock(lock->get())) volumes.push_back({path, std::move(*lock)});
  }
  return volumes;
}

// Removes the files of detached volumes. A failure is only a warning, so that it stops no
// later command.
void remove_all(const std::vector<detached_volume>& volumes) {
  for (const auto& detached : volumes) {
    try {
      sys::remove_tree(quiet, detached.path);
    } catch (const sys::error& failure) {
      narration::warn(
          fmt::format("can't remove files of a removed volume: {}", failure.what()));
    }
  }
}

}  // namespace

std::vector<std::string> remove(const std::vector<std::string>& names,
                                const std::function<std::set<std::string>()>& used) {
  unique_fd lock = lock_store(true);
  const auto in_use = used();
  std::vector<std::string> gone;
  auto volumes = leftovers();
  for (const auto& name : names) {
    if (in_use.contains(name) || !sys::exists(directory_of(name))) continue;
    volumes.push_back(set_aside(name));
    gone.push_back(name);
    base::emit({"volume", "destroy", name, {{"driver", "local"}}});
  }
  lock.reset();  // other commands needn't wait for the removal of the files
  remove_all(volumes);
  return gone;
}

void fill(const std::string& name, int directory) {
  const std::string own = directory_of(name), data = data_of(name);
  const std::string fresh = own + "/fresh", filling = own + "/filling";
  if (!sys::exists(fresh) && !sys::exists(filling)) return;
  const unique_fd lock = sys::open(own, O_RDONLY | O_DIRECTORY);
  sys::lock(lock.get());
  if (sys::exists(filling)) {  // the process that filled it was killed
    sys::remove_tree(quiet, data);
    sys::mkdir(quiet, data, 0755);
  } else if (!sys::exists(fresh)) {
    return;
  } else if (!sys::list_directory(data).empty()) {
    ::unlink(fresh.c_str());
    return;
  }
  touch(filling);
  ::unlink(fresh.c_str());
  const unique_fd to = sys::open(data, O_RDONLY | O_DIRECTORY);
  base::copy_contents(directory, to.get(), "volume " + name);
  base::copy_directory_itself(directory, to.get(), "volume " + name);
  ::unlink(filling.c_str());
}

}  // namespace zoomin::volume
