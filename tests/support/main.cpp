// SPDX-License-Identifier: MIT
// main: the main function of tests that need a host. CTest starts a process for each test
// case, so that the comparison before and after concerns one test only.
#define CATCH_CONFIG_RUNNER
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "common/lab/lab_host.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "support/catch.hpp"
#include "support/leftovers.hpp"
#include "support/support.hpp"

namespace {

bool only_lists(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::strncmp(argv[i], "--list", 6) == 0) return true;
  return false;
}

// Removes the runtime's default network, which stays in the kernel intentionally. A
// step's network must have been removed by the step.
void take_down_network() {
  const auto record = zoomin::run_directory() + "/zoomin0/bridge.members.lock";
  if (!zoomin::sys::exists(record)) return;
  if (zoomin::sys::read_file(record).find(" stays ") == std::string::npos) return;
  const auto removed = zoomin::test::shell("zoomin network rm bridge");
  if (removed.status != 0) fmt::print("FAILED: {}", removed.errors);
}

// Fails a test that leaves anything behind.
int run_and_compare(int argc, char** argv) {
  const auto before = zoomin::test::inventory();
  const int failed = Catch::Session().run(argc, argv);
  take_down_network();
  auto left = zoomin::test::difference(before, zoomin::test::inventory());
  // The kernel removes a network namespace a moment after its last process has ended.
  for (int i = 0; i < 500 && !left.empty(); ++i) {
    ::usleep(20'000);
    left = zoomin::test::difference(before, zoomin::test::inventory());
  }
  if (left.empty()) return failed;
  fmt::print("FAILED: the host isn't what it was:\n{}", left);
  return failed + 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (only_lists(argc, argv)) return Catch::Session().run(argc, argv);
  if (::geteuid() != 0) zoomin::test::skip_loudly("these tests need root");
  return zoomin::host::throw_away_host([&] { return run_and_compare(argc, argv); });
}
