// SPDX-License-Identifier: MIT
// The main of the tests that need a host. CTest starts one process for each test case, so
// that what is compared before and after is one test's doing.
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

// The runtime's default network stays in the kernel by intention, and must leave it when
// asked. What a step made must have gone by itself.
void take_down_network() {
  const auto record = zoomin::run_directory() + "/zoomin0/bridge.members.lock";
  if (!zoomin::sys::exists(record)) return;
  if (zoomin::sys::read_file(record).find(" stays ") == std::string::npos) return;
  const auto removed = zoomin::test::shell("zoomin network rm bridge");
  if (removed.status != 0) fmt::print("FAILED: {}", removed.errors);
}

// Leftovers of a test fail it, whatever it asserted.
int run_and_compare(int argc, char** argv) {
  const auto before = zoomin::test::inventory();
  const int failed = Catch::Session().run(argc, argv);
  take_down_network();
  auto left = zoomin::test::difference(before, zoomin::test::inventory());
  // The kernel takes a network namespace down a moment after its last process's end.
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
