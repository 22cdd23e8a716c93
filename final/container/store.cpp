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
#include "common/descent.hpp"
#include "common/error.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "container/writable_layer.hpp"

namespace zoomin::container {

using sys::quiet;

namespace {

constexpr std::string_view unfinished = ".new-", leaving = ".removing-";

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

// Easier to remember and to say than digits.
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

std::string id_behind(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.') return {};
  std::error_code failure;
  std::string id = std::filesystem::read_symlink(link_of(name), failure);
  // Only root may search the directory; every other failure means that no such name is
  // taken.
  if (failure == std::errc::permission_denied)
    throw sys::error(failure.value(), "readlink", link_of(name));
  return id;
}

bool is_or_will_be(const std::string& id) {
  return sys::exists(directory_of(id)) ||
         sys::exists(fmt::format("{}/{}{}", all_directory(), unfinished, id));
}

bool link_name(const std::string& name, const std::string& id) {
  if (::symlink(id.c_str(), link_of(name).c_str()) == 0) return true;
  if (errno != EEXIST) throw sys::error(errno, "symlink", link_of(name));
  return false;
}

// Stale names are dropped by one at a time, so that one that was taken again meanwhile
// isn't.
unique_fd lock_names() {
  unique_fd names = sys::open(all_directory() + "/.names", O_RDONLY | O_DIRECTORY);
  sys::lock(names.get());
  return names;
}

// Of a container that was never finished, or is gone.
void drop_stale(const std::string& name) {
  const unique_fd one_by_one = lock_names();
  const std::string id = id_behind(name);
  if (!id.empty() && !is_or_will_be(id)) ::unlink(link_of(name).c_str());
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
                    name, id_behind(name)),
        fmt::format("zoomin rm {}", name));
}

std::string take_new_name(const std::string& id) {
  while (true) {
    std::string name = new_name();
    if (link_name(name, id)) return name;
  }
}

std::vector<std::string> all_that_lead_to(const std::string& id) {
  auto result = sys::list_directory(all_directory() + "/.names");
  std::erase_if(result, [&](const auto& one) { return id_behind(one) != id; });
  return result;
}

// Of one whose command was killed: nobody else takes a name that was drawn for it.
void drop_all_that_lead_to(const std::string& id) {
  const unique_fd one_by_one = lock_names();
  for (const auto& name : all_that_lead_to(id)) ::unlink(link_of(name).c_str());
}

// Its one; all that lead to it where its state is damaged.
std::vector<std::string> names_of(const std::string& id) {
  try {
    const std::string name = read_state(id).name;
    return id_behind(name) == id ? std::vector{name} : std::vector<std::string>();
  } catch (const usage_error&) {
    return all_that_lead_to(id);
  }
}

std::optional<unique_fd> open_locked(const std::string& directory) {
  auto fd = sys::open_if_exists(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd || !sys::try_lock(fd->get())) return std::nullopt;
  return fd;
}

// A sweep that comes between takes it for a dead command's: then it is made again.
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
                    "`zoomin ps -a` lists them");
}

unique_fd open_known(const std::string& id) {
  auto fd = sys::open_if_exists(directory_of(id), O_RDONLY | O_DIRECTORY);
  if (!fd) refuse_unknown(id.substr(0, 12));
  return std::move(*fd);
}

}  // namespace

void validate_name(const std::string& name) {
  files::validate_name(name, 128, "a container's name");
}

