// SPDX-License-Identifier: MIT
#include "common/sys.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "common/names.hpp"
#include "common/new_mount.hpp"

namespace zoomin::sys {

namespace {

const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const auto& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

struct flag {
  std::uint64_t bit;
  std::string_view text;
};

// Formats the bits of `flags` as "A|B". Bits that aren't in the table stay a number.
template <std::size_t N>
std::string flags_text(std::uint64_t flags, const std::array<flag, N>& table) {
  std::string result;
  const auto add = [&](std::string_view name) {
    if (!result.empty()) result += '|';
    result += name;
  };
  for (const auto& [bit, text] : table) {
    if ((flags & bit) != bit) continue;
    add(text);
    flags &= ~bit;
  }
  if (flags != 0) add(fmt::format("{:#x}", flags));
  return result.empty() ? "0" : result;
}

#define ZOOMIN_FLAG(name) \
  flag { name, #name }
constexpr std::array mount_flags{
    ZOOMIN_FLAG(MS_RDONLY),  ZOOMIN_FLAG(MS_NOSUID),  ZOOMIN_FLAG(MS_NODEV),
    ZOOMIN_FLAG(MS_NOEXEC),  ZOOMIN_FLAG(MS_REMOUNT), ZOOMIN_FLAG(MS_NOATIME),
    ZOOMIN_FLAG(MS_BIND),    ZOOMIN_FLAG(MS_MOVE),    ZOOMIN_FLAG(MS_REC),
    ZOOMIN_FLAG(MS_PRIVATE), ZOOMIN_FLAG(MS_SLAVE),   ZOOMIN_FLAG(MS_SHARED),
    ZOOMIN_FLAG(MS_RELATIME)};
// Only clone3 takes CLONE_PIDFD and CLONE_INTO_CGROUP; setns and unshare take the others.
constexpr std::array clone_flags{
    ZOOMIN_FLAG(CLONE_PIDFD),  ZOOMIN_FLAG(CLONE_NEWNS),  ZOOMIN_FLAG(CLONE_NEWCGROUP),
    ZOOMIN_FLAG(CLONE_NEWUTS), ZOOMIN_FLAG(CLONE_NEWIPC), ZOOMIN_FLAG(CLONE_NEWUSER),
    ZOOMIN_FLAG(CLONE_NEWPID), ZOOMIN_FLAG(CLONE_NEWNET), ZOOMIN_FLAG(CLONE_INTO_CGROUP)};
constexpr std::array mount_attributes{
    ZOOMIN_FLAG(MOUNT_ATTR_RDONLY), ZOOMIN_FLAG(MOUNT_ATTR_NOSUID),
    ZOOMIN_FLAG(MOUNT_ATTR_NODEV), ZOOMIN_FLAG(MOUNT_ATTR_NOEXEC)};
constexpr std::array at_flags{ZOOMIN_FLAG(OPEN_TREE_CLONE),
                              ZOOMIN_FLAG(OPEN_TREE_CLOEXEC), ZOOMIN_FLAG(AT_EMPTY_PATH),
                              ZOOMIN_FLAG(AT_RECURSIVE)};
constexpr std::array unmount_flags{ZOOMIN_FLAG(MNT_DETACH), ZOOMIN_FLAG(UMOUNT_NOFOLLOW)};
#undef ZOOMIN_FLAG

// Retries `call` while a signal handler interrupts it.
template <std::invocable Call>
auto retried(Call&& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace

std::string mount_flags_text(unsigned long flags) {
  return flags_text(flags, mount_flags);
}
std::string clone_flags_text(std::uint64_t flags) {
  return flags_text(flags, clone_flags);
}

std::string upper_case(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string lower_case(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string quoted_or_null(std::string_view text) {
  return text.empty() ? "NULL" : quote(text);
}

pid_t clone3(const why& reason, std::uint64_t flags, int cgroup, unique_fd* pidfd) {
  int fd = -1;
  clone_args arguments{};
  arguments.flags = flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(&fd);
  arguments.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  bool child = false;
  const auto text = [&] {
    return fmt::format("clone3({})", clone_flags_text(arguments.flags));
  };
  const auto call = [&] {
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    child = pid == 0;
    return pid;
  };
  // The call returns in the child as well; only the parent narrates it.
  if (narration::watched(reason) && narration::skipped(reason, text))
    throw usage_error("--skip clone3: without it there is no child");
  if (narration::watched(reason)) narration::pause(text);
  const long pid = call();
  if (child) return 0;
  const int number = errno;
  if (narration::watched(reason)) narration::report(reason, text(), pid, number);
  if (pid == -1) throw error(number, "clone3", clone_flags_text(arguments.flags));
  *pidfd = unique_fd(fd);
  return static_cast<pid_t>(pid);
}

pid_t clone_beside(int cgroup) {
  clone_args arguments{};
  arguments.flags = CLONE_PARENT | CLONE_INTO_CGROUP;
  arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  return static_cast<pid_t>(check("clone", "CLONE_PARENT", [&] {
    return cgroup < 0 ? ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)
                      : ::syscall(SYS_clone3, &arguments, sizeof arguments);
  }));
}

void unshare(const why& reason, int flags) {
  const auto names = [&] { return clone_flags_text(static_cast<unsigned>(flags)); };
  request(
      reason, "unshare", [&] { return fmt::format("unshare({})", names()); }, names,
      [&] { return ::unshare(flags); });
}

void setns(const why& reason, int fd, int flags) {
  const auto names = [&] { return clone_flags_text(static_cast<unsigned>(flags)); };
  request(
      reason, "setns", [&] { return fmt::format("setns({}, {})", fd, names()); }, names,
      [&] { return ::setns(fd, flags); });
}

void sethostname(const why& reason, const std::string& name) {
  request(
      reason, "sethostname",
      [&] { return fmt::format("sethostname({}, {})", quote(name), name.size()); },
      [&] { return name; }, [&] { return ::sethostname(name.data(), name.size()); });
}

void set_parent_death_signal(const why& reason, int signal) {
  const auto text = [&] {
    return fmt::format("prctl(PR_SET_PDEATHSIG, SIG{})", signal_name(signal));
  };
  request(
      reason, "prctl", text, [] { return "PR_SET_PDEATHSIG"; },
      [&] { return ::prctl(PR_SET_PDEATHSIG, signal); });
}

void close_range(const why& reason, unsigned first, unsigned last, unsigned flags) {
  const auto end = [&] {
    return last == ~0U ? std::string("~0") : fmt::format("{}", last);
  };
  const auto text = [&] {
    return fmt::format("close_range({}, {}, {})", first, end(),
                       flags == CLOSE_RANGE_CLOEXEC ? "CLOSE_RANGE_CLOEXEC" : "0");
  };
  request(
      reason, "close_range", text, [&] { return fmt::format("{} to {}", first, end()); },
      [&] { return ::close_range(first, last, static_cast<int>(flags)); });
}

void execve(const why& reason, const std::string& path,
            const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment) {
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);
  const auto text = [&] {
    std::vector<std::string> shown;
    for (const auto& argument : arguments) shown.push_back(quote(argument));
    return fmt::format("execve({}, [{}])", quote(path), fmt::join(shown, ", "));
  };
  if (narration::watched(reason) && narration::skipped(reason, text))
    throw usage_error("--skip execve: without it there is no command");
  if (narration::watched(reason)) narration::pause(text);
  if (narration::watched(reason)) narration::announce(reason, text());
  ::execve(path.c_str(), argument_pointers.data(), environment_pointers.data());
  const int number = errno;
  if (narration::watched(reason)) narration::report(reason, text(), -1, number);
  throw error(number, "execve", path);
}

unique_fd pidfd_open(pid_t pid) {
  return unique_fd(static_cast<int>(check("pidfd_open", fmt::format("{}", pid), [&] {
    return ::syscall(SYS_pidfd_open, pid, 0);
  })));
}

bool pidfd_send_signal(int pidfd, int signal) {
  const long result = ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
  if (result == -1 && errno == ESRCH) return false;
  if (result == -1) throw error(errno, "pidfd_send_signal", fmt::format("{}", signal));
  return true;
}

void mount(const why& reason, const std::string& source, const std::string& target,
           const std::string& type, unsigned long flags, const std::string& data,
           const std::string& label) {
  const auto text = [&] {
    return fmt::format("mount({}, {}, {}, {}, {})", quoted_or_null(source), quote(target),
                       quoted_or_null(type), mount_flags_text(flags),
                       quoted_or_null(data));
  };
  const auto object = [&] {
    return fmt::format("{} on {}", source.empty() ? mount_flags_text(flags) : source,
                       label.empty() ? target : label);
  };
  request(reason, "mount", text, object, [&] {
    return ::mount(or_null(source), target.c_str(), or_null(type), flags, or_null(data));
  });
}

void umount(const why& reason, const std::string& target, int flags) {
  const auto text = [&] {
    return fmt::format("umount2({}, {})", quote(target),
                       flags_text(static_cast<unsigned>(flags), unmount_flags));
  };
  request(
      reason, "umount2", text, [&] { return target; },
      [&] { return ::umount2(target.c_str(), flags); });
}

void pivot_root(const why& reason, const std::string& new_root,
                const std::string& put_old) {
  const auto text = [&] {
    return fmt::format("pivot_root({}, {})", quote(new_root), quote(put_old));
  };
  request(
      reason, "pivot_root", text, [&] { return new_root; },
      [&] { return ::syscall(SYS_pivot_root, new_root.c_str(), put_old.c_str()); });
}

unique_fd open_tree(const why& reason, int directory, const std::string& path,
                    unsigned flags) {
  const auto text = [&] {
    return fmt::format("open_tree({}, {}, {})",
                       directory == AT_FDCWD ? "AT_FDCWD" : fmt::format("{}", directory),
                       quote(path), flags_text(flags, at_flags));
  };
  flags |= OPEN_TREE_CLOEXEC;
  const long tree = request(
      reason, "open_tree", text, [&] { return path; },
      [&] { return ::syscall(SYS_open_tree, directory, path.c_str(), flags); });
  // A call left out by --skip returns 0, which is no tree.
  return unique_fd(tree == 0 ? -1 : static_cast<int>(tree));
}

unique_fd new_mount(const why& reason, const std::string& type,
                    const std::vector<std::pair<std::string, std::string>>& options,
                    unsigned attributes) {
  const auto text = [&] {
    return fmt::format("fsmount(fsopen({}), {})", quote(type),
                       flags_text(attributes, mount_attributes));
  };
  const long tree = request(
      reason, "fsmount", text, [&] { return type; },
      [&]() -> long {
        const unique_fd context(
            static_cast<int>(::syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC)));
        if (!context) return -1;
        for (const auto& [key, value] : options)
          if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_SET_STRING, key.c_str(),
                        value.c_str(), 0) == -1)
            return -1;
        if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr,
                      0) == -1)
          return -1;
        return ::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, attributes);
      });
  return unique_fd(tree == 0 ? -1 : static_cast<int>(tree));
}

