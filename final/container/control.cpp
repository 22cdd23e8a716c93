// SPDX-License-Identifier: MIT
#include "container/control.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "common/error.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

constexpr int most_waiting = 64;

// A socket's path has at most 107 bytes, unix(7): so it begins with a descriptor.
sockaddr_un address_in(int directory) {
  sockaddr_un all{};
  all.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/sock", directory);
  std::memcpy(all.sun_path, path.c_str(), path.size() + 1);
  return all;
}

unique_fd make_socket() {
  return unique_fd(sys::check("socket", "control", [] {
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  }));
}

}  // namespace

unique_fd listen(const std::string& id) {
  const std::string path = socket_directory_of(id);
  sys::make_path(path, run_directory(), 0700);
  const unique_fd directory = sys::open(path, O_PATH | O_DIRECTORY);
  ::unlinkat(directory.get(), "sock", 0);  // of an owner that was killed
  unique_fd socket = make_socket();
  const auto at = address_in(directory.get());
  sys::check("bind", path, [&] {
    return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at);
  });
  sys::check("listen", path, [&] { return ::listen(socket.get(), most_waiting); });
  return socket;
}

std::pair<unique_fd, unique_fd> control::make_pair() {
  std::array<int, 2> ends{};
  sys::check("socketpair", "control", [&] {
    return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
  });
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

std::optional<control> control::connect(const std::string& id) {
  const auto directory =
      sys::open_if_exists(socket_directory_of(id), O_PATH | O_DIRECTORY);
  if (!directory) return std::nullopt;
  unique_fd socket = make_socket();
  const auto at = address_in(directory->get());
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == -1) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    throw sys::error(errno, "connect", socket_directory_of(id));
  }
  return control(std::move(socket));
}

void control::say(const std::string& line) {
  const std::string whole = line + "\n";
  if (::send(socket_.get(), whole.data(), whole.size(), MSG_NOSIGNAL) != -1) return;
  if (errno == EPIPE || errno == ECONNRESET) return;  // gone: hear() will tell
  throw sys::error(errno, "send", "control");
}

// A byte at a time: what follows the line may be a stream, and belongs to others.
std::optional<std::string> control::hear() {
  std::string line;
  for (char one = 0;;) {
    const auto got = ::read(socket_.get(), &one, 1);
    if (got == -1 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    if (one == '\n') return line;
    line += one;
  }
}

void control::ask(const std::string& line) {
  say(line);
  const auto answer = hear();
  if (!answer) throw usage_error("the container has just ended");
  constexpr std::string_view refusal = "error ";
  if (answer->starts_with(refusal)) throw usage_error(answer->substr(refusal.size()));
  if (*answer != "ok") throw usage_error(*answer);
}

std::optional<int> control::wait_for_end() {
  while (const auto line = hear())
    if (line->starts_with("ended ")) return std::stoi(line->substr(6));
  return std::nullopt;
}

std::optional<unique_fd> hold_unless_owned(const std::string& id) {
  constexpr int most_tries = 1200;
  constexpr unsigned pause_us = 50'000;
  for (int tries = 0; tries < most_tries; ++tries) {
    if (auto lock = try_hold(id)) return lock;
    if (control::connect(id)) break;
    ::usleep(pause_us);
  }
  return std::nullopt;
}

}  // namespace zoomin::container
