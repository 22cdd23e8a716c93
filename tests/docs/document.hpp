// SPDX-License-Identifier: MIT
// document: the command blocks and links of a Markdown file, and how what a terminal
// shows is compared with what the document shows. README.md says how they are written.
//
// Pure text: nothing here runs anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoomin::docs {

// A command is what is typed at a prompt, and the lines that follow it in the document.
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
  std::string needs{};              // a program; without it the block is left out
  std::vector<std::string> before;  // lines before the first command
  std::vector<command> commands;
};

struct reference {
  std::size_t line = 0;
  std::string text;
  std::string target;
};

// Throws std::runtime_error("line N: …") on a word after ```console that means nothing.
std::vector<block> blocks(std::string_view markdown);
std::vector<reference> links(std::string_view markdown);
// As GitHub makes them: "two-terminals" of "## Two terminals".
std::vector<std::string> headings(std::string_view markdown);

// Whether `got` is what `shown` says, with its wildcards: "…" in a line, or as a line.
bool match(const std::vector<std::string>& shown, const std::vector<std::string>& got);
// Returns the first line of the document that no line of `got` matches.
std::string first_missing(const std::vector<std::string>& shown,
                          const std::vector<std::string>& got);

std::vector<std::string> split_lines(std::string_view text);

}  // namespace zoomin::docs
