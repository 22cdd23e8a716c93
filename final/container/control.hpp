// SPDX-License-Identifier: MIT
// control: a container's owner is spoken to, by its socket: session.hpp has the words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/fd.hpp"

namespace zoomin::container {

// This program speaks this version of the protocol, as an owner and as a client.
constexpr int protocol_version = 1;
constexpr std::size_t longest_line = 1UL << 20;
// An owner's answer begins with this if it doesn't know the request.
constexpr std::string_view unknown_request = "unknown request:";

// Where the owner of container `id` will listen.
unique_fd listen(const std::string& id);

class control {
 public:
  // Two connected sockets, stream, close-on-exec.
  static std::pair<unique_fd, unique_fd> make_pair();
  // Connects to the owner of container `id` and asks which version of the protocol it
  // speaks. The result is empty where nobody listens.
  static std::optional<control> connect(const std::string& id);
  // Speaks to an owner of this program's own version.
  explicit control(unique_fd socket) : socket_(std::move(socket)) {}

  // Throws usage_error where the line is longer than the owner takes.
  void say(const std::string& line);
  // The next line without its end; empty where the owner has gone.
  std::optional<std::string> hear();
  // Throws usage_error where the next line isn't "ok".
  void expect_ok();
  // Says the line, then expects "ok".
  void ask(const std::string& line);
  // Waits for "ended STATUS"; empty where the owner has gone. Throws usage_error where
  // the owner refuses.
  std::optional<int> wait_for_end();
  [[nodiscard]] int get() const { return socket_.get(); }
  // From here on the connection carries streams.
  [[nodiscard]] unique_fd take() { return std::move(socket_); }

 private:
  [[noreturn]] void refuse(const std::string& why) const;
  [[noreturn]] void refuse_silence() const;

  unique_fd socket_;
  std::string id_;  // of the container; empty where it isn't needed
  int version_ = protocol_version;
};

// Returns the container's lock; empty if an owner listens, so that it can be asked. Waits
// at most about a minute while a command such as cp holds the container.
std::optional<unique_fd> hold_unless_owned(const std::string& id);

}  // namespace zoomin::container
