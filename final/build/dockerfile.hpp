// SPDX-License-Identifier: MIT
// dockerfile: parses a Dockerfile into instructions: Dockerfile reference, "Format".
//
// A logical line is one or several lines of the file, joined at the escape character;
// comments between them are left out. An instruction may be followed by the texts of its
// heredocs. Variables aren't replaced here: their values are known only in a build. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"

namespace zoomin::build {

struct heredoc {
  std::string name{}, content{};
  bool expands = true;  // <<"EOF" doesn't
};

struct instruction {
  std::string name;                                          // in upper case
  std::vector<std::pair<std::string, std::string>> flags{};  // {"from", "build"}
  std::string arguments{};                                   // what follows the flags
  std::vector<heredoc> heredocs{};
  std::string text{};  // the whole instruction on one line, for people
  unsigned line = 0;   // the first one, counted from 1

  // Returns the last value of a flag; `otherwise` without it.
  [[nodiscard]] std::string flag(const std::string& known,
                                 const std::string& otherwise = {}) const;
  [[nodiscard]] std::vector<std::string> all(const std::string& known) const;
};

struct dockerfile {
  std::string name;                // for messages
  std::vector<std::string> lines;  // as in the file
  char escape = '\\';
  std::vector<instruction> instructions{};
  std::vector<std::string> notes{};  // warnings, each about one line
  std::string checks{};              // the directive `check`
};

// Reports an error at a place in a Dockerfile. what() is "Dockerfile:3:5: message";
// excerpt() is the line with a caret below the column.
class dockerfile_error : public usage_error {
 public:
  // `column` is counted from 1; 0: the first one that isn't blank.
  dockerfile_error(const dockerfile& file, unsigned line, unsigned column,
                   const std::string& message, std::string hint = {});
  // Makes an error of the parts of another one.
  dockerfile_error(const std::string& text, std::string excerpt, std::string hint)
      : usage_error(text, std::move(hint)), excerpt_(std::move(excerpt)) {}
  [[nodiscard]] const std::string& excerpt() const { return excerpt_; }

 private:
  std::string excerpt_;
};

// Throws dockerfile_error.
dockerfile parse_dockerfile(const std::string& name, const std::string& text);

// Parses one instruction, such as a trigger of ONBUILD. Throws usage_error.
instruction parse_instruction(const std::string& text, char escape = '\\');

}  // namespace zoomin::build
