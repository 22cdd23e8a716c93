// SPDX-License-Identifier: MIT
// flags: what comes behind a command word, read as Docker reads it: --flag VALUE,
// --flag=VALUE, -f VALUE, -fVALUE, -abc, and `--` for the end of flags.
#pragma once

#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.hpp"

namespace zoomin::cli {

// perhaps: --flag alone, or --flag=VALUE; number, size: a text that means one, "64m";
// pairs: a list of NAME=VALUE.
enum class kind { toggle, text, number, size, list, pairs, perhaps };

struct flag {
  std::string_view name;  // "--memory"
  char letter = 0;        // 'm'
  kind takes = kind::text;
  std::string_view place{};  // in container.json, "/HostConfig/Memory"; empty: nowhere
  std::string_view help{};

  [[nodiscard]] bool takes_value() const {
    return takes != kind::toggle && takes != kind::perhaps;
  }
};

// Those of several commands.
constexpr flag format_flag{"--format", 0, kind::text, "", "Go template, or json"};
constexpr flag short_format_flag{"--format", 'f', kind::text, "", "Go template, or json"};
constexpr flag filter_flag{"--filter", 'f', kind::list, "",
                           "show only what meets KEY=VALUE"};
constexpr flag quiet_flag{"--quiet", 'q', kind::toggle, "", "only show IDs"};
constexpr flag no_trunc_flag{"--no-trunc", 0, kind::toggle, "", "don't truncate output"};
constexpr flag force_flag{"--force", 'f', kind::toggle, "",
                          "don't prompt for confirmation"};

// Words that ask how a command is used.
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
  // `command_follows`: the first word that is no flag ends them. Throws misuse,
  // help_wanted where --help is among them, and not_supported of what Docker has and we
  // don't (yet).
  flags(std::string command, std::vector<flag> known, const arguments& items,
        bool command_follows = false);

  [[nodiscard]] bool has(std::string_view name) const { return !list(name).empty(); }
  [[nodiscard]] bool on(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name,
                                 const std::string& otherwise = {}) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  [[nodiscard]] const std::vector<flag>& known() const { return known_; }
  // What isn't a flag; so many of them, or misuse.
  [[nodiscard]] const arguments& rest(std::size_t least = 0,
                                      std::size_t most = std::string::npos) const;
  void expect_no_rest() const { static_cast<void>(rest(0, 0)); }

 private:
  const flag& find(std::string_view name) const;
  const flag& find(char letter) const;
  void take(const std::string& word, const arguments& items, std::size_t& at);
  void take_letters(const std::string& word, const arguments& items, std::size_t& at);

  std::string command_;
  std::vector<flag> known_;
  std::map<std::string_view, std::vector<std::string>> values_;
  arguments rest_;
};

// A flag's whole number from 0; throws misuse.
unsigned number(const flags& options, std::string_view name);

// Of run and create.
std::vector<flag> run_flags();
std::vector<flag> create_flags();
std::vector<flag> update_flags();

}  // namespace zoomin::cli
