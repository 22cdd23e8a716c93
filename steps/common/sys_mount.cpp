// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "common/new_mount.hpp"
#include "common/sys.hpp"
#include "common/sys_flags.hpp"

namespace zoomin::sys {

namespace {

const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

constexpr std::array mount_flags{
    ZOOMIN_FLAG(MS_RDONLY),  ZOOMIN_FLAG(MS_NOSUID),  ZOOMIN_FLAG(MS_NODEV),
    ZOOMIN_FLAG(MS_NOEXEC),  ZOOMIN_FLAG(MS_REMOUNT), ZOOMIN_FLAG(MS_NOATIME),
    ZOOMIN_FLAG(MS_BIND),    ZOOMIN_FLAG(MS_MOVE),    ZOOMIN_FLAG(MS_REC),
    ZOOMIN_FLAG(MS_PRIVATE), ZOOMIN_FLAG(MS_SLAVE),   ZOOMIN_FLAG(MS_SHARED),
    ZOOMIN_FLAG(MS_RELATIME)};
constexpr std::array mount_attributes{
    ZOOMIN_FLAG(MOUNT_ATTR_RDONLY), ZOOMIN_FLAG(MOUNT_ATTR_NOSUID),
    ZOOMIN_FLAG(MOUNT_ATTR_NODEV), ZOOMIN_FLAG(MOUNT_ATTR_NOEXEC)};
constexpr std::array at_flags{ZOOMIN_FLAG(OPEN_TREE_CLONE),
                              ZOOMIN_FLAG(OPEN_TREE_CLOEXEC), ZOOMIN_FLAG(AT_EMPTY_PATH),
                              ZOOMIN_FLAG(AT_RECURSIVE)};
constexpr std::array unmount_flags{ZOOMIN_FLAG(MNT_DETACH), ZOOMIN_FLAG(UMOUNT_NOFOLLOW)};

}  // namespace

std::string mount_flags_text(unsigned long flags) {
  return flags_text(flags, mount_flags);
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

}  // namespace zoomin::sys
