// SPDX-License-Identifier: MIT
// Unit tests of the figures of `stats`.
#include "docker/stats.hpp"

#include "support/catch.hpp"

using namespace zoomin;

namespace {

docker::usage_reading reading_of(std::chrono::seconds at, std::uint64_t cpu_time_us) {
  docker::usage_reading reading{};
  reading.at += at;
  reading.used.group.cpu_time_us = cpu_time_us;
  return reading;
}

}  // namespace

TEST_CASE("CPU % compares two readings, and is 0 after a restart between them") {
  using std::chrono::seconds;
  const auto before = reading_of(seconds(10), 3'000'000);
  CHECK(docker::cpu_percent(before, reading_of(seconds(12), 4'000'000)) == 50);
  CHECK(docker::cpu_percent(before, reading_of(seconds(12), 7'000'000)) == 200);
  CHECK(docker::cpu_percent(before, reading_of(seconds(12), 3'000'000)) == 0);
  CHECK(docker::cpu_percent(before, reading_of(seconds(12), 40'000)) == 0);
}
