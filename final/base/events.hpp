// SPDX-License-Identifier: MIT
// events: what happened to containers, images, volumes and networks, told by whoever does
// it, without a daemon.
//
// A file below root_directory()/events: a line each, "TIME JSON", in the shape of
// Docker's Engine API. Writers append under a shared flock(2); whoever finds it long
// takes the lock exclusively and renames it, so that each line is in one file or the
// other, once.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoomin::events {

using attributes = std::vector<std::pair<std::string, std::string>>;

struct event {
  const char* type;    // "container", "image", "volume", "network"
  std::string action;  // "start", "die"
  std::string id;
  attributes about;
};
// Where it can't be written down, nobody is kept from what he does: it is then not told.
void emit(const event& event) noexcept;

// All between two moments (base/timestamp.hpp; empty: no such end), as they come:
// `each` gets the time and the JSON. Returns at `until`, or when `reader` (a descriptor)
// has nobody behind it any more.
void follow(
    const std::string& since, const std::string& until, int reader,
    const std::function<void(std::string_view time, std::string_view json)>& each);

}  // namespace zoomin::events
