// SPDX-License-Identifier: MIT
// program: the parts that all step programs share: common options, exit statuses and
// error messages.
//
//   ./stepN [options] [--] [COMMAND [ARG…]]
// Exit status: the command's, or 128+n if signal n ended it; 125 if the step program
// fails, 126 if the command can't be run, 127 if it isn't found.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/lab/check.hpp"
#include "common/narration.hpp"

namespace zoomin {

// The options of a program. Hides CLI11, which only program.cpp includes. Values are
// text; the module that uses one validates it.
class options {
 public:
  explicit options(const std::string& about);
  options(options&&) noexcept;
  ~options();
  // Add an option with a value (the last one counts), one that can be repeated, and a
  // flag.
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

// The values of the options that every step has.
struct request {
  std::vector<std::string> command;  // a shell by default
  std::string hostname = "box";
  bool init = false;
  bool look = false;    // compare the views of host and container
  bool explain = true;  // narrate as text, and print what a container left behind
  std::optional<std::string> pid_file;  // gets the container's PID, as the host sees it
};

// Writes the PID of the container's first process to the file of --pid-file, if that is
// given. Throws sys::error.
void write_pid_file(const request& request, pid_t child);

// Returns the environment of this process, as "NAME=value".
std::vector<std::string> callers_environment();

class program {
 public:
  // `name` is "step1"; `about` is the first line of --help. `by_default` is how the
  // program narrates without --explain.
  program(std::string name, const std::string& about,
          narration::style by_default = narration::style::brief);

  // Returns the options, so that a step can add its own before run().
  options& add() { return options_; }
  // Sets the facts that --self-check proves, in order.
  void proves(std::vector<check::fact> facts);

  // Parses the arguments, then runs `body` or the self-check, with --skip in a throw-away
  // host. Catches all exceptions. Returns the exit status.
  int run(int argc, char** argv, const std::function<int(request&)>& body);

 private:
  int parse_and_run(int argc, char** argv, const std::function<int(request&)>& body);
  // Runs `work`, and turns an exception into a message on stderr and an exit status.
  [[nodiscard]] int run_guarded(const std::function<int()>& work) const;

  std::string name_;
  narration::style default_style_;
  options options_;
  std::vector<check::fact> facts_;
};

}  // namespace zoomin
