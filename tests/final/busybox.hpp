// SPDX-License-Identifier: MIT
// busybox: what tests of the runtime share: an image of one layer, the distribution's
// static busybox with all its commands as links in /bin, and ways to ask.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace zoomin::test {

// Imports it under `name`, and checks that that worked. `changes`: a line of sh(1), run
// in its root directory before.
void import_busybox(const std::string& name = "bb", const std::string& changes = "true");

// What a line of sh(1) prints, without the newlines at its end.
std::string says(const std::string& line);
bool contains(const std::string& text, const std::string& part);
// What `zoomin inspect` says of one container.
nlohmann::json inspected(const std::string& container);

}  // namespace zoomin::test
