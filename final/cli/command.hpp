// SPDX-License-Identifier: MIT
// command: the list of `zoomin`'s commands. Most have a file of their own in this folder,
// which registers them under their names: "run", "image ls".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace zoomin::cli {

using arguments = std::vector<std::string>;

// Describes a command, as help shows it: an imperative of at most 60 characters; the
// arguments, in a line for each form of the command; and two example command lines.
struct manual {
  std::string_view does{}, arguments{}, example{}, another{};
};

class command {
 public:
  using body = int (*)(const arguments&);
  // Registers the command under its name and aliases, so only static objects are made. A
  // command without `does` is listed nowhere.
  command(std::initializer_list<std::string_view> names, const manual& how, body runs);

  // Runs the command with the words after its name. Returns the exit status.
  int run(const arguments& words) const { return run_(words); }
  // Returns the exit status of a failure that has no status of its own.
  [[nodiscard]] int failed() const;
  [[nodiscard]] const std::vector<std::string_view>& names() const { return names_; }
  [[nodiscard]] std::string_view help() const { return how_.does; }
  [[nodiscard]] const manual& how() const { return how_; }

 private:
  friend const command* find_command(const arguments&);
  friend std::vector<const command*> all_commands();
  std::vector<std::string_view> names_;
  manual how_;
  body run_;
  const command* next_;
};

// Finds a command by its whole name, such as {"image", "ls"}; nullptr if there is none.
const command* find_command(const arguments& words);
// Returns the commands that help lists.
std::vector<const command*> all_commands();

// Reports an invalid command line. The exit status is 125, whatever the command.
class misuse : public usage_error {
 public:
  using usage_error::usage_error;
};

// Reports too few or too many arguments, or an unknown command. The exit status is 1, as
// with docker.
class wrong_arguments : public usage_error {
 public:
  using usage_error::usage_error;
};

// Reports a command or flag of Docker's that isn't implemented. The exit status is 125.
class not_supported : public misuse {
 public:
  explicit not_supported(const std::string& feature)
      : misuse(feature + ": not supported") {}
};

// Runs the command that the first word or two name. Catches all exceptions. Returns the
// exit status: 126 if a container's command can't be run, 127 if it isn't found, 125 if
// `run`, `create` or `exec` failed otherwise, else 1.
int run_command(const arguments& words);

// Prints "zoomin: text" on stderr, and a line "hint: ..." if there is a hint.
void complain(const std::string& text, const std::string& hint = {});
void complain_of(const usage_error& failure);
// Writes the whole text to a descriptor. Throws sys::error.
void write_all(int to, std::string_view text);
// Writes the whole text to stdout. Throws sys::error.
void print(const std::string& text);

// Warns in docker's words that the command will remove `targets`, such as "all stopped
// containers", and asks for confirmation, unless `forced`. If the answer isn't yes the
// command ends with status 0, as with docker.
void require_consent(bool forced, const std::string& targets);

// Calls `action` for each name. A failure is reported and doesn't stop the others; the
// result is then 1, else 0.
int for_each(const arguments& names,
             const std::function<void(const std::string&)>& action);

}  // namespace zoomin::cli
