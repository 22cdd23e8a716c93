// SPDX-License-Identifier: MIT
#include "common/paths.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

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

std::string program_file() {
  const char* own = "/proc/self/exe";
  struct stat running {};
  struct stat named {};
  const std::string file = sys::read_link(own);
  const bool same = ::stat(own, &running) == 0 && ::stat(file.c_str(), &named) == 0 &&
                    running.st_dev == named.st_dev && running.st_ino == named.st_ino;
  return same ? file : std::string();
}

std::string program_directory() {
  std::string file = program_file();
  if (file.empty())
    file = std::filesystem::absolute(program_invocation_name).lexically_normal();
  return file.substr(0, file.rfind('/'));
}

}  // namespace zoomin
