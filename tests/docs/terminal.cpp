// SPDX-License-Identifier: MIT
#include "docs/terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <regex>
#include <utility>

#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::docs {

namespace {

using clock = std::chrono::steady_clock;

constexpr const char* prompt_command = "PS1='<docs:$?>'; PS2=; unset HISTFILE\n";
// A shell waits for input if it prints nothing for this long after a prompt.
constexpr int settled_ms = 150;
// The end of the line with which --pause asks for Enter.
constexpr std::string_view enter_wanted = "[Enter] ";

// Becomes `user`, with no supplementary groups.
void become(uid_t user) {
  if (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0)
    ::_exit(126);
}

// Becomes bash of `user` on the terminal `name`, which becomes the controlling one.
[[noreturn]] void become_shell(const std::string& name, const std::string& directory,
                               const std::string& programs, uid_t user) {
  ::setsid();
  const int slave = ::open(name.c_str(), O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(slave, fd);
  if (slave > STDERR_FILENO) ::close(slave);
  if (user != 0) become(user);
  if (::chdir(directory.c_str()) != 0) ::_exit(126);
  const std::string path =
      "PATH=" + programs +
      ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const std::string root = "ZOOMIN_ROOT=" + root_directory();
  const char* const home = user == 0 ? "HOME=/root" : "HOME=/tmp";
  const char* const environment[] = {
      path.c_str(),     home,         "TERM=dumb", "NO_COLOR=1",
      "LC_ALL=C.UTF-8", root.c_str(), nullptr};
  ::execle("/bin/bash", "bash", "--noprofile", "--norc", "--noediting", "-i", nullptr,
           environment);
  ::_exit(127);
}

void prepare(int slave, uid_t user) {
  termios settings{};
  ::tcgetattr(slave, &settings);
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOCTL);
  ::tcsetattr(slave, TCSANOW, &settings);
  const winsize size{40, 100, 0, 0};
  ::ioctl(slave, TIOCSWINSZ, &size);
  [[maybe_unused]] const int ignored = ::fchown(slave, user, static_cast<gid_t>(-1));
}

std::string without_escapes(const std::string& text) {
  static const std::regex escapes("\x1b\\[[0-9;?]*[A-Za-z]|\r|\x07");
  return std::regex_replace(text, escapes, "");
}

}  // namespace

terminal::terminal(const std::string& directory, const std::string& programs,
                   uid_t user) {
  master_ = unique_fd(sys::check(
      "posix_openpt", "", [] { return ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC); }));
  sys::check("unlockpt", "", [&] { return ::unlockpt(master_.get()); });
  std::array<char, 64> name{};
  if (::ptsname_r(master_.get(), name.data(), name.size()) != 0)
    throw sys::error(errno, "ptsname_r", "");
  const unique_fd slave = sys::open(name.data(), O_RDWR | O_NOCTTY);
  prepare(slave.get(), user);
  shell_ = sys::check("fork", "terminal", [] { return ::fork(); });
  if (shell_ == 0) become_shell(name.data(), directory, programs, user);
  // Discards bash's first prompt.
  type(prompt_command);
  if (!read_until(10, [](const auto&) { return false; }))
    throw sys::error(ETIME, "bash", "its prompt");
  take();
}

terminal::~terminal() {
  ::kill(shell_, SIGKILL);
  ::waitpid(shell_, nullptr, 0);
}

void terminal::type(const std::string& line) {
  echoed_ = prompt_ == "$ " ? "" : line;
  prompt_.clear();
  const std::string keys = line.ends_with('\n') ? line : line + "\n";
  sys::check("write", "terminal",
             [&] { return ::write(master_.get(), keys.data(), keys.size()); });
}

void terminal::interrupt() {
  [[maybe_unused]] const auto ignored = ::write(master_.get(), "\x03", 1);
  interrupted_ = true;
}

void terminal::press_enter() {
  [[maybe_unused]] const auto ignored = ::write(master_.get(), "\n", 1);
  asks_ = false;
  if (!raw_.empty()) raw_ += '\n';  // as an echo would do
}

bool terminal::read_some(int milliseconds) {
  pollfd ready{master_.get(), POLLIN, 0};
  if (::poll(&ready, 1, milliseconds) <= 0) return false;
  std::array<char, 4096> buffer{};
  const auto got = ::read(master_.get(), buffer.data(), buffer.size());
  if (got <= 0) return false;
  raw_.append(buffer.data(), static_cast<std::size_t>(got));
  asks_ = raw_.ends_with(enter_wanted);
  return true;
}

bool terminal::at_prompt() {
  static const std::regex host("<docs:([0-9]+)>$");
  static const std::regex inner("(^|\n)(# |(/[^ \n]*|~) # )$");
  std::smatch found;
  const std::string seen = without_escapes(raw_);
  if (std::regex_search(seen, found, host)) {
    status_ = std::stoi(found[1]);
    prompt_ = "$ ";
    return true;
  }
  if (!std::regex_search(seen, found, inner) || read_some(settled_ms)) return false;
  prompt_ = found[2];
  status_ = 0;
  return true;
}

bool terminal::read_until(int seconds,
                          const std::function<bool(const std::string&)>& enough) {
  const auto deadline = clock::now() + std::chrono::seconds(seconds);
  while (clock::now() < deadline) {
    if (at_prompt() || enough(without_escapes(raw_))) return true;
    if (asks_) press_enter();
    read_some(100);
  }
  return false;
}

std::string terminal::take() {
  std::string text = without_escapes(raw_);
  raw_.clear();
  if (!echoed_.empty() && text.starts_with(echoed_ + "\n"))
    text.erase(0, echoed_.size() + 1);
  echoed_.clear();
  // Ctrl-C begins a new line on the terminal.
  if (std::exchange(interrupted_, false) && text.starts_with('\n')) text.erase(0, 1);
  if (busy()) return text;
  const std::string shown = prompt_ == "$ " ? fmt::format("<docs:{}>", status_) : prompt_;
  if (const auto end = text.rfind(shown); end != std::string::npos) text.erase(end);
  return text;
}

}  // namespace zoomin::docs
