// SPDX-License-Identifier: MIT
// Unit tests of the log reader, while the log is written and rotated.
#include "container/log/reader.hpp"

#include <filesystem>
#include <vector>

#include "container/log/line_joiner.hpp"
#include "container/log/writer.hpp"
#include "support/catch.hpp"
#include "unit/directory.hpp"

using namespace zoomin;
using container::log_range;
using zoomin::container::stream;

namespace {

std::string next_of(container::log_reader& reader) {
  std::string result;
  reader.read([&](const container::record& record) {
    if (record.begins) result += record.from == stream::err ? '!' : '>';
    result += record.text;
    return true;
  });
  return result;
}

std::string all_of(const std::string& path, const log_range& range = {}) {
  container::log_reader reader(path, range);
  return next_of(reader);
}

}  // namespace

TEST_CASE("a reader continues where it stopped, across files", "[log]") {
  const directory where;
  container::log_reader reader(where.path, {});
  CHECK(next_of(reader) == "");
  container::log_writer log(where.path, {.max_size = 100, .max_files = 1});
  CHECK(next_of(reader) == "");
  for (int round = 0; round < 3; ++round) {
    log.write(stream::out, "one\n");
    CHECK(next_of(reader) == ">one\n");
    log.write(stream::out, "two\nthree\nfour\nfi");
    log.write(stream::err, "other\n");
    log.write(stream::out, "ve\n");
    CHECK(next_of(reader) == ">two\n>three\n>four\n>fi!other\nve\n");
  }
}

TEST_CASE("a reader that is stopped continues behind the last record that it gave",
          "[log]") {
  const directory where;
  container::log_writer log(where.path, {.max_size = 100, .max_files = 9});
  log.write(stream::out, "one\ntw");
  container::log_reader reader(where.path, {});
  std::string seen;
  const auto take_one = [&](const container::record& record) {
    seen += record.begins ? ">" : "+";
    seen += record.text;
    return false;
  };
  CHECK_FALSE(reader.read(take_one));
  CHECK(seen == ">one\n");
  log.write(stream::out, "o\nthree\n");  // the file is renamed while it is read
  log.write(stream::err, "four\n");
  int calls = 1;
  while (!reader.read(take_one)) ++calls;
  CHECK(calls == 5);
  CHECK(seen == ">one\n>tw+o\n>three\n>four\n");
  CHECK(container::rotated_logs(where.path).size() > 1);
  log.write(stream::out, "five\n");
  CHECK_FALSE(reader.read(take_one));
  CHECK(reader.read(take_one));
  CHECK(seen.ends_with(">four\n>five\n"));
}

TEST_CASE("a reader that is stopped keeps its selection of lines", "[log]") {
  const directory where;
  container::log_writer log(where.path);
  log.write(stream::out, "one\ntwo, ");
  log.write(stream::err, "three\n");
  log.write(stream::out, "its end\nfour\n");
  container::log_reader reader(where.path, {.last = 3});
  std::string seen;
  const auto take_one = [&](const container::record& record) {
    seen += record.text;
    return false;
  };
  while (!reader.read(take_one)) continue;
  CHECK(seen == "two, three\nits end\nfour\n");
}

TEST_CASE("the last lines are found from the end, across files, even long ones",
          "[log]") {
  const directory where;
  container::log_writer log(where.path, {.max_size = 400'000, .max_files = 9});
  const std::string very_long(900'000, 'x');
  log.write(stream::out, "one\n" + very_long + "\nthree\n");
  log.write(stream::out, "four, ");
  log.write(stream::err, "five\n");
  log.write(stream::out, "its end\n");
  const auto last = [&](std::uint64_t lines) { return all_of(where.path, {lines}); };
  CHECK(last(0) == "");
  CHECK(last(1) == "!five\n");
  CHECK(last(2) == ">four, !five\nits end\n");
  CHECK(last(3) == ">three\n>four, !five\nits end\n");
  CHECK(last(4) == ">" + very_long + "\n>three\n>four, !five\nits end\n");
  CHECK(last(5) == all_of(where.path));
  CHECK(last(6) == all_of(where.path));
  CHECK(last(5).starts_with(">one\n>xxx"));
}

TEST_CASE("the rest of a line whose beginning was rotated away is a line", "[log]") {
  const directory where;
  container::log_writer log(where.path, {.max_size = 100, .max_files = 1});
  log.write(stream::out, std::string(90, 'x'));
  log.write(stream::out, "end\n");
  CHECK(all_of(where.path) == ">end\n");
}

TEST_CASE("the lines of two streams don't mix when they are joined", "[log]") {
  const directory where;
  {
    container::log_writer log(where.path);
    log.write(stream::out, "one, ");
    log.write(stream::err, "two, ");
    log.write(stream::out, "its end\nthree");
    log.write(stream::err, "its end\n");
  }
  container::log_writer(where.path).write(stream::out, "four\nfive, ");
  container::log_reader reader(where.path, {});
  container::line_joiner joiner;
  std::string seen;
  const auto take = [&](const container::record& line) {
    if (line.begins) seen += line.from == stream::err ? '!' : '>';
    seen += line.text;
  };
  const auto read_on = [&] {
    reader.read([&](const container::record& part) {
      joiner.add(part, take);
      return true;
    });
  };
  read_on();
  CHECK(seen == ">one, its end\n!two, its end\n>three\n>four\n");
  joiner.flush(take);
  CHECK(seen.ends_with(">four\n>five, "));
  container::log_writer(where.path).write(stream::out, "six\n");
  read_on();
  CHECK(seen.ends_with(">five, \n>six\n"));
}

TEST_CASE("a line of more than 1 MiB is joined in parts", "[log]") {
  container::line_joiner joiner;
  std::vector<container::record> taken;
  std::string text;
  const auto take = [&](const container::record& line) {
    taken.push_back(line);
    text += line.text;
  };
  const std::string part(container::max_text, 'x');
  for (int number = 0; number < 20; ++number)
    joiner.add({.time = {}, .begins = number == 0, .ends = number == 19, .text = part},
               take);
  REQUIRE(taken.size() == 2);
  CHECK((taken[0].begins && !taken[0].ends));
  CHECK((!taken[1].begins && taken[1].ends));
  CHECK(text.size() == 20 * part.size());
}

TEST_CASE("damaged records are skipped", "[log]") {
  const directory where;
  container::log_writer log(where.path);
  log.write(stream::out, "one\n");
  std::filesystem::resize_file(where.path + "/log", container::head_size + 2000);
  log.write(stream::out, "lost with what is before\ntwo\n");
  CHECK(all_of(where.path) == ">one\n>two\n");
  CHECK(all_of(where.path, {2}) == ">one\n>two\n");
}
