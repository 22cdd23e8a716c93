// SPDX-License-Identifier: MIT
// document: parses the command blocks and links of a Markdown file, and compares the
// output of a terminal with the output that the file shows. README.md describes the
// format.
//
// Pure: no command is run here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoomin::docs {

// A command: the line that is typed at a prompt, and the lines of output that follow it.
struct command {
  std::size_t line = 0;  // of the document
  std::string prompt;    // "$ ", "/ # "
  std::string text;
  std::vector<std::string> shown;
};

struct block {
  std::size_t line = 0;
  int terminal = 1;
  bool running = false;  // its last command still runs when the block ends
  int seconds = 30;
  std::string needs{};  // a program; the block is skipped if it isn't installed
  std::vector<std::string> before;  // lines before the first command
  std::vector<command> commands;
};

struct reference {
  std::size_t line = 0;
  std::string text;
  std::string target;
};

// Throws std::runtime_error("line N: …") for an unknown word after ```console.
std::vector<block> blocks(std::string_view markdown);
std::vector<reference> links(std::string_view markdown);
// Returns the anchors of the headings, as GitHub makes them: "two-terminals" for "## Two
// terminals".
std::vector<std::string> headings(std::string_view markdown);

// Returns true if `got` matches `shown`, in which "…" is a wildcard for a part of a line
// or for any lines.
bool match(const std::vector<std::string>& shown, const std::vector<std::string>& got);
// Returns the first line of `shown` that no line of `got` matches.
std::string first_missing(const std::vector<std::string>& shown,
                          const std::vector<std::string>& got);

std::vector<std::string> split_lines(std::string_view text);

}  // namespace zoomin::docs
