// SPDX-License-Identifier: MIT
// narration: tells each kernel request as it is made, in two columns: the host's (H1, H2)
// and the container's (C1, C2). Written to stderr, one write(2) a line, so that it never
// mixes with the command's output.
//
// One program, one story: the settings are made once by main(), before the first request,
// and inherited by the child that becomes the container. Off, it costs one test of a
// bool.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoomin::narration {

// The name of a request, known from the program's start (see operator""_id in call.hpp).
class name {
 public:
  explicit name(const char* text) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  friend std::vector<std::string_view> names();
  const char* text_;
  const name* next_;
};

// All names of this program, sorted.
std::vector<std::string_view> names();

// What a request is called and why it is made, in a few words.
struct why {
  const name* id = nullptr;
  std::string_view words;
};
inline constexpr why quiet{};

enum class style { off, text, json };

struct settings {
  style how = style::off;
  bool pause = false;             // wait for Enter before each request
  std::vector<std::string> skip;  // names of requests to leave out
};

// Throws usage_error where `skip` holds a name that this program doesn't have.
void validate_skips(const std::vector<std::string>& skip);
// Throws as that does.
void begin(const settings& wanted);

// From here on this process narrates in the container's column.
void enter_container() noexcept;

// From here on the container has ended: Ctrl-C at a pause ends the pauses, and what is
// left to undo is undone.
void container_is_over() noexcept;
// Whether Ctrl-C was pressed at a pause.
bool interrupted() noexcept;

// Where lines go: stderr, unless a program has another use for that. Borrowed; it must be
// close-on-exec. -1: nowhere, and nothing is told any more.
void tell_on(int fd) noexcept;
int told_on() noexcept;
// Text as it is, to where lines go. What can't be written is no failure.
void put(std::string_view text) noexcept;

// A line of plain text in this process's column; shown when narration is text.
void note(std::string_view text);

// A line that matters even unnarrated, "warning: …"; final/ gives it another way out.
void warn(std::string_view text);
void warn_through(std::function<void(std::string_view)> way);

// Names given to --skip that no request of this run bore, in any of its processes.
std::vector<std::string> unused_skips();

// Whether --skip names `id`; counts as its use.
bool skips(std::string_view id);

// --- for call.hpp and for requests that aren't system calls (netlink, nft) ---

// Whether `reason` is to be told, paused before or skipped at all.
bool watched(const why& reason) noexcept;
// Whether it is to be left out; says so if it is.
bool skipped(const why& reason, const std::function<std::string()>& text);
// With --pause: shows what comes next and waits for Enter. On Ctrl-C it throws what
// interrupt() throws: sys::error("pause"), which undoes all and ends the program with
// 130.
void pause(const std::function<std::string()>& text);
[[noreturn]] void interrupt();
// Tells what was asked and answered; result -1 means the error `number`.
void tell(const why& reason, const std::string& text, long result, int number);
// Tells what is asked now, where a success never comes back: execve. It isn't counted, so
// that a failure told afterwards has the same number.
void announce(const why& reason, const std::string& text);

// --- for look.hpp: what isn't a request, but is told beside them ---

style how_told() noexcept;
// A line of json, {"name": "value", "us": …}: what begins now.
void put_moment(std::string_view name, std::string_view value);
// A line of json, {"name": "value", …}.
void put_fields(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

}  // namespace zoomin::narration
