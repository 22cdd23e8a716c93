// SPDX-License-Identifier: MIT
// command: the list of `zoomin`'s commands. Most have a file of their own in this folder,
// which registers them under their names: "run", "image ls".
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/errors.hpp"

namespace zoomin {
class engine;
}

namespace zoomin::cli {

// Describes a command for help: an imperative of at most 60 characters, the arguments,
// with one line for each form of the command, and two example command lines.
struct manual {
  std::string_view summary{}, arguments{}, example{}, second_example{};
};

class command {
 public:
  using body = int (*)(engine&, const arguments&);
  using body_without_engine = int (*)(const arguments&);
  // Registers the command under its name and aliases, so each command must be a static
  // object. Help doesn't list a command without a summary.
  command(std::initializer_list<std::string_view> names, const manual& text,
          body function);
  command(std::initializer_list<std::string_view> names, const manual& text,
          body_without_engine function);

  // Runs the command with the words after its name. Returns the exit status.
  int run(engine& engine, const arguments& words) const;
  // Returns the exit status of a failure that has no status of its own.
  [[nodiscard]] int failure_status() const;
  [[nodiscard]] const std::vector<std::string_view>& names() const { return names_; }
  [[nodiscard]] const manual& help() const { return help_; }

 private:
  friend const command* find_command(const arguments&);
  friend std::vector<const command*> all_commands();
  std::vector<std::string_view> names_;
  manual help_;
  std::variant<body, body_without_engine> body_;
  const command* next_;
};

// Finds a command by its full name, such as {"image", "ls"}. Returns nullptr if there is
// none.
const command* find_command(const arguments& words);
// Returns the commands that help lists.
std::vector<const command*> all_commands();

}  // namespace zoomin::cli
