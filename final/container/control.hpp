// SPDX-License-Identifier: MIT
// control: the client of a monitor's control socket; event_loop.hpp describes the
// protocol.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/fd.hpp"

namespace zoomin::container {

// The version of the protocol that this program speaks, as a monitor and as a client.
constexpr int protocol_version = 2;
constexpr std::size_t max_line = 1UL << 20;  // bytes of a request
// The failure of a monitor that doesn't know a request begins with this text.
constexpr std::string_view unknown_request = "unknown request:";

// Return the titles, as ps(1) shows them, of the monitor of container `id`, and of the
// owner of an exec in it.
std::string monitor_title(const std::string& id);
std::string exec_title(const std::string& id);

// Makes the socket at which the monitor of container `id` listens.
unique_fd listen(const std::string& id);
// Makes the socket of an event loop in its own directory, which exists.
unique_fd listen_in(const std::string& path);

class control {
 public:
  // Returns two connected stream sockets, close-on-exec.
  static std::pair<unique_fd, unique_fd> make_pair();
  // Connects to the monitor of container `id` and asks for its version of the protocol.
  // Returns nothing if no monitor listens. Throws usage_error if it doesn't answer within
  // 10 seconds, as a stopped process doesn't; later answers may take any time.
  static std::optional<control> connect(const std::string& id);
  // Connects to the event loop that listens in a directory, in the same way. `process` is
  // its title, for the failure.
  static std::optional<control> connect_in(const std::string& path,
                                           const std::string& process);
  // Wraps a connection to a monitor of this program's own version.
  explicit control(unique_fd socket) : socket_(std::move(socket)) {}

  // Sends a line. Throws usage_error if the line is longer than the monitor accepts.
  void send(const std::string& line);
  // Returns the next line without its newline, or nothing if the monitor has closed the
  // connection.
  std::optional<std::string> receive();
  // Receives a line. If it isn't "ok", throws the failure that it describes.
  void expect_ok();
  // Sends a line, then expects "ok".
  void ask(const std::string& line);
  // Waits for "ended STATUS" and returns the status, or nothing if the monitor has closed
  // the connection. Throws the monitor's failure.
  std::optional<int> wait_for_end();
  [[nodiscard]] int get() const { return socket_.get(); }
  // Returns the socket, for a connection that carries streams from now on.
  [[nodiscard]] unique_fd take() { return std::move(socket_); }

 private:
  [[noreturn]] void throw_refusal(const std::string& answer) const;
  [[noreturn]] void throw_closed() const;

  unique_fd socket_;
  std::string id_;  // of the container; empty if it isn't needed
  int version_ = protocol_version;
};

// Returns the container's lock, or nothing if a monitor listens, to which requests must
// then be sent. Waits at most about a minute while a command such as cp holds the lock.
std::optional<unique_fd> lock_unless_owned(const std::string& id);

}  // namespace zoomin::container
