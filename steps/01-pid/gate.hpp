// SPDX-License-Identifier: MIT
// gate: the socket at which a new process waits until the host has set up its resources.
//
// It is one of a pair of connected SOCK_SEQPACKET sockets (unix(7)): messages stay whole,
// and an end of file means that the other side has died, or has executed another program
// (close-on-exec).
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::pid {

enum class message : char {
  end_of_file,
  open,        // to the child: go on
  ready,       // from the child: it waits for `open`
  failure,     // sent by report(), thrown by receive()
  descriptor,  // sent by send_descriptor()
  moved,       // the child's successor, whose PID is the text, goes on in its place
  warning      // the text is for the user
};

class gate {
 public:
  // Makes both ends, close-on-exec.
  static std::pair<gate, gate> make();
  // Takes an end that this program was executed with.
  explicit gate(unique_fd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] int fd() const { return fd_.get(); }

  void send(message kind, std::string_view text = {}, int descriptor = -1);
  // Waits for the next message. Appends descriptors that arrive before it to
  // `descriptors`. Throws the failure that the other side has sent with report().
  message receive(std::vector<unique_fd>* descriptors = nullptr,
                  std::string* text = nullptr);
  // Sends a descriptor from the container's side; the host finds it in
  // child::received_descriptors().
  void send_descriptor(int descriptor) { send(message::descriptor, {}, descriptor); }
  // Sends the failure that ended the child; the other side's receive() throws it.
  void report(const std::exception& failure) noexcept;
  // Moves this end to descriptor `number`, so that all above it can be closed at once.
  void move_to(int number);
  void close() { fd_.reset(); }

 private:
  unique_fd fd_;
};

}  // namespace zoomin::pid
