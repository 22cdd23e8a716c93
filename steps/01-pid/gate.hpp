// SPDX-License-Identifier: MIT
// gate: where a new process waits until the host has made its world.
//
// A pair of connected SOCK_SEQPACKET sockets (unix(7)): messages stay whole, and an end
// of file means that the other side has died or become another program (close-on-exec).
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::pid {

enum class message : char { end_of_file, open, ready, failure, descriptor, moved };

class gate {
 public:
  // Both ends, close-on-exec.
  static std::pair<gate, gate> make();

  void send(message kind, std::string_view text = {}, int descriptor = -1);
  // Waits for a message. A failure of the other side's is thrown; a descriptor is put
  // into `descriptors` and the next message waited for.
  message receive(std::vector<unique_fd>* descriptors = nullptr,
                  std::string* text = nullptr);
  // Inside: gives the host a descriptor, which its child::handed() then holds.
  void hand_over(int descriptor) { send(message::descriptor, {}, descriptor); }
  // Inside: reports what ended the child; thrown again by the other side's receive().
  void report(const std::exception& failure) noexcept;
  // Moves this end to `number`, dup2(2), so that all above can be closed at once.
  void move_to(int number);
  void close() { fd_.reset(); }

 private:
  explicit gate(unique_fd fd) : fd_(std::move(fd)) {}
  unique_fd fd_;
};

}  // namespace zoomin::pid
