// SPDX-License-Identifier: MIT
// zoomin: looks at the command word, and runs that command alone.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cli/command.hpp"

using namespace zoomin;

namespace {

// Descriptors 0 to 2 must be open, or the first file we open would become one of them.
void open_standard_descriptors() {
  int fd = 0;
  while ((fd = ::open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) {
  }
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);
  return cli::run_command({argv + 1, argv + argc});
}
