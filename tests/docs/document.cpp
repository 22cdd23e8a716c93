// SPDX-License-Identifier: MIT
#include "docs/document.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace zoomin::docs {

namespace {

constexpr std::string_view wildcard = "…";

// Returns the text that opens and closes a fence, "```" or longer, or "" if `line` opens
// none.
std::string fence_of(const std::string& line) {
  const auto length = std::min(line.find_first_not_of('`'), line.size());
  return length >= 3 ? line.substr(0, length) : "";
}

// Calls `outside` or `inside` for each line. `opened` gets the words after the fence.
void walk(std::string_view markdown,
          const std::function<void(std::size_t, const std::string&)>& outside,
          const std::function<void(std::size_t, const std::string&)>& opened,
          const std::function<void(std::size_t, const std::string&)>& inside) {
  std::string fence;
  std::size_t number = 0;
  for (const auto& line : split_lines(markdown)) {
    ++number;
    const std::string here = fence_of(line);
    if (fence.empty() && here.empty())
      outside(number, line);
    else if (fence.empty())
      opened(number, line.substr((fence = here).size()));
    else if (here.size() >= fence.size() && here == line)
      fence.clear();
    else
      inside(number, line);
  }
}

block block_of(std::size_t line, std::istringstream& words) {
  block made;
  made.line = line;
  for (std::string word; words >> word;) {
    if (word == "running")
      made.running = true;
    else if (word.starts_with("terminal="))
      made.terminal = std::stoi(word.substr(9));
    else if (word.starts_with("seconds="))
      made.seconds = std::stoi(word.substr(8));
    else if (word.starts_with("needs="))
      made.needs = word.substr(6);
    else
      throw std::runtime_error("line " + std::to_string(line) + ": console " + word +
                               "?");
  }
  return made;
}

// Returns the prompt with which `line` begins, or "" for a line of output.
std::string prompt_of(const std::string& line) {
  static const std::regex prompt(R"(^(\$ |# |(/[^ ]*|~) # ))");
  std::smatch found;
  return std::regex_search(line, found, prompt) ? found.str() : "";
}

// Returns true if `text` matches `pattern`, in which each wildcard stands for one
// character or more.
bool match_line(std::string_view pattern, std::string_view text) {
  const auto at = pattern.find(wildcard);
  if (at == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, at))) return false;
  const auto rest = pattern.substr(at + wildcard.size());
  for (std::size_t skip = at + 1; skip <= text.size(); ++skip)
    if (match_line(rest, text.substr(skip))) return true;
  return false;
}

bool match_from(const std::vector<std::string>& shown, std::size_t i,
                const std::vector<std::string>& got, std::size_t j) {
  for (; i < shown.size(); ++i, ++j) {
    if (shown[i] == wildcard) {
      for (std::size_t next = j; next <= got.size(); ++next)
        if (match_from(shown, i + 1, got, next)) return true;
      return false;
    }
    if (j == got.size() || !match_line(shown[i], got[j])) return false;
  }
  return j == got.size();
}

void add_line(block& into, std::size_t number, const std::string& line) {
  auto& commands = into.commands;
  if (!commands.empty() && commands.back().text.ends_with('\\') &&
      commands.back().shown.empty()) {
    auto& text = commands.back().text;
    text.pop_back();
    text += line.substr(std::min(line.find_first_not_of(' '), line.size()));
    return;
  }
  if (const std::string prompt = prompt_of(line); !prompt.empty())
    commands.push_back({number, prompt, line.substr(prompt.size()), {}});
  else
    (commands.empty() ? into.before : commands.back().shown).push_back(line);
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream result{std::string(text)};
  for (std::string line; std::getline(result, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    lines.push_back(line);
  }
  return lines;
}

std::vector<block> blocks(std::string_view markdown) {
  std::vector<block> result;
  bool console = false;
  walk(
      markdown, [](auto, const auto&) {},
      [&](std::size_t line, const std::string& info) {
        std::istringstream words(info);
        std::string language;
        words >> language;
        console = language == "console";
        if (console) result.push_back(block_of(line, words));
      },
      [&](std::size_t number, const std::string& line) {
        if (console) add_line(result.back(), number, line);
      });
  return result;
}

std::vector<reference> links(std::string_view markdown) {
  static const std::regex form(R"(\[([^\]]+)\]\(([^)\s]+)\))");
  std::vector<reference> references;
  const auto nothing = [](auto, const auto&) {};
  // A link may be broken between two lines of its text.
  std::string joined;
  std::size_t joined_line = 0;
  walk(
      markdown,
      [&](std::size_t number, const std::string& line) {
        const bool open = joined.rfind('[') != std::string::npos &&
                          joined.find(']', joined.rfind('[')) == std::string::npos;
        joined = open ? joined.substr(joined.rfind('[')) + " " + line : line;
        joined_line = number;
        for (std::sregex_iterator at(joined.begin(), joined.end(), form), end; at != end;
             ++at)
          references.push_back({joined_line, (*at)[1], (*at)[2]});
      },
      nothing, nothing);
  return references;
}

std::vector<std::string> headings(std::string_view markdown) {
  std::vector<std::string> result;
  const auto nothing = [](auto, const auto&) {};
  walk(
      markdown,
      [&](std::size_t, const std::string& line) {
        const auto text = line.find_first_not_of('#');
        if (text == 0 || text == std::string::npos || line[text] != ' ') return;
        std::string anchor;
        for (const char c : line.substr(text + 1)) {
          if (c == ' ') anchor += '-';
          if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_')
            anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        result.push_back(anchor);
      },
      nothing, nothing);
  return result;
}

bool match(const std::vector<std::string>& shown, const std::vector<std::string>& got) {
  return match_from(shown, 0, got, 0);
}

std::string first_missing(const std::vector<std::string>& shown,
                          const std::vector<std::string>& got) {
  std::vector<std::string> so_far;
  for (const auto& line : shown) {
    so_far.push_back(line);
    so_far.emplace_back(wildcard);
    if (!match(so_far, got)) return line;
    so_far.pop_back();
  }
  return "an end here";
}

}  // namespace zoomin::docs
