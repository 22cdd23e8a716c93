// SPDX-License-Identifier: MIT
// command: what `zoomin` can be told to do. Each command is a file of this folder, which
// enters it into the list; it is found by its name: "run", "image ls".
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.hpp"

namespace zoomin::cli {

using arguments = std::vector<std::string>;

class command {
 public:
  using body = int (*)(const arguments&);
  // Static objects only: `name` and its aliases, and one line of help.
  command(std::initializer_list<std::string_view> names, std::string_view help, body run);

  // The exit status where it fails.
  [[nodiscard]] int failed() const;

 private:
  friend int run_command(const arguments&);
  friend const command* find_command(const arguments&);
  friend void print_commands();
  std::vector<std::string_view> names_;
  std::string_view help_;
  body run_;
  const command* next_;
};

// Words that no command understands: 125, whatever the command.
class misuse : public usage_error {
 public:
  using usage_error::usage_error;
};

// What is Docker's and isn't here yet: 125.
class not_supported : public misuse {
 public:
  explicit not_supported(const std::string& what) : misuse(what + ": not supported") {}
};

// Words that ask how a command is used.
class help_wanted : public std::exception {
 public:
  explicit help_wanted(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

// Runs the command that the first word or two name; catches everything; gives the exit
// status: 126 and 127 where a container's command can't be run or found, 125 where `run`,
// `create` or `exec` failed otherwise, else 1.
int run_command(const arguments& all);

// "zoomin: text", and the hint, on stderr.
void complain(const std::string& text, const std::string& hint = {});
// Whole; throws sys::error. print: on stdout.
void write_all(int to, std::string_view text);
void print(const std::string& text);

// Before much is removed: asks, "Remove …? [y/N]", unless `given`. Throws misuse where
// the answer isn't yes.
void require_consent(bool given, const std::string& what);

// Tries `each` for all names: a failure is told, and makes the status 1.
int for_each(const arguments& names, const std::string& command,
             const std::function<void(const std::string&)>& each);

}  // namespace zoomin::cli
