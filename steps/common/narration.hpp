// SPDX-License-Identifier: MIT
// narration: shows each kernel request when it is made, in two columns: the host's (H1,
// H2) and the container's (C1, C2). It is written to stderr, one write(2) a line, so that
// it never mixes with the command's output.
//
// A program has one narration. main() sets the options once, before the first request,
// and the child that becomes the container inherits them. If it is off, a request costs
// one comparison.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoomin::narration {

// The name of a request, registered when the program starts (operator""_id in call.hpp).
class name {
 public:
  explicit name(const char* text) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  friend std::vector<std::string_view> names();
  const char* text_;
  const name* next_;
};

// Returns the names of all requests in this program, sorted.
std::vector<std::string_view> names();

// Describes a mechanism in a few words, for the brief style. Without a description, the
// words of the request that has the mechanism's name are used. Defined beside the calls:
// const narration::mechanism etc("etc", "its own files in /etc");
class mechanism {
 public:
  mechanism(const char* name, const char* words) noexcept;

 private:
  friend std::string_view words_of(std::string_view mechanism);
  const char* name_;
  const char* words_;
  const mechanism* next_;
};

// Returns the description of a mechanism. Empty if it has none.
std::string_view words_of(std::string_view mechanism);
// Returns the mechanism of a request: "dev" for "dev.null".
std::string_view mechanism_of(std::string_view id);

// The name of a request, the reason why it is made, in a few words, and its subject: a
// controller, an amount, a path.
struct why {
  const name* id = nullptr;
  std::string_view words{};
  std::string_view subject{};
};
inline constexpr why quiet{};

enum class style { off, brief, full, json };

struct settings {
  narration::style style = style::off;
  // Wait for Enter: "" before each mechanism, "all" before each request, a name before
  // the first request of that name.
  std::optional<std::string> pause{};
  std::vector<std::string> skip{};  // names of requests or mechanisms to leave out
};

// Throws usage_error if `skip` contains a name that this program doesn't have.
void validate_skips(const std::vector<std::string>& skip);
// Starts the narration. Throws usage_error like validate_skips(), also for the pause.
void begin(const settings& options);

// Makes this process narrate in the container's column from now on.
void enter_container() noexcept;

// Notes that the container has ended: from now on Ctrl-C at a pause ends the pauses, and
// the cleanup goes on.
void container_is_over() noexcept;
// Returns whether Ctrl-C was pressed at a pause.
bool interrupted() noexcept;

// Sets the descriptor to which lines are written, by default stderr. It is borrowed, and
// must be close-on-exec. -1 turns the narration off.
void set_output(int fd) noexcept;
// Returns the descriptor to which lines are written.
int output() noexcept;
// Writes text unchanged to output(). A write error is ignored.
void put(std::string_view text) noexcept;
// Writes the brief lines of the requests made since the last call. The processes of both
// sides call this before they wait for each other, so that their lines are in order.
void show_brief() noexcept;

// Writes a line of plain text in this process's column if the style is brief or full.
void note(std::string_view text);

// Hands a warning to the latest warning_scope. Without one it is written as "warning: …",
// whether or not the narration is on.
void warn(std::string_view text);

// Receives the warnings of the work that is done while it exists. A process that is
// forked meanwhile has a copy, so it makes a scope of its own.
class warning_scope {
 public:
  using handler = std::function<void(std::string_view)>;
  explicit warning_scope(handler receiver);
  warning_scope(const warning_scope&) = delete;
  warning_scope& operator=(const warning_scope&) = delete;
  ~warning_scope();

 private:
  handler before_;
};

// Returns the names given to --skip that no request in any process of this run has had.
std::vector<std::string> unused_skips();

// Returns whether --skip contains `id` or the beginning of its name, and marks that as
// used: "dev" leaves out "dev.null" too.
bool skips(std::string_view id);

// --- for call.hpp and for requests that aren't system calls (netlink, nft) ---

// Returns whether requests with this reason may have to be narrated, paused before or
// skipped.
bool watched(const why& reason) noexcept;
// Returns whether --skip leaves this request out, and narrates that it does.
bool skipped(const why& reason, const std::function<std::string()>& text);
// Shows the next request and waits for Enter if --pause stops here. On Ctrl-C it calls
// interrupt().
void pause(const why& reason, const std::function<std::string()>& text);
// Throws sys::error("pause"), so that everything is undone and the program ends with 130.
[[noreturn]] void interrupt();
// Narrates a request and its result; -1 stands for the error `number`.
void report(const why& reason, const std::string& text, long result, int number);
// Narrates a request that doesn't return on success: execve. It isn't counted, so that a
// failure reported afterwards has the same number.
void announce(const why& reason, const std::string& text);

// --- for look.hpp: lines that aren't requests ---

style current_style() noexcept;
// Writes a line of JSON, {"name": "value", "us": …}, for something that begins now.
void put_event(std::string_view name, std::string_view value);
// Writes a line of JSON, {"name": "value", …}.
void put_fields(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

}  // namespace zoomin::narration