// Its first 12 are a host name, which with decimal digits alone would be taken for an
// address, inet_aton(3), and not be found: another one is drawn.
std::string new_id() {
  std::string id;
  do {
    id.clear();
    for (const char one : random_bytes(32))
      id += fmt::format("{:02x}", static_cast<unsigned char>(one));
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
  const std::string making = fmt::format("{}/{}{}", all_directory(), unfinished, id);
  const auto lock = make_locked(making);
  try {
    if (name.empty())
      first_state.name = take_new_name(id);
    else
      take_name(first_state.name = name, id);
    files::replace_file(making + "/container.json", container_json, true);
    files::replace_file(making + "/state.json", text_of(first_state), true);
    sys::check("rename", making,
               [&] { return ::rename(making.c_str(), directory_of(id).c_str()); });
  } catch (...) {
    if (!first_state.name.empty() && id_behind(first_state.name) == id)
      ::unlink(link_of(first_state.name).c_str());
    sys::remove_tree(quiet, making);
    throw;
  }
  return id;
}

std::vector<std::string> ids() {
  if (!sys::exists(all_directory())) return {};
  auto result = sys::list_directory(all_directory());
  std::erase_if(result, [](const auto& one) { return !is_id(one); });
  return result;
}

bool exists(const std::string& id) { return sys::exists(directory_of(id)); }

std::string find(const std::string& name_or_id) {
  // As `inspect` shows a name.
  const std::string reference = name_or_id.substr(name_or_id.starts_with('/') ? 1 : 0);
  const std::string named = id_behind(reference);
  if (!named.empty() && sys::exists(directory_of(named))) return named;
  if (is_id(reference) && sys::exists(directory_of(reference))) return reference;
  std::string only;
  if (!reference.empty())
    for (const auto& id : ids()) {
      if (!id.starts_with(reference)) continue;
      if (!only.empty())
        throw usage_error(failure_kind::conflict,
                          fmt::format("{}: several containers' ids begin so", reference));
      only = id;
    }
  if (only.empty()) refuse_unknown(reference);
  return only;
}

std::optional<unique_fd> try_hold(const std::string& id) {
  unique_fd fd = open_known(id);
  if (!sys::try_lock(fd.get())) return std::nullopt;
  if (!sys::exists(directory_of(id))) refuse_unknown(id.substr(0, 12));
  return fd;
}

unique_fd hold(const std::string& id) {
  unique_fd fd = open_known(id);
  sys::lock(fd.get());
  if (!sys::exists(directory_of(id))) refuse_unknown(id.substr(0, 12));
  return fd;
}

std::string container_json(const std::string& id) {
  return sys::read_stored(directory_of(id) + "/container.json");
}

std::string read_config(const std::string& id) {
  const std::string path = directory_of(id) + "/config.json";
  if (!sys::exists(path))
    throw usage_error(fmt::format("{} has no config.json", id.substr(0, 12)),
                      "each start writes it: zoomin restart " + id.substr(0, 12));
  return sys::read_stored(path);
}

std::string read_filter(const std::string& id) {
  const std::string path = directory_of(id) + "/filter";
  return sys::exists(path) ? sys::read_stored(path) : "";
}

void write_config(const std::string& id, const std::string& text,
                  const std::string& filter) {
  files::replace_file(directory_of(id) + "/config.json", text, false);
  if (!filter.empty()) files::replace_file(directory_of(id) + "/filter", filter, false);
}

void write_container_json(const std::string& id, const std::string& text) {
  files::replace_file(directory_of(id) + "/container.json", text, true);
}

std::string health_json(const std::string& id) {
  return sys::read_stored(directory_of(id) + "/health.json");
}

void write_health(const std::string& id, const std::string& text) {
  files::replace_file(directory_of(id) + "/health.json", text, false);
}

state read_state(const std::string& id) {
  return parse_state(sys::read_stored(directory_of(id) + "/state.json"));
}

// What has happened is noted on a full disk too.
void write_state(const std::string& id, const state& now, bool durable) {
  const std::string file = directory_of(id) + "/state.json";
  try {
    files::replace_file(file, text_of(now), durable);
  } catch (const sys::error& failure) {
    if ((failure.number() != ENOSPC && failure.number() != EFBIG) || !sys::exists(file))
      throw;
    files::overwrite_in_place(file, text_of(now));
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
  if (id_behind(before) == id) ::unlink(link_of(before).c_str());
  emit("rename", id, now, {{"oldName", before}});
}

void erase(const std::string& id) {
  const std::string going = fmt::format("{}/{}{}", all_directory(), leaving, id);
  const auto names = names_of(id);
  sys::check("rename", directory_of(id),
             [&] { return ::rename(directory_of(id).c_str(), going.c_str()); });
  for (const auto& name : names) ::unlink(link_of(name).c_str());
  sys::remove_tree(quiet, socket_directory_of(id));
  release_writable_layer(going + "/layer");
  sys::remove_tree(quiet, going);
}

void sweep() {
  if (!sys::exists(all_directory())) return;
  for (const auto& name : sys::list_directory(all_directory())) {
    if (!name.starts_with(unfinished) && !name.starts_with(leaving)) continue;
    const std::string left = all_directory() + "/" + name;
    const auto lock = open_locked(left);
    if (!lock) continue;
    drop_all_that_lead_to(name.substr(name.find('-') + 1));
    release_writable_layer(left + "/layer");
    sys::remove_tree_or_warn(left);
  }
}

}  // namespace zoomin::container
