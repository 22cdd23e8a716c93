// SPDX-License-Identifier: MIT
#include "cli/output.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

namespace {

// Returns true for a device or a pipe, to which the archive is written directly.
bool is_special(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode) &&
         !S_ISDIR(found.st_mode);
}

void write_file(const std::string& path, const std::function<void(int)>& write) {
  std::string temporary = path + ".XXXXXX";
  const unique_fd file(sys::check(
      "mkstemp", path, [&] { return ::mkostemp(temporary.data(), O_CLOEXEC); }));
  try {
    write(file.get());
    sys::check("rename", path, [&] { return ::rename(temporary.c_str(), path.c_str()); });
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

void write_output(const std::string& path, const std::string& hint,
                  const std::function<void(int)>& write) {
  if (path.empty() && ::isatty(STDOUT_FILENO) == 1)
    throw usage_error("cowardly refusing to save to a terminal", hint);
  if (path.empty())
    write(STDOUT_FILENO);
  else if (is_special(path))
    write(sys::open(path, O_WRONLY).get());
  else
    write_file(path, write);
}

}  // namespace zoomin::cli
