// SPDX-License-Identifier: MIT
#include "build/dockerfile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "build/instructions.hpp"
#include "common/sys.hpp"
#include "image/archive/words.hpp"

namespace zoomin::build {

namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::size_t max_lines = 100'000;

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(blanks) + 1 - begin));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream from(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text);
  for (std::string line; std::getline(from, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

// Parses the lines of a Dockerfile from the first to the last.
class parser {
 public:
  explicit parser(dockerfile& file) : file_(file) {}

  void run() {
    if (file_.lines.size() > max_lines)
      throw usage_error(fmt::format("{}: more than {} lines", file_.name, max_lines));
    while (at_ < file_.lines.size() && read_directive()) ++at_;
    while (at_ < file_.lines.size()) read_instruction();
  }

 private:
  // Parses a directive, `# name=value`. Returns false for any other line, which ends the
  // directives.
  bool read_directive() {
    const std::string line = trimmed(file_.lines[at_]);
    const auto equals = line.find('=');
    if (!line.starts_with('#') || equals == std::string::npos) return false;
    const std::string name = sys::lower_case(trimmed(line.substr(1, equals - 1)));
    const std::string value = trimmed(line.substr(equals + 1));
    if (name == "syntax") {
      note(fmt::format("syntax={} is ignored: zoomin reads Dockerfiles itself", value));
    } else if (name == "escape") {
      if (value != "\\" && value != "`")
        throw error_here(fmt::format("invalid escape {}", sys::quote(value)),
                         "expected \\ or `");
      file_.escape = value[0];
    } else if (name == "check") {
      file_.checks = value;
    } else {
      return false;
    }
    return true;
  }

  void note(const std::string& text) {
    file_.notes.push_back(fmt::format("{}:{}: {}", file_.name, at_ + 1, text));
  }

  [[nodiscard]] dockerfile_error error_here(const std::string& message,
                                            const std::string& hint) const {
    return {file_, static_cast<unsigned>(at_ + 1), 0, message, hint};
  }

  static bool is_comment(const std::string& line) {
    return trimmed(line).starts_with('#');
  }

  // Removes the escape character at the end of a line and the blanks after it. Returns
  // false if the line has none.
  [[nodiscard]] bool continues(std::string& line) const {
    const auto last = line.find_last_not_of(blanks);
    if (last == std::string::npos || line[last] != file_.escape) return false;
    line.resize(last);
    return true;
  }

  void read_instruction() {
    if (trimmed(file_.lines[at_]).empty() || is_comment(file_.lines[at_])) {
      ++at_;
      return;
    }
    const auto begin = at_;
    std::string joined, shown;
    bool more = true;
    for (; more && at_ < file_.lines.size(); ++at_) {
      std::string line = file_.lines[at_];
      if (at_ > begin && (is_comment(line) || trimmed(line).empty())) continue;
      more = continues(line);
      joined += line;
      shown += (shown.empty() ? "" : " ") + trimmed(line);
    }
    try {
      instruction read = parse_instruction(trimmed(joined));
      read.line = static_cast<unsigned>(begin + 1);
      read.text = shown;
      if (takes_heredocs(read.name)) read_heredocs(read);
      file_.instructions.push_back(std::move(read));
    } catch (const dockerfile_error&) {
      throw;
    } catch (const usage_error& failure) {
      throw dockerfile_error(file_, static_cast<unsigned>(begin + 1), 0, failure.what(),
                             failure.hint());
    }
  }

  // Parses the word <<EOF, <<-EOF, <<"EOF" or 3<<EOF. Returns the heredoc, still without
  // content, and whether leading tabs are removed from its lines.
  static std::optional<std::pair<heredoc, bool>> heredoc_in(const std::string& word) {
    const auto digits = word.find_first_not_of("0123456789");
    if (digits == std::string::npos || word.compare(digits, 2, "<<") != 0) return {};
    std::string name = word.substr(digits + 2);
    const bool strips = name.starts_with('-');
    if (strips) name.erase(0, 1);
    if (name.empty() || name.find('<') != std::string::npos) return {};
    heredoc found{image::expand(name, {}), {}};
    found.expands = found.name == name;
    if (found.name.empty()) return {};
    return std::pair(found, strips);
  }

  void read_heredocs(instruction& to) {
    std::vector<std::string> words;
    try {
      words = image::raw_words(to.arguments, file_.escape);
    } catch (const usage_error&) {
      return;  // a shell command may have any quotes
    }
    for (const auto& word : words) {
      auto found = heredoc_in(word);
      if (!found) continue;
      to.heredocs.push_back(read_content(found->first, found->second, to));
    }
  }

  heredoc read_content(heredoc to, bool strips, const instruction& owner) {
    for (; at_ < file_.lines.size(); ++at_) {
      std::string line = file_.lines[at_];
      if (strips) line.erase(0, line.find_first_not_of('\t'));
      if (line == to.name) {
        ++at_;
        return to;
      }
      to.content += line + "\n";
    }
    throw dockerfile_error(file_, owner.line, 0,
                           fmt::format("unterminated heredoc {}", to.name),
                           fmt::format("end it with a line {}", to.name));
  }

  dockerfile& file_;
  std::size_t at_ = 0;
};

std::string excerpt_of(const dockerfile& file, unsigned line, unsigned column) {
  if (line == 0 || line > file.lines.size()) return {};
  const std::string& text = file.lines[line - 1];
  const std::string number = fmt::format("{}", line);
  std::string below(column == 0 ? 0 : column - 1, ' ');
  for (std::size_t i = 0; i < below.size() && i < text.size(); ++i)
    if (text[i] == '\t') below[i] = '\t';
  return fmt::format(" {} | {}\n {:{}} | {}^\n", number, text, "", number.size(), below);
}

unsigned column_in(const dockerfile& file, unsigned line, unsigned column) {
  if (column != 0 || line == 0 || line > file.lines.size()) return column;
  const auto first = file.lines[line - 1].find_first_not_of(blanks);
  return first == std::string::npos ? 1 : static_cast<unsigned>(first + 1);
}

// Removes the first word of the arguments and returns it, without the quotes and escapes
// that keep blanks in it.
std::string take_word(std::string& arguments) {
  std::string word;
  char quote = 0;
  std::size_t at = 0;
  for (; at < arguments.size(); ++at) {
    char c = arguments[at];
    if (quote == 0 && blanks.find(c) != std::string_view::npos) break;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      if (c == '\\' && at + 1 < arguments.size()) c = arguments[++at];
      word += c;
    }
  }
  arguments = trimmed(arguments.substr(at));
  return word;
}

// Moves flags such as --from=build from the beginning of the arguments to `flags`.
void take_flags(instruction& to) {
  while (to.arguments.starts_with("--")) {
    const auto word = take_word(to.arguments);
    if (word == "--") return;
    to.flags.push_back(parse_flag(to.name, word));
  }
}

}  // namespace

