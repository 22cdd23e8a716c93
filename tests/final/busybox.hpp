// SPDX-License-Identifier: MIT
// busybox: an image of one layer for tests: the distribution's static busybox, with all
// its commands as links in /bin.
#pragma once

#include <string>

namespace zoomin::test {

// Imports it under `name`, and checks that that worked.
void import_busybox(const std::string& name = "bb");

}  // namespace zoomin::test
