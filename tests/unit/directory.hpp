// SPDX-License-Identifier: MIT
// directory: an empty directory for one test case of a unit. It is removed at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/catch.hpp"

struct directory {
  std::string path = "/tmp/unit_test.XXXXXX";
  directory() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  directory(const directory&) = delete;
  directory& operator=(const directory&) = delete;
  ~directory() { std::filesystem::remove_all(path); }
};
