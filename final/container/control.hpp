// SPDX-License-Identifier: MIT
// control: a container's owner is spoken to, by its socket: session.hpp has the words.
#pragma once

#include <optional>
#include <string>

#include "common/fd.hpp"

namespace zoomin::container {

// Where the owner of container `id` will listen.
unique_fd listen(const std::string& id);

class control {
 public:
  // Two connected sockets, stream, close-on-exec.
  static std::pair<unique_fd, unique_fd> make_pair();
  // Empty where nobody listens.
  static std::optional<control> connect(const std::string& id);
  explicit control(unique_fd socket) : socket_(std::move(socket)) {}

  void say(const std::string& line);
  // The next line without its end; empty where the owner has gone.
  std::optional<std::string> hear();
  // Says it, and throws usage_error where the answer isn't "ok".
  void ask(const std::string& line);
  // Waits for "ended STATUS"; empty where the owner has gone.
  std::optional<int> wait_for_end();
  [[nodiscard]] int get() const { return socket_.get(); }
  // From here on the connection carries streams.
  [[nodiscard]] unique_fd take() { return std::move(socket_); }

 private:
  unique_fd socket_;
};

// The container's lock; empty if an owner listens, which can be spoken to. Waits, about
// a minute at most, while a command such as cp holds the container.
std::optional<unique_fd> hold_unless_owned(const std::string& id);

}  // namespace zoomin::container
