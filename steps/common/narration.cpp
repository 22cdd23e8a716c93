// SPDX-License-Identifier: MIT
#include "common/narration.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/error.hpp"

namespace zoomin::narration {

namespace {

constexpr std::size_t most_skips = 64;

// Which --skip names were met: shared with the container's side, which is another
// process.
using marks = std::array<std::atomic<bool>, most_skips>;

struct story {
  settings how;
  bool in_container = false;
  bool colour = false;
  int told = 0;  // requests so far on this side
  std::size_t columns = 100;
  marks* used = nullptr;
  std::function<void(std::string_view)> warning;
};

story& current() {
  static story one;
  return one;
}

const name*& first_name() {
  static const name* first = nullptr;
  return first;
}

// One write(2) a line: two processes narrate to one stderr. A closed stderr is no error.
void put(const std::string& line) {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

std::string answer(long result, int number) {
  if (result == -1)
    return fmt::format("-1 {} ({})", strerrorname_np(number), strerror(number));
  return fmt::format("{}", result);
}

std::string number_here() {
  auto& now = current();
  return fmt::format("{}{}", now.in_container ? 'C' : 'H', ++now.told);
}

std::string margin() { return current().in_container ? "          " : " "; }

// The call, and behind it (or below it, where the line is full) the words.
std::string in_columns(const std::string& number, const std::string& text,
                       std::string_view words) {
  const auto& now = current();
  const std::string call = fmt::format("{}{:<4}{}", margin(), number, text);
  const std::size_t words_at = now.columns >= 110 ? 64 : 48;
  const std::string shown =
      now.colour ? fmt::format("\033[2m{}\033[0m", words) : std::string(words);
  if (words.empty()) return call + "\n";
  if (call.size() + 2 <= words_at && words_at + words.size() <= now.columns)
    return fmt::format("{:<{}}{}\n", call, words_at, shown);
  return fmt::format("{}\n{}    {}\n", call, margin(), shown);
}

std::string as_json(const std::string& number, const why& reason, const std::string& text,
                    long result, int error) {
  nlohmann::ordered_json line = {{"n", number},
                                 {"id", reason.id->text()},
                                 {"side", current().in_container ? "container" : "host"},
                                 {"pid", ::getpid()},
                                 {"call", text},
                                 {"result", result},
                                 {"words", reason.words}};
  if (result == -1) line["errno"] = strerrorname_np(error);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return size.ws_col;
  return 100;
}

}  // namespace

name::name(const char* text) noexcept : text_(text), next_(first_name()) {
  first_name() = this;
}

std::vector<std::string_view> names() {
  std::vector<std::string_view> all;
  for (const name* one = first_name(); one != nullptr; one = one->next_)
    all.push_back(one->text());
  std::ranges::sort(all);
  return all;
}

void begin(const settings& wanted) {
  const auto known = names();
  for (const auto& skip : wanted.skip)
    if (std::ranges::find(known, skip) == known.end())
      throw usage_error(fmt::format("--skip {}: no request has this name", skip),
                        fmt::format("the names are: {}", fmt::join(known, " ")));
  if (wanted.skip.size() > most_skips)
    throw usage_error(fmt::format("--skip: at most {} names", most_skips));
  auto& now = current();
  now.how = wanted;
  now.columns = terminal_columns();
  now.colour = ::isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  if (wanted.skip.empty()) return;
  void* page = ::mmap(nullptr, sizeof(marks), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw sys::error(errno, "mmap", "marks of --skip");
  now.used = new (page) marks{};
}

void enter_container() noexcept {
  current().in_container = true;
  current().told = 0;
}

void note(std::string_view text) {
  if (current().how.how == style::text) put(fmt::format("{}    {}\n", margin(), text));
}

void warn(std::string_view text) {
  if (current().warning) return current().warning(text);
  put(fmt::format("warning: {}\n", text));
}

void warn_through(std::function<void(std::string_view)> way) {
  current().warning = std::move(way);
}

std::vector<std::string> unused_skips() {
  const auto& now = current();
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < now.how.skip.size(); ++i)
    if (!(*now.used)[i]) unused.push_back(now.how.skip[i]);
  return unused;
}

bool skips(std::string_view id) {
  auto& now = current();
  for (std::size_t i = 0; i < now.how.skip.size(); ++i)
    if (now.how.skip[i] == id) return (*now.used)[i] = true;
  return false;
}

bool watched(const why& reason) noexcept {
  const auto& how = current().how;
  return reason.id != nullptr &&
         (how.how != style::off || how.pause || !how.skip.empty());
}

bool skipped(const why& reason, const std::function<std::string()>& text) {
  if (!skips(reason.id->text())) return false;
  if (current().how.how == style::text)
    put(in_columns("--", text(),
                   fmt::format("left out by --skip {}", reason.id->text())));
  return true;
}

void pause(const std::function<std::string()>& text) {
  if (!current().how.pause) return;
  put(fmt::format("{}next: {}  [Enter] ", margin(), text()));
  const int terminal = ::open("/dev/tty", O_RDONLY | O_CLOEXEC);
  char c = 0;
  while (::read(terminal >= 0 ? terminal : STDIN_FILENO, &c, 1) == 1 && c != '\n') {
  }
  if (terminal >= 0) ::close(terminal);
}

void tell(const why& reason, const std::string& text, long result, int number) {
  const auto how = current().how.how;
  if (how == style::off) return;
  const std::string here = number_here();
  if (how == style::json) return put(as_json(here, reason, text, result, number));
  const std::string shown =
      result == 0 ? text : fmt::format("{} = {}", text, answer(result, number));
  put(in_columns(here, shown, reason.words));
}

}  // namespace zoomin::narration
