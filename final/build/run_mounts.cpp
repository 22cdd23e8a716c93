// SPDX-License-Identifier: MIT
#include "build/run_mounts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "04-cgroups/limits.hpp"
#include "base/option_text.hpp"
#include "build/copy.hpp"
#include "build/stages.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/fields.hpp"
#include "image/archive/digest.hpp"
#include "image/build_cache.hpp"

namespace zoomin::build {

namespace {

using mount_kind = run_mount::kind;
constexpr std::size_t largest_secret = 500 << 10;  // as in BuildKit

[[noreturn]] void refuse(const std::string& text, const std::string& why,
                         const std::string& hint = {}) {
  throw usage_error(fmt::format("--mount={}: {}", text, why), hint);
}

mount_kind parse_kind(const std::string& text, const std::string& type) {
  if (type == "bind") return mount_kind::bind;
  if (type == "cache") return mount_kind::cache;
  if (type == "secret") return mount_kind::secret;
  if (type == "tmpfs") return mount_kind::tmpfs;
  if (type == "ssh")
    throw usage_error(failure_kind::unsupported, "RUN --mount=type=ssh: not supported",
                      "pass a key as a secret");
  refuse(text, fmt::format("unknown type {}", type),
         "expected bind, cache, secret or tmpfs");
}

bool toggle_of(const std::string& text, const std::string& value) {
  const auto parsed = base::parse_bool(value);
  if (!parsed) refuse(text, value + ": expected true or false");
  return *parsed;
}

unsigned parse_number(const std::string& text, const std::string& value, int base) {
  char* end = nullptr;
  const unsigned long number = std::strtoul(value.c_str(), &end, base);
  if (value.empty() || *end != '\0' || value[0] == '-' || number > 0xfffffffeUL)
    refuse(text, value + ": expected a whole number");
  return static_cast<unsigned>(number);
}

run_mount::sharing parse_sharing(const std::string& text, const std::string& value) {
  if (value == "shared") return run_mount::sharing::shared;
  if (value == "locked") return run_mount::sharing::exclusive;
  if (value == "private") return run_mount::sharing::separate;
  refuse(text, "unknown sharing mode " + value, "expected shared, locked or private");
}

void set_option(run_mount& mount, const std::string& key, const std::string& value) {
  const std::string& text = mount.text;
  if (key == "target" || key == "dst" || key == "destination") {
    mount.target = value;
  } else if (key == "source" || key == "src") {
    mount.source = value;
  } else if (key == "from") {
    mount.from = value;
  } else if (key == "id") {
    mount.id = value;
  } else if (key == "env") {
    mount.variable = value;
  } else if (key == "ro" || key == "readonly") {
    mount.read_only = toggle_of(text, value);
  } else if (key == "rw" || key == "readwrite") {
    mount.read_only = !toggle_of(text, value);
  } else if (key == "required") {
    mount.required = toggle_of(text, value);
  } else if (key == "sharing") {
    mount.use = parse_sharing(text, sys::lower_case(value));
  } else if (key == "mode") {
    mount.mode = parse_number(text, value, 8) & 07777;
  } else if (key == "uid") {
    mount.uid = parse_number(text, value, 10);
  } else if (key == "gid") {
    mount.gid = parse_number(text, value, 10);
  } else if (key == "size" && mount.type == mount_kind::tmpfs) {
    mount.size_bytes = cgroup::parse_size("--mount size", value, 1);
  } else if (key != "type") {
    refuse(text, fmt::format("unknown option {}", key));
  }
}

// Sets the defaults that depend on other options.
void complete(run_mount& mount, const std::string& working_directory) {
  if (mount.type == mount_kind::secret) {
    if (mount.id.empty()) mount.id = mount.target.substr(mount.target.rfind('/') + 1);
    if (mount.id.empty()) refuse(mount.text, "id or target is missing");
    if (mount.target.empty() && mount.variable.empty())
      mount.target = "/run/secrets/" + mount.id;
  } else if (mount.target.empty()) {
    refuse(mount.text, "target is missing");
  }
  if (!mount.target.empty() && !mount.target.starts_with('/'))
    mount.target = working_directory + "/" + mount.target;
  if (!mount.target.empty())
    mount.target = container::valid_target("--mount target", mount.target);
  if (mount.type == mount_kind::cache && mount.id.empty()) mount.id = mount.target;
}

mnt::mount_entry entry_for(const run_mount& mount) {
  return {.words = fmt::format("{}: RUN --mount", mount.target),
          .type = "bind",
          .source = {},
          .target = mount.target,
          .flags = mount.read_only ? MS_REC | MS_RDONLY : std::uint64_t{MS_REC}};
}

std::string path_of(int file) { return fmt::format("/proc/self/fd/{}", file); }

// Locks the directory of a cache, and waits for the lock if need be. Returns false if it
// is to be private, and another step uses it.
bool lock_cache(int directory, run_mount::sharing use) {
  const bool exclusive = use != run_mount::sharing::shared;
  if (sys::try_lock(directory, exclusive)) return true;
  if (use == run_mount::sharing::separate) return false;
  sys::lock(directory, exclusive);
  return true;
}

bool is_still_at(const std::string& path, int directory) {
  struct stat named {
  }, opened{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(directory, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

}  // namespace

run_mount parse_run_mount(const std::string& text, const image::word_rules& rules,
                          const std::string& working_directory) {
  auto options = parse_options(text);
  std::vector<std::string> fields;
  for (auto& [key, value] : options) {
    value = image::expand(value, rules);
    fields.push_back(fmt::format("{}={}", key, value));
  }
  run_mount mount{.text = base::csv_line(fields)};
  for (const auto& [key, value] : options)
    if (key == "type") mount.type = parse_kind(mount.text, sys::lower_case(value));
  mount.read_only = mount.type == mount_kind::bind;
  mount.mode = mount.type == mount_kind::secret ? 0400 : 0755;
  for (const auto& [key, value] : options) set_option(mount, key, value);
  complete(mount, working_directory);
  return mount;
}

prepared_mounts::prepared_mounts(const std::vector<run_mount>& mounts,
                                 const std::vector<secret>& secrets,
                                 const std::string& scratch, const finder& find)
    : scratch_(scratch) {
  for (const auto& mount : mounts) {
    switch (mount.type) {
      case mount_kind::bind:
        add_bind(mount, find(mount.from));
        break;
      case mount_kind::cache:
        add_cache(mount, find);
        break;
      case mount_kind::secret:
        add_secret(mount, secrets);
        break;
      case mount_kind::tmpfs:
        entries_.push_back(entry_for(mount));
        entries_.back().type = "tmpfs";
        entries_.back().flags = MS_NOSUID | MS_NODEV;
        if (mount.size_bytes != 0)
          entries_.back().data = fmt::format("size={}", mount.size_bytes);
    }
  }
}

prepared_mounts::~prepared_mounts() {
  if (!has_secrets_) return;
  try {
    sys::umount(sys::quiet, scratch_ + "/secrets", MNT_DETACH);
    sys::rmdir(sys::quiet, scratch_ + "/secrets");
  } catch (const sys::error&) {  // the mount ends with this process's namespace
  }
}

// Adds a detached copy of a mount, which the container attaches. `original` is a
// descriptor of the same file.
void prepared_mounts::add_tree(const run_mount& mount, unique_fd tree, int original) {
  auto entry = entry_for(mount);
  entry.source = path_of(original);
  entry.copy = std::make_shared<unique_fd>(std::move(tree));
  entries_.push_back(std::move(entry));
}

void prepared_mounts::add_bind(const run_mount& mount, const source& from) {
  auto found = select(from, mount.source.empty() ? "." : mount.source);
  if (found.size() != 1) refuse(mount.text, "the source is several files");
  if (!mount.read_only && !S_ISDIR(found[0].info.st_mode))
    refuse(mount.text, "rw requires a directory");
  const bool filtered = from.ignored != nullptr && !from.ignored->empty();
  if (S_ISDIR(found[0].info.st_mode) && (filtered || !mount.read_only))
    return filtered ? add_copy(mount, from) : add_writable_bind(mount, found[0]);
  unique_fd tree = sys::open_tree(sys::quiet, found[0].file.get(), "",
                                  OPEN_TREE_CLONE | AT_EMPTY_PATH);
  add_tree(mount, std::move(tree), found[0].file.get());
  held_.push_back(std::move(found[0].file));
}

// Binds a copy of a directory of the context, without the files that .dockerignore
// excludes.
void prepared_mounts::add_copy(const run_mount& mount, const source& from) {
  const std::string copy = fmt::format("{}/copy-{}", scratch_, entries_.size());
  sys::mkdir(sys::quiet, copy, 0755);
  const unique_fd root = sys::open(copy, O_RDONLY | O_DIRECTORY);
  copy_plan(from,
            {.sources = {mount.source.empty() ? "." : mount.source}, .destination = "/"})
      .apply(root.get(), scratch_);
  entries_.push_back(entry_for(mount));
  entries_.back().source = copy;
}

// Mounts an overlay on the directory, so that everything the command writes is discarded.
void prepared_mounts::add_writable_bind(const run_mount& mount, const selected& found) {
  auto& layer =
      discarded_.emplace_back(std::vector<std::string>{path_of(found.file.get())});
  unique_fd root = layer.mount();
  add_tree(mount,
           sys::open_tree(sys::quiet, root.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH),
           root.get());
  held_.push_back(std::move(root));
}

void prepared_mounts::add_cache(const run_mount& mount, const finder& find) {
  const std::string first = image::cache_mounts_directory() + "/" +
                            image::digest_of(mount.id).substr(sizeof "sha256:" - 1);
  for (unsigned number = 0;; ++number) {
    const std::string path = number == 0 ? first : fmt::format("{}-{}", first, number);
    auto directory = open_cache(mount, path, find);
    if (!directory) continue;
    entries_.push_back(entry_for(mount));
    entries_.back().source = path;
    held_.push_back(std::move(*directory));
    return;
  }
}

// Returns the locked directory of a cache, or nothing if it is to be private and another
// step uses it. `builder prune` may remove the directory until it is locked.
std::optional<unique_fd> prepared_mounts::open_cache(const run_mount& mount,
                                                     const std::string& path,
                                                     const finder& find) const {
  while (true) {
    if (!sys::exists(path)) make_cache(mount, path, find);
    auto directory = sys::open_if_exists(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory) continue;
    if (!lock_cache(directory->get(), mount.use)) return std::nullopt;
    if (is_still_at(path, directory->get())) return directory;
  }
}

// Makes a cache with its owner, its mode and the files that it begins with. It appears
// under its path only when it is complete, because other builds may use it from then on.
// If another build was faster, that one's cache stays.
void prepared_mounts::make_cache(const run_mount& mount, const std::string& path,
                                 const finder& find) const {
  const std::string made = fmt::format("{}/cache-{}", scratch_, entries_.size());
  sys::mkdir(sys::quiet, made, 0700);
  const unique_fd directory = sys::open(made, O_RDONLY | O_DIRECTORY);
  sys::check("fchown", made,
             [&] { return ::fchown(directory.get(), mount.uid, mount.gid); });
  sys::check("fchmod", made, [&] { return ::fchmod(directory.get(), mount.mode); });
  if (!mount.from.empty())
    copy_plan(find(mount.from), {.sources = {mount.source.empty() ? "." : mount.source},
                                 .destination = "/"})
        .apply(directory.get(), scratch_);
  const int renamed =
      ::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
  if (renamed == 0) return;
  if (errno != EEXIST) throw sys::error(errno, "renameat2", path);
  sys::remove_tree(sys::quiet, made);
}

std::string prepared_mounts::secrets_directory() {
  const std::string directory = scratch_ + "/secrets";
  if (std::exchange(has_secrets_, true)) return directory;
  sys::mkdir(sys::quiet, directory, 0700);
  sys::mount(sys::quiet, "tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
             "mode=700");
  return directory;
}

void prepared_mounts::add_secret(const run_mount& mount,
                                 const std::vector<secret>& secrets) {
  const auto found = std::ranges::find(secrets, mount.id, &secret::id);
  const auto content = found == secrets.end() ? std::nullopt : secret_content(*found);
  if (!content) {
    if (!mount.required) return;
    throw usage_error(failure_kind::not_found,
                      fmt::format("secret {}: not found", mount.id),
                      fmt::format("pass it with --secret id={},src=FILE", mount.id));
  }
  if (!mount.variable.empty()) environment_.push_back(mount.variable + "=" + *content);
  if (mount.target.empty()) return;
  const std::string path = fmt::format("{}/{}", secrets_directory(), entries_.size());
  const unique_fd file = sys::open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  sys::check("write", path,
             [&] { return ::write(file.get(), content->data(), content->size()); });
  sys::check("fchown", path, [&] { return ::fchown(file.get(), mount.uid, mount.gid); });
  sys::check("fchmod", path, [&] { return ::fchmod(file.get(), mount.mode); });
  entries_.push_back(entry_for(mount));
  entries_.back().source = path;
}

std::optional<std::string> secret_content(const secret& secret) {
  if (secret.path.empty()) {
    const char* value =
        std::getenv((secret.variable.empty() ? secret.id : secret.variable).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  const auto file = sys::open_if_exists(secret.path, O_RDONLY);
  if (!file) return std::nullopt;
  std::string content = sys::read_all(file->get(), secret.path);
  if (content.size() > largest_secret)
    throw usage_error(fmt::format("secret {}: larger than 500 KiB", secret.id));
  return content;
}

}  // namespace zoomin::build
