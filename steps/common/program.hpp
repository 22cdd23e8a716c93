// SPDX-License-Identifier: MIT
// program: what all step programs share: their options, exit statuses and last words.
//
//   ./stepN [options] [--] [COMMAND [ARG…]]
// Exit status: the command's own, 128+n for signal n; 125 for a failure of ours, 126 for
// a command that can't be run, 127 for one that isn't found.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/lab/check.hpp"

namespace zoomin {

// The options a program takes: a face of CLI11, which is included in one file only.
// Values are text; the module that uses one validates it.
class options {
 public:
  explicit options(const std::string& about);
  options(options&&) noexcept;
  ~options();
  void value(const std::string& flag, std::optional<std::string>& into,
             const std::string& help);
  void list(const std::string& flag, std::vector<std::string>& into,
            const std::string& help);
  void toggle(const std::string& flag, bool& into, const std::string& help);

 private:
  friend class program;
  struct parser;
  std::unique_ptr<parser> parser_;
};

// What every step is asked.
struct request {
  std::vector<std::string> command;
  std::string hostname = "box";
  bool init = false;
  bool look = false;    // show both sides
  bool explain = true;  // narration is on, as text: what a reader sees besides
};

class program {
 public:
  // `name`: "step1"; `shell`: the command where none is given.
  program(std::string name, const std::string& about);

  // A step adds its own options before it runs.
  options& add() { return options_; }
  // What --self-check proves, in order.
  void proves(std::vector<check::fact> facts);

  // Parses; then runs `body`, the self-check, or either in a throw-away host. Catches
  // everything; gives the exit status.
  int run(int argc, char** argv, const std::function<int(request&)>& body);

 private:
  int parse_and_run(int argc, char** argv, const std::function<int(request&)>& body);
  // Turns what `work` throws into one line on stderr and an exit status.
  [[nodiscard]] int run_guarded(const std::function<int()>& work) const;

  std::string name_;
  options options_;
  std::vector<check::fact> facts_;
};

// 126 or 127 where the command can't be run or isn't there, or its directory, else 125.
int exit_status_of(const sys::error& failure);

}  // namespace zoomin
