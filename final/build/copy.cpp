// SPDX-License-Identifier: MIT
#include "build/copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "base/copy_tree.hpp"
#include "build/copy_mode.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/digest.hpp"
#include "image/archive/tar_directory.hpp"
#include "security/security.hpp"

namespace zoomin::build {

namespace {

constexpr std::size_t piece_bytes = 256UL << 10;

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

unique_fd open_for_reading(const unique_fd& path_only, const std::string& path) {
  const std::string link = fmt::format("/proc/self/fd/{}", path_only.get());
  return unique_fd(sys::check("open", path, [&] {
    return ::open(link.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  }));
}

std::string content_digest(int file, const std::string& path) {
  image::digester digest;
  std::vector<char> piece(piece_bytes);
  while (const auto got = sys::check(
             "read", path, [&] { return ::read(file, piece.data(), piece.size()); }))
    digest.add({piece.data(), static_cast<std::size_t>(got)});
  return digest.finish();
}

unique_fd open_file(int parent, const std::string& name, const std::string& path) {
  return unique_fd(sys::check("openat", path, [&] {
    return ::openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  }));
}

// Adds the files of a tree to a digest.
class digest_visitor : public tree_visitor {
 public:
  explicit digest_visitor(bool with_owner) : with_owner_(with_owner) {}

  void enter(int /*directory*/, const std::string& path,
             const struct stat& info) override {
    add(path, info, "");
  }
  void leave(int /*directory*/, const struct stat& /*info*/) override {}
  void visit(int parent, const std::string& name, const std::string& path,
             const struct stat& info) override {
    if (S_ISLNK(info.st_mode))
      add(path, info, sys::read_link_at(parent, name).value_or(""));
    else if (S_ISREG(info.st_mode))
      add_regular(open_file(parent, name, path).get(), path, info);
    else
      add(path, info, std::to_string(info.st_rdev));
  }
  void add_regular(int file, const std::string& path, const struct stat& info) {
    add(path, info, content_digest(file, path));
  }
  void add_text(std::string_view text) { digest_.add(text), digest_.add({"\0", 1}); }
  std::string finish() { return digest_.finish(); }

 private:
  void add(const std::string& path, const struct stat& info, const std::string& content) {
    const auto owner =
        with_owner_ ? fmt::format("{}:{}", info.st_uid, info.st_gid) : std::string();
    // A symbolic link's mode has no meaning. Sizes are left out: a directory's depends on
    // the file system.
    add_text(fmt::format("{} {:o} {}", path,
                         S_ISLNK(info.st_mode) ? S_IFLNK : info.st_mode, owner));
    add_text(content);
  }

  bool with_owner_;
  image::digester digest_;
};

// Creates files in the image, with the owner and mode that the instruction sets.
class target {
 public:
  target(int root, const copy_request& request, bool keeps_owner)
      : root_(root), keeps_owner_(keeps_owner && request.owner.empty()) {
    if (!request.owner.empty()) {
      const auto user = security::resolve_user(root, request.owner);
      uid_ = user.uid;
      gid_ = user.gid;
    }
    if (!request.mode.empty()) mode_.emplace(request.mode);
  }

  // Opens a directory. Makes it and its parents if they don't exist.
  unique_fd open_directory(const std::string& path) {
    const auto parts = path_parts(path);
    unique_fd at = sys::open_in_root(root_, ".", O_RDONLY | O_DIRECTORY);
    std::string reached;
    for (const auto& part : parts) {
      reached += "/" + part;
      auto next = sys::find_in_root(root_, reached, O_RDONLY | O_DIRECTORY);
      if (!next) {
        note_change(at);
        sys::make_directory_at(sys::quiet, at.get(), part, reached, 0755);
        next = sys::open_in_root(root_, reached, O_RDONLY | O_DIRECTORY);
        set_owner(next->get(), reached);
        sys::check("fchmod", reached, [&] { return ::fchmod(next->get(), 0755); });
        note_change(*next);
      }
      at = std::move(*next);
    }
    return at;
  }

  // Returns true if the path exists and is a directory.
  [[nodiscard]] bool is_directory(const std::string& path) const try {
    return sys::find_in_root(root_, path, O_PATH | O_DIRECTORY).has_value();
  } catch (const sys::error& failure) {
    if (failure.number() == ENOTDIR) return false;
    throw;
  }

  // Copies a file that is open for reading.
  void copy_regular(int file, const struct stat& info, int to, const std::string& as,
                    const std::string& path) {
    base::make_room(to, as, path, info.st_mode);
    const unique_fd copy(sys::check("openat", path, [&] {
      return ::openat(to, as.c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }));
    base::copy_data(file, copy.get(), info.st_size, path);
    set_properties(file, copy.get(), info, path);
  }

  // Writes a file with this content. It is dated 1970, so that the same text always makes
  // the same layer.
  void write_text(const std::string& content, int to, const std::string& as) {
    struct stat info {};
    info.st_mode = S_IFREG | 0644;
    base::make_room(to, as, as, info.st_mode);
    const unique_fd made(sys::check("openat", as, [&] {
      return ::openat(to, as.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }));
    for (std::string_view rest = content; !rest.empty();)
      rest.remove_prefix(static_cast<std::size_t>(sys::check(
          "write", as, [&] { return ::write(made.get(), rest.data(), rest.size()); })));
    set_properties(-1, made.get(), info, as);
  }

  void copy_special(int parent, const std::string& name, const struct stat& info, int to,
                    const std::string& as, const std::string& path) {
    base::make_room(to, as, path, info.st_mode);
    if (S_ISLNK(info.st_mode)) {
      sys::symlink_at(sys::quiet, sys::read_link_at(parent, name).value_or(""), to, as);
    } else {
      sys::check("mknodat", path,
                 [&] { return ::mknodat(to, as.c_str(), info.st_mode, info.st_rdev); });
    }
    const auto [uid, gid] = owner_of(info);
    sys::check("fchownat", path, [&, uid = uid, gid = gid] {
      return ::fchownat(to, as.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW);
    });
    note_time(info);
    const timespec times[] = {info.st_mtim, info.st_mtim};
    ::utimensat(to, as.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  // Sets the owner first, because chown(2) clears set-user-ID bits and capabilities.
  void set_properties(int from, int to, const struct stat& info,
                      const std::string& path) {
    const auto [uid, gid] = owner_of(info);
    sys::check("fchown", path,
               [&, uid = uid, gid = gid] { return ::fchown(to, uid, gid); });
    const mode_t mode = mode_ ? mode_->applied_to(info.st_mode) : info.st_mode & 07777;
    sys::check("fchmod", path, [&] { return ::fchmod(to, mode); });
    if (from >= 0) base::copy_attributes(from, to, base::owners::kept);
    note_time(info);
    const timespec times[] = {info.st_mtim, info.st_mtim};
    sys::check("futimens", path, [&] { return ::futimens(to, times); });
  }

  // Notes a directory in which an entry is made. finish() sets the directory's time to
  // that of the newest file, so that the same files always make the same layer.
  void note_change(const unique_fd& directory) {
    changed_directories_.emplace_back(sys::check("fcntl", "directory", [&] {
      return ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 3);
    }));
  }

  void finish() const {
    const timespec times[] = {newest_, newest_};
    for (const auto& directory : changed_directories_) ::futimens(directory.get(), times);
  }

 private:
  [[nodiscard]] std::pair<uid_t, gid_t> owner_of(const struct stat& info) const {
    return keeps_owner_ ? std::pair(info.st_uid, info.st_gid) : std::pair(uid_, gid_);
  }

  void set_owner(int file, const std::string& path) const {
    sys::check("fchown", path, [&] { return ::fchown(file, uid_, gid_); });
  }

  void note_time(const struct stat& info) {
    if (info.st_mtim.tv_sec > newest_.tv_sec) newest_ = info.st_mtim;
  }

  int root_;
  bool keeps_owner_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::optional<copy_mode> mode_;
  std::vector<unique_fd> changed_directories_;
  timespec newest_{};
};

// Copies the files of a directory into another one.
class copy_visitor : public tree_visitor {
 public:
  // With `copies_top` a destination that doesn't exist gets the properties of the source
  // directory. Without, it is made like any missing parent, as with docker.
  copy_visitor(target& to, std::string top, bool copies_top)
      : to_(to), top_(std::move(top)), copies_top_(copies_top) {}

  void enter(int directory, const std::string& path, const struct stat& info) override {
    if (levels_.empty()) return enter_top(directory, info);
    const std::string name = base_name(path);
    const int above = levels_.back().get();
    sys::make_directory_at(sys::quiet, above, name, path, 0755);
    levels_.push_back(open_made(above, name, path));
  }

  void leave(int directory, const struct stat& info) override {
    if (levels_.size() > 1)
      to_.set_properties(directory, levels_.back().get(), info, top_);
    levels_.pop_back();
  }

  void visit(int parent, const std::string& name, const std::string& path,
             const struct stat& info) override {
    const int to = levels_.back().get();
    if (link(info, to, name, path)) return;
    if (S_ISREG(info.st_mode))
      to_.copy_regular(open_file(parent, name, path).get(), info, to, name, path);
    else
      to_.copy_special(parent, name, info, to, name, path);
    if (info.st_nlink > 1) copies_.try_emplace({info.st_dev, info.st_ino}, path);
  }

 private:
  void enter_top(int directory, const struct stat& info) {
    const bool is_copy = copies_top_ && !to_.is_directory(top_);
    levels_.push_back(to_.open_directory(top_));
    if (is_copy) to_.set_properties(directory, levels_.back().get(), info, top_);
    to_.note_change(levels_.back());
    first_ = levels_.back().get();
  }

  static unique_fd open_made(int above, const std::string& name,
                             const std::string& path) {
    const int made =
        ::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (made >= 0) return unique_fd(made);
    if (errno != ENOTDIR && errno != ELOOP) throw sys::error(errno, "openat", path);
    throw usage_error(
        fmt::format("cannot copy directory {} over a file of the image", path));
  }

  // Makes a hard link if the file was already copied under another name. Otherwise
  // returns false.
  bool link(const struct stat& info, int to, const std::string& name,
            const std::string& path) {
    const auto known = copies_.find({info.st_dev, info.st_ino});
    if (info.st_nlink < 2 || known == copies_.end()) return false;
    const auto file = sys::find_in_root(first_, known->second, O_PATH | O_NOFOLLOW);
    if (!file) return false;
    base::make_room(to, name, path, info.st_mode);
    return ::linkat(file->get(), "", to, name.c_str(), AT_EMPTY_PATH) == 0;
  }

  target& to_;
  std::string top_;
  bool copies_top_;
  int first_ = -1;
  std::vector<unique_fd> levels_;
  std::map<std::pair<dev_t, ino_t>, std::string> copies_;
};

// Returns true if the file begins like an archive that ADD unpacks.
bool is_archive(int file) {
  std::array<char, 262> begin{};
  const auto got = ::pread(file, begin.data(), begin.size(), 0);
  const std::string_view bytes(begin.data(), static_cast<std::size_t>(std::max(got, 0L)));
  constexpr std::string_view xz("\xFD\x37zXZ\0", 6);
  return bytes.starts_with("\x1f\x8b") || bytes.starts_with("BZh") ||
         bytes.starts_with(xz) || bytes.starts_with("\x28\xb5\x2f\xfd") ||
         (bytes.size() > 261 && bytes.substr(257, 5) == "ustar");
}

// Returns the part of a path that --parents keeps: the whole path, or what follows "/./".
std::string kept_path(const std::string& pattern, const std::string& path) {
  const auto pivot = pattern.find("/./");
  if (pivot == std::string::npos) return path;
  auto parts = path_parts(path);
  const auto dropped = path_parts(pattern.substr(0, pivot)).size();
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(
                                                 std::min(dropped, parts.size())));
  return fmt::format("{}", fmt::join(parts, "/"));
}

// Returns the directory and the name of a copied file: the destination itself, or the
// file's own name in it.
std::pair<std::string, std::string> destination_of(const target& to,
                                                   const copy_request& request,
                                                   const std::string& path,
                                                   bool several) {
  if (request.parents) {
    const auto slash = path.rfind('/');
    return {request.destination + "/" +
                (slash == std::string::npos ? "" : path.substr(0, slash)),
            base_name(path)};
  }
  const std::string& whole = request.destination;
  if (several || whole.ends_with('/') || to.is_directory(whole))
    return {whole, base_name(path)};
  const auto slash = whole.rfind('/');
  return {whole.substr(0, slash), whole.substr(slash + 1)};
}

// Unpacks an archive. Its files keep their owners unless --chown is given.
void unpack_into(int root, const copy_request& request, int file,
                 const std::string& scratch) {
  target to(root, request, true);
  const std::string unpacked = scratch + "/unpacked";
  sys::mkdir(sys::quiet, unpacked, 0755);
  image::unpack(file, unpacked);
  const unique_fd from = sys::open(unpacked, O_RDONLY | O_DIRECTORY);
  copy_visitor copies(to, request.destination, true);
  walk(from.get(), {[](const std::string&) { return false; }}, copies);
  to.finish();
  sys::remove_tree(sys::quiet, unpacked);
}

}  // namespace

void make_target_directory(int root, const std::string& path) {
  target(root, {}, false).open_directory(path);
}

copy_plan::copy_plan(source from, copy_request request)
    : from_(std::move(from)), request_(std::move(request)), excludes_(request_.excludes) {
  for (const auto& pattern : request_.sources)
    for (auto& found : select(from_, pattern)) {
      found.kept = kept_path(pattern, found.path);
      if (S_ISDIR(found.info.st_mode) || !excludes_.excludes(base_name(found.path)))
        sources_.push_back(std::move(found));
    }
  add_downloads();
  for (const auto& found : sources_)
    if (!S_ISREG(found.info.st_mode) && !S_ISDIR(found.info.st_mode))
      throw usage_error(fmt::format("{}: expected a file or a directory", found.path));
  const bool several = sources_.size() + request_.files.size() > 1;
  if (several && !request_.destination.ends_with('/') && !request_.parents)
    throw usage_error("more than one source requires a directory as the destination",
                      fmt::format("end it with a '/': {}/", request_.destination));
  require_checksum();
}

void copy_plan::add_downloads() {
  for (const auto& path : request_.downloaded) {
    const std::string name = base_name(path);
    sources_.push_back({.path = name,
                        .file = sys::open(path, O_PATH | O_NOFOLLOW),
                        .kept = name,
                        .is_download = true});
    auto& added = sources_.back();
    sys::check("fstat", path, [&] { return ::fstat(added.file.get(), &added.info); });
  }
}

// A download is unpacked only with --unpack.
bool copy_plan::is_unpacked(const selected& top, int file) const {
  return (top.is_download ? request_.unpacks_downloads : request_.unpacks) &&
         is_archive(file);
}

void copy_plan::require_checksum() const {
  if (request_.checksum.empty()) return;
  if (sources_.size() != 1 || !S_ISREG(sources_[0].info.st_mode))
    throw usage_error("--checksum requires one file as the source");
  const auto& only = sources_[0];
  const auto actual =
      content_digest(open_for_reading(only.file, only.path).get(), only.path);
  if (actual != request_.checksum)
    throw usage_error(fmt::format("{}: the digest is {}, expected {}", only.path, actual,
                                  request_.checksum));
}

// --exclude matches paths in the source, .dockerignore paths in the context.
walk_rules copy_plan::rules_for(const selected& top) const {
  const std::string begin = top.path.empty() ? "" : top.path + "/";
  const auto* ignored = from_.ignored;
  return {
      [this, begin, ignored](const std::string& path) {
        return excludes_.excludes(path) ||
               (ignored != nullptr && ignored->excludes(begin + path));
      },
      excludes_.has_exceptions() || (ignored != nullptr && ignored->has_exceptions())};
}

std::string copy_plan::digest() const {
  digest_visitor digest(from_.keeps_owner && request_.owner.empty());
  for (const auto& text : {request_.destination, request_.owner, request_.mode})
    digest.add_text(text);
  digest.add_text(fmt::format("{} {} {}", request_.parents, request_.unpacks,
                              request_.unpacks_downloads));
  for (const auto& top : sources_) {
    digest.add_text(request_.parents ? top.kept : base_name(top.path));
    if (S_ISDIR(top.info.st_mode))
      walk(open_for_reading(top.file, top.path).get(), rules_for(top), digest);
    else
      digest.add_regular(open_for_reading(top.file, top.path).get(), "", top.info);
  }
  for (const auto& file : request_.files) {
    digest.add_text(file.name);
    digest.add_text(file.content);
  }
  return digest.finish();
}

void copy_plan::apply(int root, const std::string& scratch) const {
  target to(root, request_, from_.keeps_owner);
  const bool several = sources_.size() + request_.files.size() > 1;
  for (const auto& top : sources_) {
    const unique_fd file = open_for_reading(top.file, top.path);
    if (S_ISDIR(top.info.st_mode)) {
      copy_visitor copies(
          to,
          request_.parents ? request_.destination + "/" + top.kept : request_.destination,
          request_.parents);
      walk(file.get(), rules_for(top), copies);
    } else if (is_unpacked(top, file.get())) {
      unpack_into(root, request_, file.get(), scratch);
    } else {
      const auto [directory, name] = destination_of(to, request_, top.kept, several);
      const unique_fd into = to.open_directory(directory);
      to.note_change(into);
      to.copy_regular(file.get(), top.info, into.get(), name, top.path);
    }
  }
  for (const auto& file : request_.files) {
    const auto [directory, name] = destination_of(to, request_, file.name, several);
    const unique_fd into = to.open_directory(directory);
    to.note_change(into);
    to.write_text(file.content, into.get(), name);
  }
  to.finish();
}

}  // namespace zoomin::build
