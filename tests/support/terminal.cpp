// SPDX-License-Identifier: MIT
#include "support/terminal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "common/lab/subprocess.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::test {

terminal::terminal(const std::vector<std::string>& arguments, unsigned short rows,
                   unsigned short columns) {
  winsize size{};
  size.ws_row = rows;
  size.ws_col = columns;
  int master = -1;
  program_ = ::forkpty(&master, nullptr, nullptr, &size);
  if (program_ == 0) {
    std::vector<char*> pointers;
    for (const auto& argument : arguments)
      pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  master_ = unique_fd(master);
}

terminal::~terminal() {
  if (program_ <= 0) return;
  kill_tree(program_);
  ::waitpid(program_, nullptr, 0);
}

void terminal::type(const std::string& keys) {
  sys::check("write", "terminal",
             [&] { return ::write(master_.get(), keys.data(), keys.size()); });
}

std::string terminal::expect(const std::string& text, int seconds) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(check::stretched(seconds));
  while (shown_.find(text) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{master_.get(), POLLIN, 0};
    std::array<char, 4096> buffer{};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0)
      throw check::failed(fmt::format("waited for \"{}\", saw \"{}\"", text, shown_));
    const auto got = ::read(master_.get(), buffer.data(), buffer.size());
    if (got <= 0)
      throw check::failed(fmt::format("ended before \"{}\", saw \"{}\"", text, shown_));
    shown_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const auto end = shown_.find(text) + text.size();
  std::string seen = shown_.substr(0, end);
  shown_.erase(0, end);
  return seen;
}

void terminal::resize(unsigned short rows, unsigned short columns) {
  winsize size{};
  size.ws_row = rows;
  size.ws_col = columns;
  ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

int terminal::end(int seconds) {
  const unique_fd pidfd = sys::pidfd_open(program_);
  pollfd ended{pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, check::stretched(seconds) * 1000) <= 0)
    throw check::failed(fmt::format("it had not ended after {} s", seconds));
  int how = 0;
  ::waitpid(program_, &how, 0);
  program_ = -1;
  return WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
}

}  // namespace zoomin::test
