// SPDX-License-Identifier: MIT
#include "container/runtime/stdio.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>

#include "common/sys.hpp"

namespace zoomin::container {

using namespace sys;

namespace {

constexpr int pipe_size = 1 << 20;  // a large pipe needs fewer task switches

std::pair<unique_fd, unique_fd> make_pipe() {
  std::array<int, 2> ends{};
  check("pipe2", "stdio", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  // Above the user's limit this fails, and the pipe keeps its default size.
  ::fcntl(ends[0], F_SETPIPE_SZ, pipe_size);
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

void become_standard(int fd, int number) {
  if (fd == number)  // dup2 would leave it close-on-exec
    check("fcntl", "stdio", [&] { return ::fcntl(fd, F_SETFD, 0); });
  else
    check("dup2", "stdio", [&] { return ::dup2(fd, number); });
}

void set_owner(int fd, uid_t uid, gid_t gid) {
  if (uid != 0) check("fchown", "stdio", [&] { return ::fchown(fd, uid, gid); });
}

// Opens the other end of a terminal through the master's descriptor, ioctl_tty(2), so
// that no path of the image is trusted.
unique_fd peer_of(int master) {
  int locked = 0;
  check("ioctl", "TIOCSPTLCK", [&] { return ::ioctl(master, TIOCSPTLCK, &locked); });
  return unique_fd(check("ioctl", "TIOCGPTPEER", [&] {
    return ::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  }));
}

// Opens the container's /dev/null. The container may have replaced it, for instance by a
// link to one of zoomin's descriptors, which would give it access to the host's
// directories. The file is opened without blocking, in case it is a FIFO.
unique_fd null_inside() {
  const unique_fd root = open("/", O_PATH | O_DIRECTORY);
  unique_fd null = open_in_root(root.get(), "/dev/null", O_RDONLY | O_NONBLOCK);
  struct stat info {};
  check("fstat", "/dev/null", [&] { return ::fstat(null.get(), &info); });
  if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(1, 3))
    throw sys::error(
        ENODEV, "open", "/dev/null",
        "the container's /dev/null is another file; with -i it isn't needed");
  check("fcntl", "/dev/null", [&] { return ::fcntl(null.get(), F_SETFL, 0); });
  return null;
}

void become_console(int terminal) {
  const unique_fd root = open("/", O_PATH | O_DIRECTORY);
  make_file_at(open_in_root(root.get(), "/dev", O_PATH | O_DIRECTORY).get(), "console",
               "/dev", 0600);
  const unique_fd directory =
      open_in_root(root.get(), "/dev/console", O_PATH | O_NOFOLLOW);
  const unique_fd tree = open_tree({"console.copy"_id, "the container's terminal"},
                                   terminal, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  move_mount({"console"_id, "is its console, too"}, tree.get(), directory.get(), "",
             "/dev/console");
}

}  // namespace

std::pair<outer_ends, inner_ends> make_pipes(bool has_input) {
  outer_ends outer;
  inner_ends inner;
  if (has_input) std::tie(inner.in, outer.in) = make_pipe();
  std::tie(outer.out, inner.out) = make_pipe();
  std::tie(outer.err, inner.err) = make_pipe();
  for (const auto* end : {&outer.in, &outer.out, &outer.err})
    if (*end) ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
  return {std::move(outer), std::move(inner)};
}

void use_pipes(inner_ends& ends, uid_t uid, gid_t gid) {
  if (!ends.in)
    ends.in = null_inside();
  else
    set_owner(ends.in.get(), uid, gid);
  set_owner(ends.out.get(), uid, gid);
  set_owner(ends.err.get(), uid, gid);
  become_standard(ends.in.get(), STDIN_FILENO);
  become_standard(ends.out.get(), STDOUT_FILENO);
  become_standard(ends.err.get(), STDERR_FILENO);
}

void use_terminal(window size, uid_t uid, bool console, pid::gate& gate) {
  const unique_fd root = open("/", O_PATH | O_DIRECTORY);
  const unique_fd master = open_in_root(root.get(), "/dev/pts/ptmx", O_RDWR | O_NOCTTY);
  const unique_fd terminal = peer_of(master.get());
  if (size.rows != 0) resize(master.get(), size);
  gate.send_descriptor(master.get());
  check("fchown", "terminal", [&] { return ::fchown(terminal.get(), uid, gid_t(-1)); });
  if (console) become_console(terminal.get());
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    become_standard(terminal.get(), number);
}

outer_ends terminal_ends(unique_fd master, bool has_input) {
  outer_ends outer;
  ::fcntl(master.get(), F_SETFL, O_NONBLOCK);
  if (has_input)
    outer.in = unique_fd(check(
        "fcntl", "terminal", [&] { return ::fcntl(master.get(), F_DUPFD_CLOEXEC, 0); }));
  outer.out = std::move(master);
  return outer;
}

void resize(int master, window size) {
  const winsize to{size.rows, size.columns, 0, 0};
  ::ioctl(master, TIOCSWINSZ, &to);
}

}  // namespace zoomin::container
