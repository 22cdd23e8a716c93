// SPDX-License-Identifier: MIT
#include "common/paths.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "common/sys.hpp"

namespace zoomin {

namespace {

void read_variable(const char* name, std::string& into) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') into = value;
}

context& context_in_use() {
  static context used;
  return used;
}

}  // namespace

context context_from_environment() {
  context chosen;
  read_variable("ZOOMIN_ROOT", chosen.root);
  read_variable("ZOOMIN_RUN", chosen.run);
  return chosen;
}

context use_context(context other) {
  return std::exchange(context_in_use(), std::move(other));
}

const std::string& run_directory() { return context_in_use().run; }

const std::string& root_directory() { return context_in_use().root; }

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
  static const std::string directory = [] {
    std::string file = program_file();
    if (file.empty())
      file = std::filesystem::absolute(program_invocation_name).lexically_normal();
    return file.substr(0, file.rfind('/'));
  }();
  return directory;
}

}  // namespace zoomin
