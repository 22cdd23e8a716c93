// SPDX-License-Identifier: MIT
// command: what `zoomin` can be told to do. Each command is a file of this folder, which
// enters it into the list; it is found by its name: "run", "image ls".
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

  // Behind its name.
  int run(const arguments& words) const { return run_(words); }
  // The exit status where it fails.
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

// By its whole name; nullptr where there is none.
const command* find_command(const arguments& words);
std::vector<const command*> all_commands();

// Words that no command understands: 125, whatever the command.
class misuse : public usage_error {
 public:
  using usage_error::usage_error;
};

// Reports too few or too many arguments, or an unknown command. The exit status is 1, as
// docker's.
class wrong_arguments : public usage_error {
 public:
  using usage_error::usage_error;
};

// What is Docker's and isn't here yet: 125.
class not_supported : public misuse {
 public:
  explicit not_supported(const std::string& text) : misuse(text + ": not supported") {}
};

// Runs the command that the first word or two name; catches everything; gives the exit
// status: 126 and 127 where a container's command can't be run or found, 125 where `run`,
// `create` or `exec` failed otherwise, else 1.
int run_command(const arguments& items);

// "zoomin: text", and the hint, on stderr.
void complain(const std::string& text, const std::string& hint = {});
void complain_of(const usage_error& failure);
// Whole; throws sys::error. print: on stdout.
void write_all(int to, std::string_view text);
void print(const std::string& text);

// Asks "Remove …? [y/N]" before much is removed, unless `given`. If the answer isn't yes
// the command ends there, with status 0 as docker's.
void require_consent(bool given, const std::string& text);

// Tries `each` for all names: a failure is told, and makes the status 1.
int for_each(const arguments& names, const std::function<void(const std::string&)>& each);

}  // namespace zoomin::cli
