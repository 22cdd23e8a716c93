// SPDX-License-Identifier: MIT
// zoomin: looks at the command word, and runs that command alone.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "security/self_protection.hpp"

using namespace zoomin;

namespace {

// Descriptors 0 to 2 must be open, or the first file we open would become one of them.
void open_standard_descriptors() {
  int fd = 0;
  while ((fd = ::open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) {
  }
  ::close(fd);
}

// "run", "container run".
bool enters_containers(const std::vector<std::string_view>& words) {
  constexpr std::array<std::string_view, 5> result{"run", "start", "restart", "exec",
                                                   "boot"};
  const std::size_t at = !words.empty() && words[0] == "container" ? 1 : 0;
  return words.size() > at && std::ranges::find(result, words[at]) != result.end();
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file over `ulimit -f` is an error, as a full disk
  try {
    if (enters_containers({argv + 1, argv + argc})) security::protect_program(argv);
  } catch (const std::exception& failure) {
    cli::complain(failure.what());
    return 125;
  }
  return cli::run_command({argv + 1, argv + argc});
}
