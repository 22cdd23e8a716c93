// SPDX-License-Identifier: MIT
#include "container/control.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>

#include "common/error.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "container/failure_line.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

constexpr int max_pending_connections = 64;
constexpr std::size_t max_line_before_versions = 4096;
constexpr int answer_timeout_s = 10;  // only for the monitor's version

// Returns the address of the socket in a directory. A path of at most 107 bytes fits,
// unix(7), so it goes through the directory's descriptor.
sockaddr_un address_in(int directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/sock", directory);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

unique_fd make_socket() {
  return unique_fd(sys::check("socket", "control", [] {
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  }));
}

// Returns the protocol version in a monitor's answer; 0 if the monitor is older than the
// versions of the protocol.
int version_in(const std::string& answer) {
  int version = 0;
  std::istringstream words(answer);
  std::string first;
  words >> first >> version;
  return first == "zoomin" ? version : 0;
}

std::string restart_hint(const std::string& id) {
  return fmt::format("run `zoomin restart {}` to give it a new monitor",
                     id.substr(0, 12));
}

// Limits how long connect(2) and send(2) wait, socket(7); 0: no limit.
void limit_waiting(const unique_fd& socket, int seconds) {
  const timeval limit{seconds, 0};
  sys::check("setsockopt", "SO_SNDTIMEO", [&] {
    return ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  });
}

// Connects a socket. Sets errno to EAGAIN if more clients than the monitor accepts have
// been waiting for too long.
bool connects(const unique_fd& socket, const sockaddr_un& address) {
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof address) == -1)
    if (errno != EINTR) return false;
  return true;
}

bool is_answered(int socket) {
  pollfd answer{socket, POLLIN, 0};
  while (true) {
    const int ready = ::poll(&answer, 1, answer_timeout_s * 1000);
    if (ready != -1 || errno != EINTR) return ready > 0;
  }
}

[[noreturn]] void report_silence(const std::string& process) {
  throw usage_error(
      failure_kind::conflict,
      fmt::format("`{}` was asked for the version of its protocol and didn't answer "
                  "within {} seconds",
                  process, answer_timeout_s),
      fmt::format(
          "it is stopped, or busy with a start: `pkill -CONT -f '{0}'` continues it; "
          "`pkill -KILL -f '{0}'` kills it and what it runs, so that `zoomin rm -f` "
          "works",
          process));
}

bool is_owned(const std::string& id) try {
  return !try_lock(id);
} catch (const usage_error&) {  // removed
  return false;
}

}  // namespace

std::string monitor_title(const std::string& id) {
  return "zoomin monitor " + id.substr(0, 12);
}

std::string exec_title(const std::string& id) {
  return "zoomin exec " + id.substr(0, 12);
}

unique_fd listen(const std::string& id) {
  const std::string path = socket_directory_of(id);
  sys::make_path(path, run_directory(), 0700);
  return listen_in(path);
}

unique_fd listen_in(const std::string& path) {
  const unique_fd directory = sys::open(path, O_PATH | O_DIRECTORY);
  ::unlinkat(directory.get(), "sock", 0);  // left by a monitor that was killed
  unique_fd socket = make_socket();
  const auto address = address_in(directory.get());
  sys::check("bind", path, [&] {
    return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address);
  });
  sys::check("listen", path,
             [&] { return ::listen(socket.get(), max_pending_connections); });
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
  auto owner = connect_in(socket_directory_of(id), monitor_title(id));
  if (owner) owner->id_ = id;
  return owner;
}

std::optional<control> control::connect_in(const std::string& path,
                                           const std::string& process) {
  const auto directory = sys::open_if_exists(path, O_PATH | O_DIRECTORY);
  if (!directory) return std::nullopt;
  unique_fd socket = make_socket();
  limit_waiting(socket, answer_timeout_s);
  if (!connects(socket, address_in(directory->get()))) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    if (errno == EAGAIN) report_silence(process);
    throw sys::error(errno, "connect", path);
  }
  limit_waiting(socket, 0);
  control owner(std::move(socket));
  owner.send(fmt::format("zoomin {}", protocol_version));
  if (!is_answered(owner.get())) report_silence(process);
  const auto answer = owner.receive();
  if (!answer) return std::nullopt;  // it has ended meanwhile
  owner.version_ = version_in(*answer);
  return owner;
}

void control::send(const std::string& line) {
  const std::size_t limit = version_ == 0 ? max_line_before_versions : max_line;
  if (line.size() > limit)
    throw usage_error(
        fmt::format(
            "the request has {} bytes, but the container's monitor accepts at most {}",
            line.size(), limit),
        version_ == 0 ? restart_hint(id_) : "");
  const std::string text = line + "\n";
  for (std::string_view rest = text; !rest.empty();) {
    const auto sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent >= 0)  // only a part, if a signal came
      rest.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EPIPE || errno == ECONNRESET)
      return;  // the monitor is gone: receive() reports it
    else if (errno != EINTR)
      throw sys::error(errno, "send", "control");
  }
}

// Peeks at the data, then reads it only up to the end of the line, because a stream for
// another reader may follow.
std::optional<std::string> control::receive() {
  std::string line;
  std::array<char, 4096> buffer{};
  while (true) {
    auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_PEEK);
    if (got == -1 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    const std::string_view peeked(buffer.data(), static_cast<std::size_t>(got));
    const auto end = peeked.find('\n');
    const auto size = end == std::string_view::npos ? peeked.size() : end + 1;
    got = ::recv(socket_.get(), buffer.data(), size, 0);
    if (got == -1 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    line.append(buffer.data(), static_cast<std::size_t>(got));
    if (!line.ends_with('\n')) continue;
    line.pop_back();
    return line;
  }
}

void control::throw_refusal(const std::string& answer) const try {
  throw_failure(answer);
} catch (const usage_error& refused) {
  const std::string_view why = refused.what();
  if (version_ >= protocol_version || !why.starts_with(unknown_request)) throw;
  throw usage_error(failure_kind::unsupported,
                    fmt::format("the container's monitor is an older zoomin: {}", why),
                    restart_hint(id_));
}

// Reports that the connection was closed, either because the monitor failed or because
// the container has just ended.
void control::throw_closed() const {
  if (!id_.empty() && is_owned(id_))
    throw usage_error(
        failure_kind::conflict,
        fmt::format("the monitor of {} closed the connection without an answer",
                    id_.substr(0, 12)));
  throw usage_error(failure_kind::not_running, "the container has just ended");
}

void control::expect_ok() {
  const auto answer = receive();
  if (!answer) throw_closed();
  if (*answer != "ok") throw_refusal(*answer);
}

void control::ask(const std::string& line) {
  send(line);
  expect_ok();
}

std::optional<int> control::wait_for_end() {
  while (const auto line = receive()) {
    if (is_failure_line(*line)) throw_refusal(*line);
    if (line->starts_with("ended ")) return std::stoi(line->substr(6));
  }
  return std::nullopt;
}

std::optional<unique_fd> lock_unless_owned(const std::string& id) {
  constexpr int max_tries = 1200;
  constexpr unsigned retry_us = 50'000;
  for (int tries = 0; tries < max_tries; ++tries) {
    if (auto lock = try_lock(id)) return lock;
    if (control::connect(id)) break;
    ::usleep(retry_us);
  }
  return std::nullopt;
}

}  // namespace zoomin::container
