// SPDX-License-Identifier: MIT
// dockerfile: parses a Dockerfile into instructions. Dockerfile reference, "Format".
//
// A logical line is one line of the file, or several joined at the escape character;
// comment lines between them are skipped. The contents of heredocs follow the line.
// Variables aren't replaced here, because their values are known only in a build. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"

namespace zoomin::build {

struct heredoc {
  std::string name{}, content{};
  bool expands = true;  // false for <<"EOF"
};

struct instruction {
  std::string name;                                          // in upper case
  std::vector<std::pair<std::string, std::string>> flags{};  // {"from", "build"}
  std::string arguments{};                                   // what follows the flags
  std::vector<heredoc> heredocs{};
  std::string text{};  // the whole instruction on one line, for display
  unsigned line = 0;   // its first line, counted from 1

  // Returns the last value of a flag, or `fallback` if the instruction lacks it.
  [[nodiscard]] std::string flag(const std::string& flag_name,
                                 const std::string& fallback = {}) const;
  [[nodiscard]] std::vector<std::string> flag_values(const std::string& flag_name) const;
};

struct dockerfile {
  std::string name;                // for messages
  std::vector<std::string> lines;  // as in the file
  char escape = '\\';
  std::vector<instruction> instructions{};
  std::vector<std::string> notes{};  // warnings, each about one line
  std::string checks{};              // the value of the directive `check`
};

// Reports an error at a line of a Dockerfile. what() is "Dockerfile:3:5: message";
// excerpt() is the line with a caret below the column.
class dockerfile_error : public usage_error {
 public:
  // `column` is counted from 1; 0 stands for the first column that isn't blank.
  dockerfile_error(const dockerfile& file, unsigned line, unsigned column,
                   const std::string& message, std::string hint = {});
  // Rebuilds an error from its parts, which another process has sent.
  dockerfile_error(const std::string& text, std::string excerpt, std::string hint)
      : usage_error(text, std::move(hint)), excerpt_(std::move(excerpt)) {}
  [[nodiscard]] const std::string& excerpt() const { return excerpt_; }

 private:
  std::string excerpt_;
};

// Throws dockerfile_error.
dockerfile parse_dockerfile(const std::string& name, const std::string& text);

// Parses one instruction, such as a trigger of ONBUILD. Throws usage_error.
instruction parse_instruction(const std::string& text);

}  // namespace zoomin::build