void move_mount(const why& reason, int tree, int to_directory, const std::string& to_path,
                const std::string& label) {
  const unsigned flags =
      MOVE_MOUNT_F_EMPTY_PATH | (to_path.empty() ? MOVE_MOUNT_T_EMPTY_PATH : 0);
  const auto text = [&] {
    return fmt::format(
        "move_mount({}, \"\", {}, {}, {})", tree,
        to_directory == AT_FDCWD ? "AT_FDCWD" : fmt::format("{}", to_directory),
        quote(to_path),
        to_path.empty() ? "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH"
                        : "MOVE_MOUNT_F_EMPTY_PATH");
  };
  request(
      reason, "move_mount", text, [&] { return label.empty() ? to_path : label; },
      [&] {
        return ::syscall(SYS_move_mount, tree, "", to_directory, to_path.c_str(), flags);
      });
}

void mount_setattr(const why& reason, int fd, const std::string& path, unsigned flags,
                   std::uint64_t set, std::uint64_t clear, const std::string& label) {
  ::mount_attr attributes{};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  const auto text = [&] {
    return fmt::format("mount_setattr({}, {}, {}, {{attr_set={}, attr_clr={}}})",
                       fd == AT_FDCWD ? "AT_FDCWD" : fmt::format("{}", fd), quote(path),
                       flags_text(flags, at_flags), flags_text(set, mount_attributes),
                       flags_text(clear, mount_attributes));
  };
  request(
      reason, "mount_setattr", text, [&] { return label.empty() ? path : label; },
      [&] {
        return ::syscall(SYS_mount_setattr, fd, path.c_str(), flags, &attributes,
                         sizeof attributes);
      });
}

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
  constexpr int most_tries = 1000;
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  long fd = -1;
  for (int tries = 0; tries < most_tries; ++tries) {
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
