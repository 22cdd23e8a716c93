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
#include "base/json.hpp"
#include "base/names.hpp"
#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::volume {

using nlohmann::json;
using sys::quiet;

namespace {

constexpr std::string_view leaving = ".removing-";

std::string all_directory() { return root_directory() + "/volumes"; }
std::string directory_of(const std::string& name) { return all_directory() + "/" + name; }
std::string making_directory() { return all_directory() + "/.making"; }

unique_fd lock_store(bool exclusive) {
  return files::lock_directory(all_directory(), exclusive);
}

// The maker of a volume holds this lock, so that making_directory() is its own.
unique_fd lock_making() {
  unique_fd file = sys::open(all_directory() + "/.making.lock", O_RDONLY | O_CREAT, 0600);
  sys::lock(file.get());
  return file;
}

bool is_there(const std::string& name) {
  return sys::exists(directory_of(name) + "/volume.json");
}

volume read(const std::string& name) {
  const std::string whose = "volume " + name, directory = directory_of(name);
  const auto hint = fmt::format("its data is in {}; zoomin volume rm -f {} removes it",
                                data_of(name), name);
  return files::read_or_damaged(whose, hint, [&] {
    const auto from =
        files::parse_own(sys::read_stored(directory + "/volume.json"), whose);
    files::require_version(from.value("Version", 1), whose);
    return volume{from.at("Name"), from.value("CreatedAt", ""),
                  from.value("Labels", std::map<std::string, std::string>()),
                  from.value("Anonymous", false)};
  });
}

void write(const volume& one, const std::string& directory) {
  files::replace_file(directory + "/volume.json",
                      files::json_text(json{{"Version", files::format_version},
                                            {"Name", one.name},
                                            {"CreatedAt", one.created},
                                            {"Labels", one.labels},
                                            {"Anonymous", one.anonymous}},
                                       2) +
                          "\n",
                      true);
}

void touch(const std::string& path) {
  const unique_fd made = sys::open(path, O_WRONLY | O_CREAT, 0600);
}

}  // namespace

void validate_name(const std::string& name) {
  files::validate_name(name, 255, "a volume's name");
}

unique_fd hold() { return lock_store(false); }

bool make(const volume& wanted) {
  validate_name(wanted.name);
  if (is_there(wanted.name)) return false;
  const unique_fd alone = lock_making();
  if (is_there(wanted.name)) return false;
  const std::string directory = directory_of(wanted.name), making = making_directory();
  for (const auto& left : {making, directory}) sys::remove_tree(quiet, left);
  try {
    const std::string data = making + "/data";
    sys::mkdir(quiet, making, 0700);
    sys::mkdir(quiet, data, 0755);
    sys::check("chmod", data, [&] { return ::chmod(data.c_str(), 0755); });  // no umask
    touch(making + "/fresh");
    write(wanted, making);
    sys::check("rename", directory,
               [&] { return ::rename(making.c_str(), directory.c_str()); });
  } catch (...) {
    sys::remove_tree(quiet, making);
    throw;
  }
  events::emit({"volume", "create", wanted.name, {{"driver", "local"}}});
  return true;
}

std::vector<volume> all(const std::function<void(const usage_error&)>& on_damage) {
  std::vector<volume> list;
  if (!sys::exists(all_directory())) return list;
  for (const auto& name : sys::list_directory(all_directory())) {
    if (name.starts_with('.') || !is_there(name)) continue;
    try {
      list.push_back(read(name));
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(damaged);
    } catch (const sys::error&) {
      if (is_there(name)) throw;  // else it was removed meanwhile
    }
  }
  return list;
}

volume find(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.' ||
      !is_there(name))
    throw usage_error(failure_kind::not_found, fmt::format("No such volume: {}", name),
                      "`zoomin volume ls` lists them");
  return read(name);
}

std::string data_of(const std::string& name) { return directory_of(name) + "/data"; }

namespace {

// Holds a directory that is no volume any more. Its lock says that somebody removes it.
struct created_before {
  std::string path;
  unique_fd lock;
};

// A volume disappears at once, rename(2): a command that is killed while it removes the
// files leaves nothing that a later volume of that name would show.
created_before set_aside(const std::string& name) {
  created_before one{all_directory() + "/" + std::string(leaving) + "XXXXXX",
                     sys::open(directory_of(name), O_RDONLY | O_DIRECTORY)};
  sys::lock(one.lock.get());
  if (::mkdtemp(one.path.data()) == nullptr)
    throw sys::error(errno, "mkdtemp", all_directory());
  sys::check("rename", directory_of(name),
             [&] { return ::rename(directory_of(name).c_str(), one.path.c_str()); });
  return one;
}

// Removes a half-made volume, and returns the former volumes that killed commands left.
// Call it while the store is locked exclusively.
std::vector<created_before> all_left() {
  std::vector<created_before> list;
  sys::remove_tree(quiet, making_directory());
  for (const auto& name : sys::list_directory(all_directory())) {
    if (!name.starts_with(leaving)) continue;
    const std::string path = all_directory() + "/" + name;
    auto lock = sys::open_if_exists(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (lock && sys::try_lock(lock->get())) list.push_back({path, std::move(*lock)});
  }
  return list;
}

// Removes former volumes. Those that can't be removed stop no later command.
void remove_all(const std::vector<created_before>& list) {
  for (const auto& one : list) {
    try {
      sys::remove_tree(quiet, one.path);
    } catch (const sys::error& failure) {
      narration::warn(fmt::format("a removed volume's files stay: {}", failure.what()));
    }
  }
}

}  // namespace

std::vector<std::string> remove(const std::vector<std::string>& names,
                                const std::function<std::set<std::string>()>& used) {
  unique_fd alone = lock_store(true);
  const auto in_use = used();
  std::vector<std::string> gone;
  auto list = all_left();
  for (const auto& name : names) {
    if (in_use.contains(name) || !sys::exists(directory_of(name))) continue;
    list.push_back(set_aside(name));
    gone.push_back(name);
    events::emit({"volume", "destroy", name, {{"driver", "local"}}});
  }
  alone.reset();  // the files may be many
  remove_all(list);
  return gone;
}

void fill(const std::string& name, int directory) {
  const std::string own = directory_of(name), data = data_of(name);
  const std::string fresh = own + "/fresh", filling = own + "/filling";
  if (!sys::exists(fresh) && !sys::exists(filling)) return;
  const unique_fd alone = sys::open(own, O_RDONLY | O_DIRECTORY);
  sys::lock(alone.get());
  if (sys::exists(filling)) {  // who did it was killed
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
  files::copy_contents(directory, to.get(), "volume " + name);
  files::copy_directory_itself(directory, to.get(), "volume " + name);
  ::unlink(filling.c_str());
}

}  // namespace zoomin::volume
