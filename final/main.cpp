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

// Opens /dev/null as each of the descriptors 0 to 2 that is closed, so that no other file
// gets one of these numbers.
void open_standard_descriptors() {
  int fd = 0;
  while ((fd = ::open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) {
  }
  ::close(fd);
}

// Returns true for the commands that start processes in containers: exec, build, and the
// internal commands of the monitor and of exec.
bool enters_containers(const std::vector<std::string_view>& words) {
  constexpr std::array<std::string_view, 3> commands{"exec", "__monitor", "__exec"};
  // zoomin itself only executes zoomin-image for a build.
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
