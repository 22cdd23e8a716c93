// SPDX-License-Identifier: MIT
// flags: the words after a command's name, parsed as Docker parses them: --flag VALUE,
// --flag=VALUE, -f VALUE, -fVALUE, -abc, and `--` for the end of flags.
#pragma once

#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/errors.hpp"
#include "cli/flag.hpp"

namespace zoomin::cli {

// Reports that --help was given. what() is the help text of the command.
class help_requested : public std::exception {
 public:
  explicit help_requested(std::string text, std::vector<flag> known)
      : text_(std::move(text)), known_(std::move(known)) {}
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
  [[nodiscard]] const std::vector<flag>& known() const { return known_; }

 private:
  std::string text_;
  std::vector<flag> known_;
};

class flags {
 public:
  // Parses the words. If `command_follows`, the first word that isn't a flag ends the
  // flags. Throws misuse, help_requested for --help, and not_supported for one of
  // Docker's flags that isn't implemented.
  flags(std::string command, std::vector<flag> known, const arguments& words,
        bool command_follows = false);

  [[nodiscard]] bool has(std::string_view name) const { return !list(name).empty(); }
  // Returns true if the flag is a toggle that is on.
  [[nodiscard]] bool on(std::string_view name) const;
  // Returns the last value of the flag.
  [[nodiscard]] std::string text(std::string_view name,
                                 const std::string& default_value = {}) const;
  // Returns all values of the flag, in order.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  [[nodiscard]] const std::vector<flag>& known() const { return known_; }
  // Returns the words that aren't flags. Throws wrong_arguments if their number is out of
  // bounds.
  [[nodiscard]] const arguments& rest(std::size_t min_count = 0,
                                      std::size_t max_count = std::string::npos) const;
  void expect_no_rest() const { static_cast<void>(rest(0, 0)); }

 private:
  const flag& find(std::string_view name) const;
  const flag& find(char letter) const;
  void parse_long(const std::string& word, const arguments& words, std::size_t& at);
  void parse_letters(const std::string& word, const arguments& words, std::size_t& at);

  std::string command_;
  std::vector<flag> known_;
  std::map<std::string_view, std::vector<std::string>> values_;
  arguments rest_;
};

// Returns a flag's value, a whole number that isn't negative. Throws misuse.
unsigned whole_number(const flags& options, std::string_view name);

}  // namespace zoomin::cli
