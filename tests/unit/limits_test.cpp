// SPDX-License-Identifier: MIT
// Unit tests of the parsers for limits.
#include "04-cgroups/limits.hpp"

#include <cerrno>

#include "common/error.hpp"
#include "support/catch.hpp"

using namespace zoomin;
using namespace zoomin::cgroup;

namespace {

constexpr std::uint64_t mib = 1ULL << 20;
const std::set<unsigned> four{0, 1, 2, 3};

std::uint64_t size(const std::string& text) { return parse_size("--memory", text); }
std::uint64_t cpus(const std::string& text) { return parse_cpus("--cpus", text, 4); }

// Returns the error's text, which must be one line.
template <typename Parse>
std::string error_of(Parse&& parse) {
  try {
    parse();
  } catch (const usage_error& refused) {
    return refused.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("sizes have units in either case, and fractions", "[limits]") {
  for (const char* text : {"30m", "30M", "30mb", "30MB", "30MiB", "31457280", "31457280b",
                           "30720k", "30720KiB"})
    CHECK(size(text) == 30 * mib);
  CHECK(size("0.03g") == 32212254);
  CHECK(size("1.5g") == 1536 * mib);
  CHECK(size(".5g") == 512 * mib);
  CHECK(size("2t") == 2 * mib * mib);
}

TEST_CASE("an invalid size is refused in one line", "[limits]") {
  for (const char* text : {"0",       "-1",
                           "12x",     "1b",
                           "999999t", "nan",
                           "inf",     "0x10",
                           " 64m",    "64m ",
                           "64 m",    "",
                           "m",       "g",
                           ".",       "1.2.3",
                           "30mk",    "30mib2",
                           "-5m",     "+5m",
                           "1e9",     "512",
                           "64\nm",   "6m\xff",
                           "max",     "99999999999999999999999999"}) {
    const auto line = error_of([&] { size(text); });
    INFO(text << ": " << line);
    CHECK(line.starts_with("--memory \""));
  }
}

TEST_CASE("a memory limit below 6 MiB is refused with that number", "[limits]") {
  CHECK(size("6m") == 6 * mib);
  CHECK(error_of([] { size("5.99m"); }) == "--memory \"5.99m\": must be at least 6 MiB");
}

TEST_CASE("a number of processors can have a decimal point", "[limits]") {
  CHECK(cpus("0.5") == 50'000);
  CHECK(cpus(".5") == 50'000);
  CHECK(cpus("1.5") == 150'000);
  CHECK(cpus("4") == 400'000);
  CHECK(cpus("0.01") == 1'000);
  CHECK(cpus("0.333") == 33'300);
}

TEST_CASE("an invalid number of processors is refused in one line", "[limits]") {
  for (const char* text : {"0", "-1", "nan", "inf", "1e-9", "1e1", "0x1", "", " 1", "1 ",
                           "1,5", ".", "0.009", "4.01", "5", "abc", "1m"}) {
    const auto line = error_of([&] { cpus(text); });
    INFO(text << ": " << line);
    CHECK(line.starts_with("--cpus \""));
  }
  CHECK(error_of([] { cpus("100"); }) == "--cpus \"100\": this machine has 4");
}

TEST_CASE("a list of processors has the kernel's format", "[limits]") {
  const auto list = [](const char* text) {
    return parse_processors("--cpuset-cpus", text, four);
  };
  CHECK(list("0") == std::set<unsigned>{0});
  CHECK(list("0-2") == std::set<unsigned>{0, 1, 2});
  CHECK(list("3,0-1,1") == std::set<unsigned>{0, 1, 3});
  for (const char* text : {"", "-", "0-", "-1", "0,", ",0", "2-1", "a", "0 1", "0-1-2",
                           "99999999999", "0-99999999", "4", "0-4", " 0", "0\n"})
    CHECK(error_of([&] { list(text); }).starts_with("--cpuset-cpus \""));
  CHECK(error_of([&] { list("0,7"); }) ==
        "--cpuset-cpus \"0,7\": no processor 7: this machine has 0-3");
}

TEST_CASE("lists of processors are written in the kernel's format", "[limits]") {
  CHECK(processors_text({0, 1, 2, 5, 7, 8}) == "0-2,5,7-8");
  CHECK(processors_text({3}) == "3");
  CHECK(processors_of("0-2,5,7-8") == std::set<unsigned>{0, 1, 2, 5, 7, 8});
}

TEST_CASE("a number of processes is 1 or more, or unlimited", "[limits]") {
  const auto count = [](const char* text) { return parse_count("--pids-limit", text); };
  CHECK(count("1") == 1);
  CHECK(count("32") == 32);
  CHECK(count("max") == unlimited);
  CHECK(count("-1") == unlimited);
  for (const char* text : {"0", "-2", "", " 1", "1 ", "1k", "0x10", "1.5", "+1", "nan",
                           "4194305", "99999999999999999999"})
    CHECK(error_of([&] { count(text); }).starts_with("--pids-limit \""));
}

TEST_CASE("swap is counted with memory, and is not less than it", "[limits]") {
  typed_limits typed;
  typed.memory = "64m";
  CHECK(!parse(typed, four).memory_swap_bytes);
  typed.memory_swap = "96m";
  CHECK(parse(typed, four).memory_swap_bytes == 96 * mib);
  typed.memory_swap = "64m";
  CHECK(parse(typed, four).memory_swap_bytes == 64 * mib);
  typed.memory_swap = "-1";
  CHECK(parse(typed, four).memory_swap_bytes == unlimited);
  typed.memory_swap = "32m";
  CHECK(error_of([&] { parse(typed, four); }) ==
        "--memory-swap \"32m\": less than --memory, which is 64 MiB");
  typed.memory.reset();
  CHECK(error_of([&] { parse(typed, four); }) == "--memory-swap \"32m\": needs --memory");
}

TEST_CASE("sizes are shown in the greatest unit that fits", "[limits]") {
  CHECK(size_text(64 * mib) == "64 MiB");
  CHECK(size_text(67'000'000) == "63.9 MiB");
  CHECK(size_text(0) == "0 B");
  CHECK(size_text(1023) == "1023 B");
  CHECK(size_text(1536) == "1.5 KiB");
  CHECK(size_text(2 * mib * mib) == "2 TiB");
  CHECK(size_text(unlimited) == "unlimited");
}

TEST_CASE("the hint for a read-only cgroup file system names --privileged", "[limits]") {
  const auto hint = [](int number, const char* object) {
    return hint_for(sys::error(number, "mkdir", object));
  };
  CHECK(hint(EROFS, "/sys/fs/cgroup/zoomin").find("--privileged") != std::string::npos);
  CHECK(hint(EROFS, "/srv/zoomin").empty());
}
