// SPDX-License-Identifier: MIT
// Unit tests of the log's records, times and files.
#include "container/log/writer.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/timestamp.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "support/catch.hpp"
#include "unit/directory.hpp"

using namespace zoomin;
using zoomin::container::stream;

namespace {

// Returns the file's records without their times.
std::vector<std::string> records(const std::string& path) {
  std::vector<std::string> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    result.push_back(line.size() > 31 ? line.substr(31) : line);
  return result;
}

using lines = std::vector<std::string>;

timespec at(time_t seconds, long nanoseconds = 0) { return {seconds, nanoseconds}; }

std::string moment(const std::string& text) {
  return base::parse_timestamp("--since", text, at(1'700'000'000, 500));
}

}  // namespace

TEST_CASE("a log has a record for each line, and marks partial lines", "[log]") {
  const directory where;
  {
    container::log_writer log(where.path);
    log.write(stream::out, "one\ntwo\nthr");
    log.write(stream::err, "other\n");
    log.write(stream::out, "ee");
    log.write(stream::out, "!\n\nfour");
  }
  CHECK(records(where.path + "/log") ==
        lines{"stdout F one", "stdout F two", "stdout P thr", "stderr F other",
              "stdout P+ee", "stdout F+!", "stdout F ", "stdout P four"});
}

TEST_CASE("a log that is opened again continues after an incomplete record", "[log]") {
  const directory where;
  { container::log_writer(where.path).write(stream::out, "first\n"); }
  std::filesystem::resize_file(where.path + "/log", container::head_size + 3);
  { container::log_writer(where.path).write(stream::out, "second\n"); }
  CHECK(records(where.path + "/log") == lines{"stdout F fir", "stdout F second"});
}

TEST_CASE("a rotated log keeps the requested number of files", "[log]") {
  const directory where;
  const container::log_config limits{.max_size = 100, .max_files = 3};
  for (int run = 0; run < 2; ++run) {
    container::log_writer log(where.path, limits);
    for (int i = 0; i < 10; ++i) log.write(stream::out, "line\nline\n");
  }
  CHECK(container::rotated_logs(where.path) ==
        std::vector<container::log_number>{18, 19});
  CHECK(records(where.path + "/log") == lines{"stdout F line", "stdout F line"});
  CHECK(records(where.path + "/log.18") == lines{"stdout F line", "stdout F line"});
}

TEST_CASE("a log with one file starts again from the beginning", "[log]") {
  const directory where;
  container::log_writer log(where.path, {.max_size = 50, .max_files = 1});
  log.write(stream::out, "one\ntwo\nthree\n");
  CHECK(container::rotated_logs(where.path).empty());
  CHECK(records(where.path + "/log") == lines{"stdout F three"});
}

TEST_CASE("rotation keeps the file that a reader has locked, and later ones", "[log]") {
  const directory where;
  container::log_writer log(where.path, {.max_size = 50, .max_files = 1});
  log.write(stream::out, "one\n");
  auto reader = sys::open(where.path + "/log", O_RDONLY);
  REQUIRE(sys::try_lock(reader.get(), false));
  log.write(stream::out, "two\nthree\n");
  CHECK(container::rotated_logs(where.path) == std::vector<container::log_number>{1, 2});
  reader.reset();
  log.write(stream::out, "four\n");
  CHECK(container::rotated_logs(where.path).empty());
}

TEST_CASE("records that don't fit are dropped, and counted in a later record", "[log]") {
  const directory where;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  container::log_writer log(where.path);
  log.write(stream::out, "fits\nbegun");
  const rlimit small{.rlim_cur = 150, .rlim_max = old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  log.write(stream::out, " and lost\nnext\n");
  log.write(stream::out, "also lost\n");
  const auto full = records(where.path + "/log");
  ::setrlimit(RLIMIT_FSIZE, &old);
  log.write(stream::out, "again\n");

  CHECK(full == lines{"stdout F fits", "stdout P begun", "stdout F+ and lost"});
  CHECK(records(where.path + "/log") ==
        lines{"stdout F fits", "stdout P begun", "stdout F+ and lost",
              "zoomin F 15 bytes of output were lost here: No space left on device",
              "stdout F again"});
}

TEST_CASE("a record is read as it was written", "[log]") {
  const auto time = base::timestamp_text(at(1, 2));
  for (const bool begins : {true, false})
    for (const bool ends : {true, false}) {
      const container::record written{
          .time = time, .from = stream::err, .begins = begins, .ends = ends};
      const auto head = container::head_of(written);
      const auto line = std::string(head.begin(), head.end()) + "te xt\n";
      container::record read;
      REQUIRE(container::parse_record(line, read));
      CHECK(read.time == "1970-01-01T00:00:01.000000002Z");
      CHECK(read.from == stream::err);
      CHECK(read.begins == begins);
      CHECK(read.ends == ends);
      CHECK(read.text == (ends ? "te xt\n" : "te xt"));
      for (std::size_t cut = 0; cut < container::head_size; ++cut)
        CHECK(!container::parse_record(line.substr(0, cut) + "\n", read));
      for (const char* not_a_time : {"x970", "1970:", "1970-01-01x"}) {
        std::string other = line;
        other.replace(0, std::string_view(not_a_time).size(), not_a_time);
        CHECK(!container::parse_record(other, read));
      }
    }
}

TEST_CASE("times are parsed in the usual formats", "[log]") {
  ::setenv("TZ", "UTC-2", 1);  // two hours east
  ::tzset();
  CHECK(moment("0") == "1970-01-01T00:00:00.000000000Z");
  CHECK(moment("1769860800.25") == "2026-01-31T12:00:00.250000000Z");
  CHECK(moment("99999999999999999") == "9999-12-31T23:59:59.000000000Z");
  CHECK(moment("2026-01-31T12:00:00Z") == "2026-01-31T12:00:00.000000000Z");
  CHECK(moment("2026-01-31T12:00:00.5+01:00") == "2026-01-31T11:00:00.500000000Z");
  CHECK(moment("2026-01-31T12:00:00") == "2026-01-31T10:00:00.000000000Z");
  CHECK(moment("2026-01-31T12:00") == "2026-01-31T10:00:00.000000000Z");
  CHECK(moment("2026-01-31") == "2026-01-30T22:00:00.000000000Z");
  CHECK(moment("10m") == "2023-11-14T22:03:20.000000500Z");
  CHECK(moment("1h0.5m") == "2023-11-14T21:12:50.000000500Z");
  CHECK(moment("1500ms") == "2023-11-14T22:13:18.500000500Z");
  CHECK(moment("999999h") == "1970-01-01T00:00:00.000000000Z");
  ::unsetenv("TZ");
  ::tzset();
}

TEST_CASE("an invalid time is refused", "[log]") {
  for (const char* text : {"", "x", "10", "m", "10x", "1h30", "2026-02-31", "2026-13-01",
                           "2026-01-31T12:00:00+1", "-5m", "1.m", "1.2.3s",
                           "99999999999999999999", "2026-01-31 "}) {
    if (std::string(text) == "10") continue;  // ten seconds after 1970 began
    CHECK_THROWS_AS(moment(text), usage_error);
  }
}

TEST_CASE("lines parsed one after the other give the same as alone", "[log]") {
  const std::string time = "2026-01-31T12:00:00.000000001Z ";
  container::record_parser parser;
  for (const std::string& line :
       lines{time + "stdout F one\n", time + "stdout F two\n", time + "stdout F two",
             time + "stdout P thr\n", time + "stdout F+ee\n", time + "stdout F+\n",
             time + "stdout F \n", time + "stderr F \n", "damaged\n", "\n", time + "\n",
             time + "stderr F four\n", time + "stderr X four\n", time + "stderr F five\n",
             "2026-01-31T12:00:00.000000002Z stderr F five\n"}) {
    INFO(line);
    container::record alone, here;
    const bool is_one = container::parse_record(line, alone);
    REQUIRE(parser.parse(line, here) == is_one);
    if (!is_one) continue;
    CHECK(here.time == alone.time);
    CHECK(here.from == alone.from);
    CHECK(here.begins == alone.begins);
    CHECK(here.ends == alone.ends);
    CHECK(here.text == alone.text);
    here.begins = !here.begins;  // as a reader may
  }
}
