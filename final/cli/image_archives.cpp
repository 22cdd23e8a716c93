// SPDX-License-Identifier: MIT
// image_archives: load, import and save are the program zoomin-archive's, so that every
// other command starts without the libraries that they need. It is the same process: it
// has our streams, and its exit status is ours.
#include <unistd.h>

#include "cli/command.hpp"
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

int become(const std::string& word, const arguments& all) {
  std::vector<std::string> words{"zoomin-archive", word};
  words.insert(words.end(), all.begin(), all.end());
  std::vector<std::string> environment;
  for (char** one = environ; *one != nullptr; ++one) environment.emplace_back(*one);
  sys::execve(sys::quiet, archive_program(), words, environment);
}

const command load({"load", "image load"}, "takes images out of an archive",
                   [](const arguments& all) { return become("load", all); });
const command import({"import", "image import"},
                     "makes an image of a root file system's archive",
                     [](const arguments& all) { return become("import", all); });
const command save({"save", "image save"}, "puts images into an archive",
                   [](const arguments& all) { return become("save", all); });

}  // namespace

}  // namespace zoomin::cli