std::string instruction::flag(const std::string& flag_name,
                              const std::string& fallback) const {
  const auto values = flag_values(flag_name);
  return values.empty() ? fallback : values.back();
}

std::vector<std::string> instruction::flag_values(const std::string& flag_name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : flags)
    if (key == flag_name) values.push_back(value);
  return values;
}

dockerfile_error::dockerfile_error(const dockerfile& file, unsigned line, unsigned column,
                                   const std::string& message, std::string hint)
    : usage_error(fmt::format("{}:{}:{}: {}", file.name, line,
                              column_in(file, line, column), message),
                  std::move(hint)),
      excerpt_(excerpt_of(file, line, column_in(file, line, column))) {}

dockerfile parse_dockerfile(const std::string& name, const std::string& text) {
  dockerfile file{name, lines_of(text)};
  parser(file).run();
  if (file.instructions.empty())
    throw usage_error(fmt::format("the Dockerfile {} has no instruction", name),
                      "it must begin with FROM");
  return file;
}

instruction parse_instruction(const std::string& text) {
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  instruction read{sys::upper_case(text.substr(0, end))};
  require_known(read.name, text.substr(0, end));
  read.arguments = trimmed(text.substr(end));
  read.text = text;
  if (takes_flags(read.name)) take_flags(read);
  if (read.arguments.empty())
    throw usage_error(fmt::format("{} requires an argument", read.name));
  return read;
}

}  // namespace zoomin::build
