// SPDX-License-Identifier: MIT
// main: runs the command that the first words name.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/dispatch.hpp"
#include "cli/errors.hpp"
#include "cli/programs.hpp"
#include "engine.hpp"
#include "security/self_protection.hpp"

using namespace zoomin;

namespace {

// Opens the descriptors 0 to 2 if they are closed; else the next file that is opened
// would become one of them.
void open_standard_descriptors() {
  int fd = 0;
  while ((fd = ::open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) {
  }
  ::close(fd);
}

// Returns true for the commands that make processes in containers: "exec", "container
// exec", and the monitor that "run" executes.
bool enters_containers(const std::vector<std::string_view>& words) {
  constexpr std::array<std::string_view, 3> commands{"exec", "__monitor", "__exec"};
  // For a build, zoomin becomes zoomin-image.
  if (!words.empty() && words[0] == "build")
    return std::string_view(program_invocation_short_name) == cli::image_program;
  const std::size_t at = !words.empty() && words[0] == "container" ? 1 : 0;
  return words.size() > at && std::ranges::find(commands, words[at]) != commands.end();
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // exceeding `ulimit -f` is an error, like a full disk
  try {
    if (enters_containers({argv + 1, argv + argc})) security::protect_program(argv);
  } catch (const std::exception& failure) {
    cli::complain(failure.what());
    return 125;
  }
  engine engine(context_from_environment());
  return cli::run_command(engine, {argv + 1, argv + argc});
}
