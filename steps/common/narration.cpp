// SPDX-License-Identifier: MIT
#include "common/narration.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>
#include <set>

#include "common/brief.hpp"
#include "common/columns.hpp"
#include "common/error.hpp"
#include "common/names.hpp"
#include "common/pause.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"

namespace zoomin::narration {

namespace {

constexpr std::size_t max_skips = 64;

// The --skip names that were used. They are shared with the container's side, which is
// another process.
using marks = std::array<std::atomic<bool>, max_skips>;

struct state {
  settings options;
  bool in_container = false;
  bool colour = false;
  bool over = false;         // the container has ended
  bool interrupted = false;  // Ctrl-C was pressed at a pause
  int count = 0;             // requests so far on this side
  std::size_t columns = 100;
  int fd = STDERR_FILENO;
  int record = -1;                         // the file of --record
  unique_fd owned_record;                  // that file, if this process owns it
  narration::brief brief;                  // not shown yet
  std::string heading;                     // not shown yet
  std::set<std::string, std::less<>> met;  // mechanisms before which it has paused
  marks* used = nullptr;
  std::function<void(std::string_view)> warning;
};

state& current() {
  static state instance;
  return instance;
}

const name*& first_name() {
  static const name* first = nullptr;
  return first;
}

const mechanism*& first_mechanism() {
  static const mechanism* first = nullptr;
  return first;
}

std::string answer(long result, int number) {
  if (result == -1)
    return fmt::format("-1 {} ({})", error_name(number), strerror(number));
  return fmt::format("{}", result);
}

std::string number_of_next() {
  const auto& now = current();
  return fmt::format("{}{}", now.in_container ? 'C' : 'H', now.count + 1);
}

void put_line(const std::string& number, const std::string& call,
              std::string_view words) {
  const auto& now = current();
  put(columns::lay_out({now.in_container, number, call, words}, now.columns, now.colour));
}

// Makes one write(2) for each line, since two processes narrate to one stderr.
void write_out(std::string_view text) noexcept {
  [[maybe_unused]] const auto ignored = ::write(current().fd, text.data(), text.size());
}

void write_heading() noexcept {
  if (current().heading.empty()) return;
  write_out(current().heading);
  current().heading.clear();
}

void put_json(const nlohmann::ordered_json& line) {
  put(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void write_record(const nlohmann::ordered_json& line) {
  if (current().record < 0) return;
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  [[maybe_unused]] const auto ignored =
      ::write(current().record, text.data(), text.size());
}

// Returns CLOCK_MONOTONIC in microseconds, which is the same on both sides.
std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

// Returns the words and the subject: "a new cgroup: memory".
std::string whole_words(const why& reason) {
  if (reason.subject.empty()) return std::string(reason.words);
  if (reason.words.empty()) return std::string(reason.subject);
  return fmt::format("{}: {}", reason.words, reason.subject);
}

nlohmann::ordered_json as_json(const why& reason, const std::string& text) {
  return {{"n", number_of_next()},
          {"us", now_us()},
          {"id", reason.id->text()},
          {"side", current().in_container ? "container" : "host"},
          {"pid", ::getpid()},
          {"call", text},
          {"words", whole_words(reason)},
          {"subject", reason.subject}};
}

// Returns whether `id` is `name` or a request below it: "dev.null" is below "dev".
bool is_below(std::string_view id, std::string_view name) {
  return id.starts_with(name) && (id.size() == name.size() || id[name.size()] == '.');
}

bool is_known(const std::vector<std::string_view>& known, std::string_view name) {
  return std::ranges::any_of(known, [&](auto id) { return is_below(id, name); });
}

// Returns whether --pause stops before this request.
bool stops_before(std::string_view id) {
  auto& now = current();
  const std::string stop = now.options.pause.value_or("");
  if (stop == "all") return true;
  if (stop.empty()) return now.met.emplace(mechanism_of(id)).second;
  if (!is_below(id, stop)) return false;
  now.options.pause.reset();
  return true;
}

// Shows what comes next: in the brief style with the mechanism's name.
void show_next(const why& reason, const std::string& call) {
  const auto& now = current();
  if (now.options.style == style::json) return put_json({{"next", call}});
  const auto name = fmt::format("{}: ", mechanism_of(reason.id->text()));
  put(fmt::format("{}next: {}{}  [Enter] ", now.in_container ? "          " : " ",
                  now.options.style == style::brief ? name : "", call));
}

// Returns false for results that say nothing new: 0, and the size of a write.
bool worth_showing(const std::string& text, long result) {
  return result == -1 || (result != 0 && !text.starts_with("write("));
}

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

}  // namespace

void put(std::string_view text) noexcept {
  show_brief();
  write_heading();
  write_out(text);
}

void show_brief() noexcept {
  auto& now = current();
  if (now.brief.empty()) return;
  write_heading();
  write_out(now.brief.lay_out(now.in_container, now.columns, now.colour));
  now.brief.clear();
}

void set_output(int fd) noexcept {
  show_brief();
  current().fd = fd;
  if (fd < 0) current().options.style = style::off;
}

int output() noexcept { return current().fd; }

name::name(const char* text) noexcept : text_(text), next_(first_name()) {
  first_name() = this;
}

std::vector<std::string_view> names() {
  std::vector<std::string_view> result;
  for (const name* entry = first_name(); entry != nullptr; entry = entry->next_)
    result.push_back(entry->text());
  std::ranges::sort(result);
  return result;
}

mechanism::mechanism(const char* name, const char* words) noexcept
    : name_(name), words_(words), next_(first_mechanism()) {
  first_mechanism() = this;
}

std::string_view words_of(std::string_view mechanism) {
  for (const auto* entry = first_mechanism(); entry != nullptr; entry = entry->next_)
    if (entry->name_ == mechanism) return entry->words_;
  return {};
}

std::string_view mechanism_of(std::string_view id) { return id.substr(0, id.find('.')); }

void validate_skips(const std::vector<std::string>& skips) {
  const auto known = names();
  for (const auto& skip : skips)
    if (!is_known(known, skip))
      throw usage_error(fmt::format("--skip {}: no request has this name", skip),
                        fmt::format("the names are: {}", fmt::join(known, " ")));
  if (skips.size() > max_skips)
    throw usage_error(fmt::format("--skip: at most {} names", max_skips));
}

void validate_pause(const std::string& name) {
  const auto known = names();
  if (name.empty() || name == "all" || is_known(known, name)) return;
  throw usage_error(fmt::format("--pause={}: no request has this name", name),
                    fmt::format("expected all or one of: {}", fmt::join(known, " ")));
}

void begin(const settings& options) {
  validate_skips(options.skip);
  validate_pause(options.pause.value_or(""));
  auto& now = current();
  now.options = options;
  now.columns = columns::width();
  now.count = 0;
  now.over = false;
  now.colour = wants_colour();
  // Ctrl-C at a pause in the container reaches the host's side too, which must survive it
  // to clean up.
  if (options.pause) survive_interrupts();
  if (options.skip.empty()) return;
  void* page = ::mmap(nullptr, sizeof(marks), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw sys::error(errno, "mmap", "marks of --skip");
  now.used = new (page) marks{};
}

void enter_container() noexcept {
  current().in_container = true;
  current().count = 0;
  current().brief.clear();  // the host's side shows these
  current().heading.clear();
}

void begin_with(std::string heading) { current().heading = std::move(heading); }

void note(std::string_view text) {
  const auto& now = current();
  if (now.options.style == style::full || now.options.style == style::brief)
    put(columns::lay_out_note(now.in_container, text, now.columns));
}

void warn(std::string_view text) {
  if (current().warning) return current().warning(text);
  if (current().options.style == style::json) return put_json({{"warning", text}});
  put(fmt::format("warning: {}\n", text));
}

warning_scope::warning_scope(handler receiver)
    : before_(std::exchange(current().warning, std::move(receiver))) {}

warning_scope::~warning_scope() { current().warning = std::move(before_); }

std::vector<std::string> unused_skips() {
  const auto& now = current();
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < now.options.skip.size(); ++i)
    if (!(*now.used)[i]) unused.push_back(now.options.skip[i]);
  return unused;
}

bool skips(std::string_view id) {
  auto& now = current();
  for (std::size_t i = 0; i < now.options.skip.size(); ++i)
    if (is_below(id, now.options.skip[i])) return (*now.used)[i] = true;
  return false;
}

bool watched(const why& reason) noexcept {
  const auto& options = current().options;
  return reason.id != nullptr && (options.style != style::off || records() ||
                                  options.pause.has_value() || !options.skip.empty());
}

bool skipped(const why& reason, const std::function<std::string()>& text) {
  const auto id = reason.id->text();
  if (!skips(id)) return false;
  if (records()) {
    auto line = as_json(reason, text());
    line["left_out"] = true;
    write_record(line);
  }
  if (current_style() == style::full)
    put_line("--", text(), fmt::format("left out by --skip {}", id));
  if (current_style() == style::brief)
    current().brief.add({id, reason.words, reason.subject, text(), {}, true});
  return true;
}

void pause(const why& reason, const std::function<std::string()>& text) {
  auto& now = current();
  // There are no pauses while a failure is being cleaned up.
  if (!now.options.pause || std::uncaught_exceptions() > 0) return;
  if (!stops_before(reason.id->text())) return;
  const blocked_interrupt answer;
  show_next(reason, text());
  if (answer.wait_for_enter()) return;
  put("\n");
  if (!now.over) interrupt();
  now.interrupted = true;  // the cleanup goes on without pauses
  now.options.pause.reset();
}

void interrupt() {
  current().interrupted = true;
  current().options.pause.reset();
  throw sys::error(EINTR, "pause", "Ctrl-C");
}

bool interrupted() noexcept { return current().interrupted; }

void container_is_over() noexcept { current().over = true; }

void announce(const why& reason, const std::string& text) {
  const auto style = current_style();
  if (records()) write_record(as_json(reason, text));
  if (style == style::json) put_json(as_json(reason, text));
  if (style == style::full) put_line(number_of_next(), text, whole_words(reason));
  if (style != style::brief) return;
  current().brief.add({reason.id->text(), reason.words, reason.subject, text, {}});
  show_brief();
}

void report(const why& reason, const std::string& text, long result, int number) {
  auto& now = current();
  const auto style = now.options.style;
  if (style == style::json || records()) {
    auto line = as_json(reason, text);
    line["result"] = result;
    if (result == -1) line["errno"] = error_name(number);
    write_record(line);
    if (style == style::json) put_json(line);
  }
  if (style == style::full)
    put_line(number_of_next(),
             worth_showing(text, result)
                 ? fmt::format("{} = {}", text, answer(result, number))
                 : text,
             whole_words(reason));
  if (style == style::brief)
    now.brief.add({reason.id->text(), reason.words, reason.subject, text,
                   result == -1 ? error_name(number) : ""});
  ++now.count;
}

style current_style() noexcept { return current().options.style; }

void put_event(std::string_view name, std::string_view value) {
  put_json({{std::string(name), value}, {"us", now_us()}});
}

void put_fields(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  nlohmann::ordered_json line;
  for (const auto& [name, value] : fields) line[std::string(name)] = value;
  put_json(line);
}

unique_fd start_record() {
  constexpr int lowest = 10;  // the gate and the narration use the numbers from 3
  const unique_fd made(sys::check("memfd_create", "record",
                                  [] { return ::memfd_create("record", MFD_CLOEXEC); }));
  unique_fd file(sys::check(
      "fcntl", "record", [&] { return ::fcntl(made.get(), F_DUPFD_CLOEXEC, lowest); }));
  current().record = file.get();
  return file;
}

void continue_record(unique_fd file) noexcept {
  current().record = file.get();
  current().owned_record = std::move(file);
}

void end_record() noexcept {
  current().record = -1;
  current().owned_record.reset();
}

int record_file() noexcept { return current().record; }

bool records() noexcept { return current().record >= 0; }

void record(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  if (!records()) return;
  nlohmann::ordered_json line;
  for (const auto& [name, value] : fields) line[std::string(name)] = value;
  write_record(line);
}

int move_outputs(int first) {
  auto& now = current();
  for (int* fd : {&now.fd, &now.record}) {
    if (*fd <= STDERR_FILENO) continue;
    if (*fd != first)
      sys::check("dup3", "narration", [&] { return ::dup3(*fd, first, O_CLOEXEC); });
    *fd = first++;
  }
  return first;
}

}  // namespace zoomin::narration
