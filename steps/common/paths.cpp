// SPDX-License-Identifier: MIT
#include "common/paths.hpp"

#include <cstdlib>

#include "common/sys.hpp"

namespace zoomin {

namespace {

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

std::string run_directory() { return from_environment("ZOOMIN_RUN", "/run/zoomin"); }

std::string root_directory() {
  return from_environment("ZOOMIN_ROOT", "/var/lib/zoomin");
}

std::string program_directory() {
  const std::string file = sys::read_link("/proc/self/exe");
  return file.substr(0, file.rfind('/'));
}

}  // namespace zoomin
