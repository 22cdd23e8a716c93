// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "cli/archive_program.hpp"

#include "cli/archive_commands.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

namespace {

// Beside our own file, as a build leaves it, or where an installation has it.
std::string archive_program() {
  const std::string beside = program_directory() + "/zoomin-archive";
  const std::string installed = program_directory() + "/../libexec/zoomin/zoomin-archive";
  return sys::exists(beside) || !sys::exists(installed) ? beside : installed;
}

const command load({"load", "image load"}, load_manual,
                   [](const arguments& words) -> int {
                     parse_load(words);
                     become_archive_program("load", words);
                   });
const command import({"import", "image import"}, import_manual,
                     [](const arguments& words) -> int {
                       parse_import(words);
                       become_archive_program("import", words);
                     });
const command exporter({"export", "container export"}, export_manual,
                       [](const arguments& words) -> int {
                         parse_export(words);
                         become_archive_program("export", words);
                       });
const command save({"save", "image save"}, save_manual,
                   [](const arguments& words) -> int {
                     parse_save(words);
                     become_archive_program("save", words);
                   });

}  // namespace

void become_archive_program(const std::string& command, const arguments& words) {
  std::vector<std::string> result{"zoomin-archive", command};
  result.insert(result.end(), words.begin(), words.end());
  std::vector<std::string> environment;
  for (char** character = environ; *character != nullptr; ++character)
    environment.emplace_back(*character);
  sys::execve(sys::quiet, archive_program(), result, environment);
}

}  // namespace zoomin::cli
