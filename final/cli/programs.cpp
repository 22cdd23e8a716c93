// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "cli/programs.hpp"

#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

std::string program_path(const std::string& program) {
  const std::string directory = program_directory();
  const std::string beside = directory + "/" + program;
  const std::string installed = directory + "/../libexec/zoomin/" + program;
  return sys::exists(beside) || !sys::exists(installed) ? beside : installed;
}

void become_program(const std::string& program, const std::string& command,
                    const arguments& words) {
  const std::string path = program_path(program);
  // The first word must be the path, because program_directory() reads it.
  std::vector<std::string> all_words{path, command};
  all_words.insert(all_words.end(), words.begin(), words.end());
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.emplace_back(*variable);
  sys::execve(sys::quiet, path, all_words, environment);
}

}  // namespace zoomin::cli
