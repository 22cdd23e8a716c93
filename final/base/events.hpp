// SPDX-License-Identifier: MIT
// events: the log of what happened to containers, images, volumes and networks. Each
// process writes its own events, without a daemon.
//
// The log is a file below root_directory()/events with one line per event, "TIME JSON",
// in the shape of Docker's Engine API. Writers append under a shared flock(2). A writer
// that finds the file too long takes the lock exclusively and renames it, so that each
// line is in exactly one of the two files.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace zoomin::base {

using attributes = std::vector<std::pair<std::string, std::string>>;

struct event {
  const char* type;    // "container", "image", "volume", "network"
  std::string action;  // "start", "die"
  std::string id;
  attributes about;
};
// Appends an event with the current time. Best effort: if it can't be written it is
// dropped, and the operation continues.
void emit(const event& event) noexcept;

}  // namespace zoomin::base
