// SPDX-License-Identifier: MIT
#include "support/support.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/error.hpp"

namespace zoomin::test {

std::string built(const std::string& name) { return ZOOMIN_BUILD "/" + name; }

run_result run(const std::vector<std::string>& arguments, int seconds) {
  return check::run_to_end(arguments, seconds);
}

run_result shell(const std::string& line, int seconds) {
  return run({"sh", "-c", "PATH=" ZOOMIN_BUILD ":$PATH; " + line}, seconds);
}

scratch::scratch(const std::string& parent) : path_(parent + "/zoomin-test-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw sys::error(errno, "mkdtemp", path_);
}

scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
}

int lines_without_hints(const std::string& errors) {
  std::istringstream lines(errors);
  int count = 0;
  bool in_hint = false;
  for (std::string line; std::getline(lines, line);) {
    in_hint = line.starts_with("hint: ") || (in_hint && line.starts_with("  "));
    if (!in_hint) ++count;
  }
  return count;
}

void skip_loudly(const std::string& reason) {
  fmt::print("SKIPPED: {}\n", reason);
  std::fflush(stdout);
  ::_exit(0);
}

}  // namespace zoomin::test
