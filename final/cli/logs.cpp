// SPDX-License-Identifier: MIT
// logs: prints what a container has written, its stdout on stdout and its stderr on
// stderr.
#include <time.h>
#include <unistd.h>

#include <array>
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

// Prints lines. An incomplete line waits for its rest, so that the lines of the two
// streams don't mix if stdout and stderr are the same file. print_all() and a limit end
// the wait.
class line_printer {
 public:
  explicit line_printer(bool times) : times_(times) {}

  void take(const record& record) {
    auto& open = open_[static_cast<std::size_t>(record.from)];
    if (record.begins && !(open.pending.empty() && open.is_complete))
      end(open, record.from);
    if (record.begins && record.ends) {
      write_head(record, buffer_for(record.from));
      buffer_ += record.text;
      return;
    }
    if (record.begins) write_head(record, open.pending);
    open.pending += record.text;
    open.is_complete = record.ends;
    if (record.ends || open.pending.size() > max_pending)
      print_pending(open, record.from);
  }

  // Prints the pending lines. To be called when no more records can be read for now.
  void print_all() {
    for (std::size_t at = 0; at < open_.size(); ++at)
      print_pending(open_[at], static_cast<stream>(at));
    flush();
  }

 private:
  struct line {
    std::string pending{};
    bool is_complete = true;
  };
  static constexpr std::size_t max_pending = 1UL << 20;
  static constexpr std::size_t buffer_size = 256UL << 10;

  void write_head(const record& record, std::string& to) const {
    if (record.from == stream::note) to += "zoomin: ";
    if (times_) (to += record.time) += ' ';
  }

  // Ends a line whose end was never written, so that the next record begins a line.
  void end(line& open, stream from) {
    if (open.is_complete) return;
    print_pending(open, from);
    buffer_for(from) += '\n';
    open.is_complete = true;
  }

  void print_pending(line& open, stream from) {
    if (open.pending.empty()) return;
    buffer_for(from) += open.pending;
    open.pending.clear();
  }

  std::string& buffer_for(stream from) {
    const int to = from == stream::out ? STDOUT_FILENO : STDERR_FILENO;
    if (to != to_ || buffer_.size() > buffer_size) flush();
    to_ = to;
    return buffer_;
  }

  void flush() {
    write_all(to_, buffer_);
    buffer_.clear();
  }

  bool times_;
  std::array<line, container::streams> open_{};
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
  line_printer lines(with_times);
  auto reached = log_stream::progress::caught_up;
  do {
    reached = log.next([&](const record& next) {
      lines.take(next);
      return true;
    });
    lines.print_all();
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
