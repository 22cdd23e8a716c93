// SPDX-License-Identifier: MIT
#include "volume/volume.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "events/events.hpp"
#include "files/copy.hpp"
#include "files/named.hpp"
#include "files/whole.hpp"

namespace zoomin::volume {

using nlohmann::json;
using sys::quiet;

namespace {

std::string all_directory() { return root_directory() + "/volumes"; }
std::string directory_of(const std::string& name) { return all_directory() + "/" + name; }

unique_fd lock_store(bool exclusive) {
  return files::lock_directory(all_directory(), exclusive);
}

volume read(const std::string& name) try {
  const auto from = json::parse(sys::read_file(directory_of(name) + "/volume.json"));
  return {from.at("Name"), from.at("CreatedAt"), from.at("Labels"), from.at("Anonymous")};
} catch (const json::exception& damaged) {
  throw usage_error(fmt::format("volume {}: {}", name, damaged.what()));
}

void write(const volume& one) {
  files::write_whole(directory_of(one.name) + "/volume.json",
                     json{{"Name", one.name},
                          {"CreatedAt", one.created},
                          {"Labels", one.labels},
                          {"Anonymous", one.anonymous}}
                             .dump(2) +
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
  const std::string directory = directory_of(wanted.name);
  if (!sys::make_directory(quiet, directory, 0700) &&
      sys::exists(directory + "/volume.json"))
    return false;
  try {
    const std::string data = directory + "/data";
    sys::make_directory(quiet, data, 0755);
    sys::check("chmod", data, [&] { return ::chmod(data.c_str(), 0755); });  // no umask
    touch(directory + "/fresh");
    write(wanted);  // last: before it, nobody takes it for one
  } catch (...) {
    sys::remove_tree(quiet, directory);
    throw;
  }
  events::tell({"volume", "create", wanted.name, {{"driver", "local"}}});
  return true;
}

std::vector<volume> all() {
  std::vector<volume> list;
  if (!sys::exists(all_directory())) return list;
  for (const auto& name : sys::list_directory(all_directory()))
    if (sys::exists(directory_of(name) + "/volume.json")) list.push_back(read(name));
  return list;
}

volume find(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.' ||
      !sys::exists(directory_of(name) + "/volume.json"))
    throw usage_error(fmt::format("No such volume: {}", name),
                      "`zoomin volume ls` lists them");
  return read(name);
}

std::string data_of(const std::string& name) { return directory_of(name) + "/data"; }

std::vector<std::string> remove(const std::vector<std::string>& names,
                                const std::function<std::set<std::string>()>& used) {
  const unique_fd alone = lock_store(true);
  const auto in_use = used();
  std::vector<std::string> gone;
  for (const auto& name : names) {
    if (in_use.contains(name) || !sys::exists(directory_of(name))) continue;
    sys::remove_tree(quiet, directory_of(name));
    gone.push_back(name);
    events::tell({"volume", "destroy", name, {{"driver", "local"}}});
  }
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
