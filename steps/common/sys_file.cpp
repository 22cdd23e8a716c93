// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <concepts>

#include "common/sys.hpp"

namespace zoomin::sys {

namespace {

// Retries `call` while a signal handler interrupts it.
template <std::invocable Call>
auto retried(Call&& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace

void mkdir(const why& reason, const std::string& path, mode_t mode) {
  const auto text = [&] { return fmt::format("mkdir({}, {:#04o})", quote(path), mode); };
  request(
      reason, "mkdir", text, [&] { return path; },
      [&] { return ::mkdir(path.c_str(), mode); });
}

bool make_directory(const why& reason, const std::string& path, mode_t mode) {
  const auto text = [&] { return fmt::format("mkdir({}, {:#04o})", quote(path), mode); };
  if (attempt(reason, text, [&] { return ::mkdir(path.c_str(), mode); }) == 0)
    return true;
  const int number = errno;
  if (number == EEXIST) return false;
  throw error(number, "mkdir", path);
}

void rmdir(const why& reason, const std::string& path) {
  request(
      reason, "rmdir", [&] { return fmt::format("rmdir({})", quote(path)); },
      [&] { return path; }, [&] { return ::rmdir(path.c_str()); });
}

void chdir(const why& reason, const std::string& path) {
  request(
      reason, "chdir", [&] { return fmt::format("chdir({})", quote(path)); },
      [&] { return path; }, [&] { return ::chdir(path.c_str()); });
}

void symlink(const why& reason, const std::string& points_to, const std::string& path) {
  request(
      reason, "symlink",
      [&] { return fmt::format("symlink({}, {})", quote(points_to), quote(path)); },
      [&] { return path; }, [&] { return ::symlink(points_to.c_str(), path.c_str()); });
}

void mknod(const why& reason, const std::string& path, mode_t mode, dev_t device) {
  const auto text = [&] {
    return fmt::format("mknod({}, {:#o}, makedev({}, {}))", quote(path), mode,
                       device >> 8, device & 0xff);
  };
  request(
      reason, "mknod", text, [&] { return path; },
      [&] { return ::mknod(path.c_str(), mode, device); });
}

void fchdir(const why& reason, int directory, const std::string& label) {
  request(
      reason, "fchdir", [&] { return fmt::format("fchdir({})", directory); },
      [&] { return label; }, [&] { return ::fchdir(directory); });
}

bool make_directory_at(const why& reason, int directory, const std::string& name,
                       const std::string& label, mode_t mode) {
  const auto text = [&] {
    return fmt::format("mkdirat({}, {}, {:#04o})", directory, quote(name), mode);
  };
  const auto call = [&] { return ::mkdirat(directory, name.c_str(), mode); };
  if (attempt(reason, text, call) == 0) return true;
  const int number = errno;
  if (number == EEXIST) return false;
  throw error(number, "mkdir", label + "/" + name);
}

void symlink_at(const why& reason, const std::string& points_to, int directory,
                const std::string& name) {
  const auto text = [&] {
    return fmt::format("symlinkat({}, {}, {})", quote(points_to), directory, quote(name));
  };
  request(
      reason, "symlinkat", text, [&] { return name; },
      [&] { return ::symlinkat(points_to.c_str(), directory, name.c_str()); });
}

void mknod_at(const why& reason, int directory, const std::string& name, mode_t mode,
              dev_t device) {
  const auto text = [&] {
    return fmt::format("mknodat({}, {}, S_IFCHR|{:#o}, makedev({:#x}, {:#x}))", directory,
                       quote(name), mode & 07777, device >> 8, device & 0xff);
  };
  request(
      reason, "mknodat", text, [&] { return name; },
      [&] { return ::mknodat(directory, name.c_str(), mode, device); });
}

bool make_file_at(int directory, const std::string& name, const std::string& label,
                  mode_t mode) {
  constexpr int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC;
  const unique_fd file(
      retried([&] { return ::openat(directory, name.c_str(), flags, mode); }));
  if (!file && errno != EEXIST) throw error(errno, "open", label + "/" + name);
  return static_cast<bool>(file);
}

std::optional<std::string> read_link_at(int directory, const std::string& name) {
  std::array<char, 4096> buffer{};
  const auto size = ::readlinkat(directory, name.c_str(), buffer.data(), buffer.size());
  if (size == -1) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

unique_fd open(const std::string& path, int flags, mode_t mode) {
  return unique_fd(check("open", path, [&] {
    return retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
  }));
}

std::optional<unique_fd> open_if_exists(const std::string& path, int flags) {
  const int fd = retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC); });
  if (fd == -1 && errno == ENOENT) return std::nullopt;
  if (fd == -1) throw error(errno, "open", path);
  return unique_fd(fd);
}

unique_fd open_in_root(int directory, const std::string& path, std::uint64_t flags,
                       mode_t mode) {
  auto found = find_in_root(directory, path, flags, mode);
  if (!found) throw error(ENOENT, "openat2", path);
  return std::move(*found);
}

std::optional<unique_fd> find_in_root(int directory, const std::string& path,
                                      std::uint64_t flags, mode_t mode) {
  // EAGAIN means that something was renamed or mounted while a ".." was followed, which
  // might have led out of the root; openat2(2) asks the caller to try again.
  constexpr int max_tries = 1000;
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  long fd = -1;
  for (int tries = 0; tries < max_tries; ++tries) {
    fd = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    if (fd != -1 || (errno != EAGAIN && errno != EINTR)) break;
  }
  if (fd == -1 && errno == ENOENT) return std::nullopt;
  if (fd == -1) throw error(errno, "openat2", path);
  return unique_fd(static_cast<int>(fd));
}

bool exists(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return true;
  if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
    throw error(errno, "access", path);
  return false;
}

namespace {

constexpr std::size_t read_size = 4096;

// Reads until a read(2) returns less than `least` bytes. At least one read is made.
std::string read_until_less(int fd, std::string_view object, std::size_t least) {
  std::string text;
  std::array<char, read_size> buffer{};
  while (true) {
    const auto got = static_cast<std::size_t>(check("read", object, [&] {
      return retried([&] { return ::read(fd, buffer.data(), buffer.size()); });
    }));
    text.append(buffer.data(), got);
    if (got < least) return text;
  }
}

}  // namespace

std::string read_all(int fd, std::string_view object) {
  return read_until_less(fd, object, 1);
}

std::string read_file(const std::string& path) {
  return read_all(open(path, O_RDONLY).get(), path);
}

std::string read_stored(const std::string& path) {
  return read_until_less(open(path, O_RDONLY).get(), path, read_size);
}

std::string read_link(const std::string& path) {
  std::array<char, 4096> buffer{};
  const auto size = check("readlink", path, [&] {
    return ::readlink(path.c_str(), buffer.data(), buffer.size());
  });
  return {buffer.data(), static_cast<std::size_t>(size)};
}

void write_file(const why& reason, const std::string& path, std::string_view value) {
  const auto text = [&] { return fmt::format("write({}, {})", path, quote(value)); };
  const auto object = [&] { return fmt::format("{} to {}", quote(value), path); };
  request(reason, "write", text, object, [&]() -> ssize_t {
    const unique_fd fd(
        retried([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC); }));
    if (!fd) return -1;
    return retried([&] { return ::write(fd.get(), value.data(), value.size()); });
  });
}

void write_open(const why& reason, int fd, const std::string& path,
                std::string_view value) {
  const auto text = [&] { return fmt::format("write({}, {})", path, quote(value)); };
  const auto object = [&] { return fmt::format("{} to {}", quote(value), path); };
  request(reason, "write", text, object, [&] {
    return retried([&] { return ::write(fd, value.data(), value.size()); });
  });
}

std::vector<std::string> list_directory(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) throw error(errno, "opendir", path);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(directory);
  std::ranges::sort(names);
  return names;
}

void lock(int fd, bool exclusive) {
  check("flock", fmt::format("descriptor {}", fd), [&] {
    return retried([&] { return ::flock(fd, exclusive ? LOCK_EX : LOCK_SH); });
  });
}

bool try_lock(int fd, bool exclusive) {
  const int result =
      retried([&] { return ::flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB); });
  if (result == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  throw error(errno, "flock", fmt::format("descriptor {}", fd));
}

}  // namespace zoomin::sys
