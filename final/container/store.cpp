// SPDX-License-Identifier: MIT
#include "container/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/names.hpp"
#include "common/error.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/remove_tree.hpp"
#include "common/sys.hpp"
#include "container/spec/spec.hpp"
#include "container/writable_layer.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

using sys::quiet;

namespace {

constexpr std::string_view new_prefix = ".new-", removing_prefix = ".removing-";

std::string all_directory() { return root_directory() + "/containers"; }
std::string link_of(const std::string& name) {
  return all_directory() + "/.names/" + name;
}

void make_directories() {
  sys::make_path(all_directory() + "/.names", root_directory(), 0700);
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  sys::check("getrandom", "", [&] { return ::getrandom(bytes.data(), size, 0); });
  return bytes;
}

// Returns a random name that is easy to remember and to say.
std::string new_name() {
  constexpr std::array first{"amber", "brave",  "calm",  "clear", "early", "fair",
                             "fresh", "gentle", "green", "happy", "keen",  "light",
                             "mild",  "quick",  "quiet", "rapid", "ready", "silver",
                             "sunny", "swift",  "tidy",  "true",  "warm",  "wise"};
  constexpr std::array second{"anchor", "basin", "bridge", "canal",  "cargo", "cedar",
                              "dock",   "ferry", "harbor", "island", "jetty", "kayak",
                              "lagoon", "maple", "mast",   "oak",    "pier",  "port",
                              "quay",   "reef",  "river",  "sail",   "tide",  "wharf"};
  const std::string bytes = random_bytes(4);
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  return fmt::format("{}_{}{}", first[at(0) % first.size()],
                     second[at(1) % second.size()], at(2) * 256 + at(3));
}

bool is_id(const std::string& text) {
  return text.size() == 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string id_of_name(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.') return {};
  std::error_code failure;
  std::string id = std::filesystem::read_symlink(link_of(name), failure);
  // Only root may search the directory. Any other failure means that the name is free.
  if (failure == std::errc::permission_denied)
    throw sys::error(failure.value(), "readlink", link_of(name));
  return id;
}

bool exists_or_is_new(const std::string& id) {
  return sys::exists(directory_of(id)) ||
         sys::exists(fmt::format("{}/{}{}", all_directory(), new_prefix, id));
}

bool link_name(const std::string& name, const std::string& id) {
  if (::symlink(id.c_str(), link_of(name).c_str()) == 0) return true;
  if (errno != EEXIST) throw sys::error(errno, "symlink", link_of(name));
  return false;
}

// Takes the lock that is needed to drop stale names. It prevents a name from being
// dropped after another command has taken it again.
unique_fd lock_names() {
  unique_fd names = sys::open(all_directory() + "/.names", O_RDONLY | O_DIRECTORY);
  sys::lock(names.get());
  return names;
}

// Drops the name if its container was never completed, or no longer exists.
void drop_stale(const std::string& name) {
  const unique_fd lock = lock_names();
  const std::string id = id_of_name(name);
  if (!id.empty() && !exists_or_is_new(id)) ::unlink(link_of(name).c_str());
}

void take_name(const std::string& name, const std::string& id) {
  if (link_name(name, id)) return;
  drop_stale(name);
  if (!link_name(name, id))
    throw usage_error(
        failure_kind::conflict,
        fmt::format("Conflict. The container name \"/{}\" is already in use by container "
                    "\"{}\". You have to remove (or rename) that container to be able to "
                    "reuse that name.",
                    name, id_of_name(name)),
        fmt::format("run `zoomin rm {}` to remove it", name));
}

std::string take_new_name(const std::string& id) {
  while (true) {
    std::string name = new_name();
    if (link_name(name, id)) return name;
  }
}

std::vector<std::string> links_to(const std::string& id) {
  auto names = sys::list_directory(all_directory() + "/.names");
  std::erase_if(names, [&](const auto& name) { return id_of_name(name) != id; });
  return names;
}

// Drops the names of a container whose command was killed. Otherwise a random name would
// stay forever, because no command takes it again.
void drop_names_of(const std::string& id) {
  const unique_fd lock = lock_names();
  for (const auto& name : links_to(id)) ::unlink(link_of(name).c_str());
}

// Returns the container's name. If its state is damaged, returns all names that link to
// it.
std::vector<std::string> names_of(const std::string& id) {
  try {
    const std::string name = read_state(id).name;
    return id_of_name(name) == id ? std::vector{name} : std::vector<std::string>();
  } catch (const usage_error&) {
    return links_to(id);
  }
}

std::optional<unique_fd> open_locked(const std::string& directory) {
  auto fd = sys::open_if_exists(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd || !sys::try_lock(fd->get())) return std::nullopt;
  return fd;
}

// Creates a directory and locks it. If a sweep removes the directory before it is locked,
// creates it again.
unique_fd make_locked(const std::string& directory) {
  while (true) {
    sys::make_directory(quiet, directory, 0700);
    auto lock = open_locked(directory);
    if (lock && sys::exists(directory)) return std::move(*lock);
  }
}

[[noreturn]] void refuse_unknown(const std::string& reference) {
  throw usage_error(failure_kind::not_found,
                    fmt::format("No such container: {}", reference),
                    "run `zoomin ps -a` to list containers");
}

unique_fd open_existing(const std::string& id) {
  auto fd = sys::open_if_exists(directory_of(id), O_RDONLY | O_DIRECTORY);
  if (!fd) refuse_unknown(id.substr(0, 12));
  return std::move(*fd);
}

}  // namespace

void validate_name(const std::string& name) {
  base::validate_name(name, 128, "container");
}

// Returns a new id. Its first 12 digits become the host name, so they must contain a
// letter: a host name of digits alone would be taken for an address, inet_aton(3).
std::string new_id() {
  std::string id;
  do {
    id.clear();
    for (const char byte : random_bytes(32))
      id += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  } while (id.find_first_of("abcdef") >= 12);
  return id;
}

std::string directory_of(const std::string& id) { return all_directory() + "/" + id; }

std::string socket_directory_of(const std::string& id) {
  return run_directory() + "/containers/" + id;
}

std::string add(const std::string& container_json, const std::string& name,
                state first_state) {
  if (!name.empty()) validate_name(name);
  make_directories();
  const std::string id = new_id();
  const std::string temporary = fmt::format("{}/{}{}", all_directory(), new_prefix, id);
  const auto lock = make_locked(temporary);
  try {
    if (name.empty())
      first_state.name = take_new_name(id);
    else
      take_name(first_state.name = name, id);
    base::replace_file(temporary + "/container.json", container_json, true);
    base::replace_file(temporary + "/state.json", text_of(first_state), true);
    sys::check("rename", temporary,
               [&] { return ::rename(temporary.c_str(), directory_of(id).c_str()); });
  } catch (...) {
    if (!first_state.name.empty() && id_of_name(first_state.name) == id)
      ::unlink(link_of(first_state.name).c_str());
    sys::remove_tree(quiet, temporary);
    throw;
  }
  return id;
}

std::vector<std::string> ids() {
  if (!sys::exists(all_directory())) return {};
  auto ids = sys::list_directory(all_directory());
  std::erase_if(ids, [](const auto& name) { return !is_id(name); });
  return ids;
}

bool exists(const std::string& id) { return sys::exists(directory_of(id)); }

std::string find(const std::string& name_or_id) {
  // `inspect` shows a name with a slash in front.
  const std::string reference = name_or_id.substr(name_or_id.starts_with('/') ? 1 : 0);
  const std::string named = id_of_name(reference);
  if (!named.empty() && sys::exists(directory_of(named))) return named;
  if (is_id(reference) && sys::exists(directory_of(reference))) return reference;
  std::string only;
  if (!reference.empty())
    for (const auto& id : ids()) {
      if (!id.starts_with(reference)) continue;
      if (!only.empty())
        throw usage_error(
            failure_kind::conflict,
            fmt::format("multiple IDs found with provided prefix: {}", reference));
      only = id;
    }
  if (only.empty()) refuse_unknown(reference);
  return only;
}

std::optional<unique_fd> try_lock(const std::string& id) {
  unique_fd fd = open_existing(id);
  if (!sys::try_lock(fd.get())) return std::nullopt;
  if (!sys::exists(directory_of(id))) refuse_unknown(id.substr(0, 12));
  return fd;
}

std::string container_json(const std::string& id) {
  return sys::read_stored(directory_of(id) + "/container.json");
}

std::string read_config(const std::string& id) {
  const std::string path = directory_of(id) + "/config.json";
  if (!sys::exists(path))
    throw usage_error(
        fmt::format("{} has no config.json", id.substr(0, 12)),
        "each start writes it; run `zoomin restart " + id.substr(0, 12) + "`");
  return sys::read_stored(path);
}

std::string read_filter(const std::string& id) {
  const std::string path = directory_of(id) + "/filter";
  return sys::exists(path) ? sys::read_stored(path) : "";
}

void write_config(const std::string& id, const std::string& text,
                  const std::string& filter) {
  base::replace_file(directory_of(id) + "/config.json", text, false);
  if (!filter.empty()) base::replace_file(directory_of(id) + "/filter", filter, false);
}

void write_container_json(const std::string& id, const std::string& text) {
  base::replace_file(directory_of(id) + "/container.json", text, true);
}

std::string health_json(const std::string& id) {
  return sys::read_stored(directory_of(id) + "/health.json");
}

void write_health(const std::string& id, const std::string& text) {
  base::replace_file(directory_of(id) + "/health.json", text, false);
}

state read_state(const std::string& id) {
  return parse_state(sys::read_stored(directory_of(id) + "/state.json"));
}

// Writes state.json. On a full disk it is overwritten in place, so that it is up to date
// even then.
void write_state(const std::string& id, const state& now, bool durable) {
  const std::string file = directory_of(id) + "/state.json";
  try {
    base::replace_file(file, text_of(now), durable);
  } catch (const sys::error& failure) {
    if ((failure.number() != ENOSPC && failure.number() != EFBIG) || !sys::exists(file))
      throw;
    base::overwrite_in_place(file, text_of(now));
  }
}

void rename(const std::string& id, state& now, const std::string& name) {
  validate_name(name);
  const std::string before = now.name;
  take_name(name, id);
  try {
    now.name = name;
    write_state(id, now);
  } catch (...) {
    now.name = before;
    ::unlink(link_of(name).c_str());
    throw;
  }
  if (id_of_name(before) == id) ::unlink(link_of(before).c_str());
  emit("rename", id, now, {{"oldName", before}});
}

void erase(const std::string& id) {
  const std::string removing =
      fmt::format("{}/{}{}", all_directory(), removing_prefix, id);
  const auto names = names_of(id);
  sys::check("rename", directory_of(id),
             [&] { return ::rename(directory_of(id).c_str(), removing.c_str()); });
  for (const auto& name : names) ::unlink(link_of(name).c_str());
  sys::remove_tree(quiet, socket_directory_of(id));
  release_writable_layer(removing + "/layer");
  sys::remove_tree(quiet, removing);
}

void sweep() {
  if (!sys::exists(all_directory())) return;
  for (const auto& name : sys::list_directory(all_directory())) {
    if (!name.starts_with(new_prefix) && !name.starts_with(removing_prefix)) continue;
    const std::string path = all_directory() + "/" + name;
    const auto lock = open_locked(path);
    if (!lock) continue;
    drop_names_of(name.substr(name.find('-') + 1));
    release_writable_layer(path + "/layer");
    sys::remove_tree_or_warn(path);
  }
}

namespace {

template <typename Each>
void for_each_spec(const Each& each, const on_damaged_spec& on_damage) {
  for (const auto& id : ids()) {
    try {
      each(id, parse_spec(container_json(id)));
    } catch (const sys::error&) {
      if (exists(id)) throw;  // otherwise it was removed meanwhile
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(id, damaged);
    }
  }
}

}  // namespace

std::set<std::string> used_images(const on_damaged_spec& on_damage) {
  std::set<std::string> used;
  for_each_spec([&](const auto&, const auto& spec) { used.insert(spec.image_id); },
                on_damage);
  return used;
}

std::set<std::string> used_volumes(const on_damaged_spec& on_damage) {
  std::set<std::string> used;
  for_each_spec(
      [&](const auto&, const auto& spec) {
        for (const auto& mount : spec.mounts)
          if (mount.type == requested_mount::kind::volume) used.insert(mount.source);
      },
      on_damage);
  return used;
}

std::vector<std::string> anonymous_volumes(const std::string& id) try {
  std::vector<std::string> names;
  for (const auto& mount : parse_spec(container_json(id)).mounts)
    if (mount.anonymous) names.push_back(mount.source);
  return names;
} catch (const usage_error&) {
  return {};
}

void remove_unused(const std::vector<std::string>& names) {
  if (!names.empty()) volume::remove(names, [] { return used_volumes(); });
}

void erase_with_volumes(const std::string& id, const container_spec& spec,
                        const state& last) {
  const auto volumes = spec.remove ? anonymous_volumes(id) : std::vector<std::string>();
  erase(id);
  emit("destroy", id, last);
  remove_unused(volumes);
}

std::vector<std::string> containers_on(const std::string& network) {
  std::vector<std::string> containers;
  for_each_spec(
      [&](const auto& id, const auto& spec) {
        if (spec.is_on(network)) containers.push_back(id);
      },
      {});
  return containers;
}

}  // namespace zoomin::container
