// SPDX-License-Identifier: MIT
// logs: prints what a container has written, its stdout on stdout and its stderr on
// stderr.
#include <time.h>
#include <unistd.h>

#include <optional>

#include "base/timestamp.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

using container::record;
using container::stream;

// Prints lines, those of stdout on stdout, all others on stderr.
class line_printer {
 public:
  explicit line_printer(bool times) : times_(times) {}

  void print(const record& line) {
    const int to = line.from == stream::out ? STDOUT_FILENO : STDERR_FILENO;
    if (to != to_ || buffer_.size() > buffer_size) flush();
    to_ = to;
    if (line.begins) add_head(line);
    buffer_ += line.text;
  }

  void flush() {
    write_all(to_, buffer_);
    buffer_.clear();
  }

 private:
  static constexpr std::size_t buffer_size = 256UL << 10;

  void add_head(const record& line) {
    if (line.from == stream::note) buffer_ += "zoomin: ";
    if (times_) (buffer_ += line.time) += ' ';
  }

  bool times_;
  std::string buffer_;
  int to_ = STDOUT_FILENO;
};

container::log_range range_of(const flags& options) {
  container::log_range range;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::string tail = options.text("--tail", "all");
  if (tail != "all" && tail != "-1") range.last = whole_number(options, "--tail");
  if (options.has("--since"))
    range.since = base::parse_timestamp("--since", options.text("--since"), now);
  if (options.has("--until"))
    range.until = base::parse_timestamp("--until", options.text("--until"), now);
  return range;
}

void show(log_stream& log, bool with_times) {
  line_printer printer(with_times);
  container::line_joiner lines;
  const container::line_joiner::taker print = [&](const record& line) {
    printer.print(line);
  };
  auto reached = log_stream::progress::caught_up;
  do {
    reached = log.next([&](const record& next) {
      lines.add(next, print);
      return true;
    });
    lines.flush(print);
    printer.flush();
  } while (reached != log_stream::progress::ended && wait_while_read(log.fd()));
}

int logs(engine& engine, const arguments& words) {
  using enum kind;
  const flags options(
      "logs",
      {{"--follow", 'f', toggle, "follow the output"},
       {"--tail", 'n', text, "number of lines from the end (default all)"},
       {"--since", 0, text, "show lines since a time or duration (10m)"},
       {"--until", 0, text, "show lines until a time or duration (10m)"},
       {"--timestamps", 't', toggle, "show timestamps"}},
      words);
  const auto range = range_of(options);
  std::optional<log_stream> log;
  const int status = for_each(options.rest(1, 1), [&](const std::string& name) {
    log.emplace(engine.logs(name, range, options.on("--follow")));
  });
  if (status == 0) show(*log, options.on("--timestamps"));
  return status;
}

const command logs_command({"logs", "container logs"},
                           {"show the output of a container", "CONTAINER",
                            "zoomin logs -f --tail 20 web",
                            "zoomin logs --since 10m -t web"},
                           logs);

}  // namespace

}  // namespace zoomin::cli
