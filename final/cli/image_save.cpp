// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/progress.hpp"
#include "common/sys.hpp"
#include "image/load.hpp"

namespace zoomin::cli {

namespace {

// A device or a pipe, into which the archive is written as it comes.
bool is_special(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode) &&
         !S_ISDIR(found.st_mode);
}

// Whole under its own name, or not at all.
void save_to_file(const arguments& images, const std::string& path) {
  std::string temporary = path + ".XXXXXX";
  const unique_fd file(sys::check(
      "mkstemp", path, [&] { return ::mkostemp(temporary.data(), O_CLOEXEC); }));
  try {
    image::save(images, file.get());
    sys::check("rename", path, [&] { return ::rename(temporary.c_str(), path.c_str()); });
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

int save_images(const arguments& all) {
  const flags asked("image save",
                    {{"--output", 'o', kind::text, "", "a file; else it is stdout"}},
                    all);
  if (asked.rest().empty()) throw misuse("image save: which image?");
  const std::string path = asked.text("--output");
  if (path.empty() && ::isatty(STDOUT_FILENO) == 1)
    throw usage_error("image save: stdout is a terminal", "zoomin save -o ARCHIVE IMAGE");
  const progress shown("Saving", false);
  if (path.empty())
    image::save(asked.rest(), STDOUT_FILENO);
  else if (is_special(path))
    image::save(asked.rest(), sys::open(path, O_WRONLY).get());
  else
    save_to_file(asked.rest(), path);
  return 0;
}

const command save({"save"}, "puts images into an archive", save_images);

}  // namespace

}  // namespace zoomin::cli
