// SPDX-License-Identifier: MIT
#include "common/lab/subprocess.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::check {

namespace {

using clock = std::chrono::steady_clock;

std::pair<unique_fd, unique_fd> make_pipe() {
  std::array<int, 2> ends{};
  sys::check("pipe2", "check", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

int milliseconds_until(clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
  return std::max<int>(0, static_cast<int>(left.count()));
}

// Appends the bytes that arrive next. Returns false at end of file or at the deadline.
bool read_some(int fd, std::string& into, clock::time_point deadline) {
  pollfd ready{fd, POLLIN, 0};
  if (::poll(&ready, 1, milliseconds_until(deadline)) <= 0) return false;
  std::array<char, 4096> buffer{};
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0) return false;
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string read_rest(int fd, int seconds) {
  std::string text;
  const auto deadline = clock::now() + std::chrono::seconds(stretched(seconds));
  while (read_some(fd, text, deadline)) {
  }
  return text;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

void expect(bool holds, const std::string& why) {
  if (!holds) throw failed(why);
}

int stretched(int seconds) {
  const char* patience = std::getenv("ZOOMIN_PATIENCE");
  const int times = patience == nullptr ? 1 : std::atoi(patience);
  return seconds * std::clamp(times, 1, 10);
}

subprocess::subprocess(const std::vector<std::string>& arguments) {
  auto [in_read, in_write] = make_pipe();
  auto [out_read, out_write] = make_pipe();
  auto [err_read, err_write] = make_pipe();
  program_ = sys::check("fork", "check", [] { return ::fork(); });
  if (program_ == 0) {
    ::dup2(in_read.get(), STDIN_FILENO);
    ::dup2(out_write.get(), STDOUT_FILENO);
    ::dup2(err_write.get(), STDERR_FILENO);
    std::vector<char*> pointers;
    for (const auto& argument : arguments)
      pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  in_ = std::move(in_write);
  out_ = std::move(out_read);
  err_ = std::move(err_read);
}

subprocess::~subprocess() {
  if (program_ <= 0) return;
  kill_tree(program_);
  ::waitpid(program_, nullptr, 0);
}

pid_t subprocess::first_process() {
  if (const std::string got = line(); got != "ready")
    throw failed(
        fmt::format("the command printed \"{}\", but was to print \"ready\"", got));
  const auto children = children_of(program_);
  expect(children.size() == 1,
         fmt::format("the program has {} children", children.size()));
  return children.front();
}

void subprocess::write(const std::string& text) {
  [[maybe_unused]] const auto ignored = ::write(in_.get(), text.data(), text.size());
}

std::string subprocess::line(int seconds) {
  const auto deadline = clock::now() + std::chrono::seconds(stretched(seconds));
  while (buffered_.find('\n') == std::string::npos)
    if (!read_some(out_.get(), buffered_, deadline)) {
      if (clock::now() >= deadline)
        throw failed(fmt::format("no output within {} s", seconds));
      throw failed(fmt::format("it ended early: {}", first_line(errors())));
    }
  const auto end = buffered_.find('\n');
  const std::string got = buffered_.substr(0, end);
  buffered_.erase(0, end + 1);
  return got;
}

int subprocess::end(int seconds) {
  in_.reset();
  const unique_fd pidfd = sys::pidfd_open(program_);
  pollfd ended{pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, stretched(seconds) * 1000) <= 0)
    throw failed(fmt::format("it had not ended after {} s", seconds));
  int how = 0;
  ::waitpid(program_, &how, 0);
  program_ = -1;
  return WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
}

void subprocess::kill(int signal) const { ::kill(program_, signal); }

std::string subprocess::output(int seconds) {
  const std::string buffered = std::exchange(buffered_, {});
  return buffered + read_rest(out_.get(), seconds);
}

std::string subprocess::errors(int seconds) { return read_rest(err_.get(), seconds); }

scratch::scratch() : path_("/run/zoomin-check-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw sys::error(errno, "mkdtemp", path_);
}

scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

run_result run_to_end(const std::vector<std::string>& arguments, int seconds,
                      const std::string& input) {
  subprocess process(arguments);
  process.write(input);
  process.close_input();
  std::string output = process.output(seconds);
  std::string errors = process.errors();
  return {process.end(seconds), std::move(output), std::move(errors)};
}

}  // namespace zoomin::check
