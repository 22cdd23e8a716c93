// SPDX-License-Identifier: MIT
#include "gate/call.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace zoomin::test {

namespace {

bool begins_path_of_descriptor(const std::string& text, std::size_t at) {
  if (text[at] != '<' || at == 0) return false;
  return std::isdigit(static_cast<unsigned char>(text[at - 1])) != 0 ||
         text.compare(0, at, "AT_FDCWD") == 0 ||
         (at >= 8 && text.compare(at - 8, 8, "AT_FDCWD") == 0);
}

// Returns the end of the quoted text, bracket or descriptor's path that begins at `at`,
// or else at + 1.
std::size_t skip_one(const std::string& text, std::size_t at) {
  const char opens = text[at];
  if (opens == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at)
      if (text[at] == '\\') ++at;
    return at + 1;
  }
  if (opens == '[' || opens == '{' || opens == '(') {
    const char closes = opens == '[' ? ']' : opens == '{' ? '}' : ')';
    for (++at; at < text.size() && text[at] != closes;) at = skip_one(text, at);
    return at + 1;
  }
  if (begins_path_of_descriptor(text, at)) return text.find('>', at) + 1;
  return at + 1;
}

std::vector<std::string> split_arguments(const std::string& text) {
  std::vector<std::string> result;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 2, ", ") == 0) {
      result.push_back(text.substr(begin, at - begin));
      begin = at += 2;
    } else {
      at = skip_one(text, at);
    }
  }
  if (begin < text.size()) result.push_back(text.substr(begin));
  return result;
}

char escaped(char letter) {
  const std::string letters = "ntrvf", bytes = "\n\t\r\v\f";
  const auto at = letters.find(letter);
  return at == std::string::npos ? letter : bytes[at];
}

// Undoes strace's escapes for unprintable bytes: \n, \33 or \303.
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      result += text[at];
      continue;
    }
    std::size_t digits = 0;
    while (digits < 3 && at + 1 + digits < text.size() && text[at + 1 + digits] >= '0' &&
           text[at + 1 + digits] <= '7')
      ++digits;
    if (digits == 0) {
      result += escaped(text[++at]);
    } else {
      result += static_cast<char>(std::stoi(text.substr(at + 1, digits), nullptr, 8));
      at += digits;
    }
  }
  return result;
}

std::string sorted_flags(const std::string& flags) {
  std::vector<std::string> result;
  std::istringstream parts(flags);
  for (std::string item; std::getline(parts, item, '|');) result.push_back(item);
  std::ranges::sort(result);
  return fmt::format("{}", fmt::join(result, "|"));
}

std::string without_path(const std::string& descriptor) {
  return std::regex_replace(descriptor, std::regex("^(-?\\d+|AT_FDCWD)<.*>$"), "$1");
}

std::string path_of(const std::string& descriptor) {
  std::smatch found;
  return std::regex_match(descriptor, found, std::regex("^\\d+<(.*)>$")) ? found.str(1)
                                                                         : "";
}

std::string normal(const std::string& argument) {
  if (argument == "~0") return "4294967295";
  if (argument.starts_with('"') || argument.starts_with('[')) return unescaped(argument);
  if (argument.starts_with("makedev("))
    return std::regex_replace(argument, std::regex("0x0\\b"), "0");
  if (argument.find(", propagation") != std::string::npos)
    return argument.substr(0, argument.find(", propagation")) + "}";
  if (argument.find('|') != std::string::npos) return sorted_flags(argument);
  return without_path(argument);
}

bool is_kernel_file(const std::string& path) {
  return path.starts_with("/sys/") || path.starts_with("/proc/");
}

// Splits a narrated "write(/a file, "text")", whose path has no quotes.
call parse_write(const std::string& inside) {
  const auto at = inside.find(", \"");
  return {"write", {inside.substr(0, at), unescaped(inside.substr(at + 2))}, ""};
}

// Converts a write of strace to the narration's form. A failed open for writing becomes a
// failed write with an unknown text.
std::optional<call> as_write(const call& seen) {
  const auto& arguments = seen.arguments;
  if (seen.name == "write") {
    const std::string path = path_of(arguments.at(0));
    if (!is_kernel_file(path)) return std::nullopt;
    return call{"write", {path, unescaped(arguments.at(1))}, seen.result};
  }
  const bool for_writing = arguments.at(2).find("O_WRONLY") != std::string::npos;
  const std::string path = unescaped(arguments.at(1));
  const std::string bare = path.substr(1, path.size() - 2);
  if (!for_writing || !is_kernel_file(bare) || !seen.result.starts_with("-1"))
    return std::nullopt;
  return call{"write", {bare, "*"}, seen.result};
}

std::string short_result(const std::string& result) {
  std::smatch found;
  if (std::regex_match(result, found, std::regex("^(-1 [A-Z0-9]+) \\(.*\\)$")))
    return found.str(1);
  return without_path(result);
}

std::string clone_flags(const std::string& arguments) {
  std::smatch found;
  std::regex_search(arguments, found, std::regex("flags=([A-Z0-9_|]+)"));
  return sorted_flags(found.str(1));
}

// Splits "name(arguments) = result" into its three parts.
std::optional<call> in_parts(const std::string& line) {
  const auto open = line.find('(');
  if (open == 0 || open == std::string::npos || line.find(' ') < open)
    return std::nullopt;
  const std::size_t close = skip_one(line, open) - 1;
  if (close >= line.size()) return std::nullopt;
  call parsed{line.substr(0, open),
              split_arguments(line.substr(open + 1, close - open - 1)), ""};
  const auto equals = line.find("= ", close);
  if (equals != std::string::npos) parsed.result = short_result(line.substr(equals + 2));
  return parsed;
}

}  // namespace

std::string call::text() const {
  const std::string call_text = fmt::format("{}({})", name, fmt::join(arguments, ", "));
  return result.empty() ? call_text : fmt::format("{} = {}", call_text, result);
}

call parse_call(const std::string& text) {
  if (text.starts_with("write(")) return parse_write(text.substr(6, text.size() - 7));
  auto parsed = in_parts(text);
  if (!parsed) throw std::runtime_error(fmt::format("not a call: {}", text));
  for (auto& argument : parsed->arguments) argument = normal(argument);
  return *parsed;
}

std::optional<call> parse_strace(const std::string& line) {
  auto parsed = in_parts(line);
  // After "? ERESTARTNOINTR" the kernel restarts the call, which the next line shows.
  if (!parsed || parsed->result.starts_with("? ERESTART")) return std::nullopt;
  if (parsed->name == "write" || parsed->name == "openat") return as_write(*parsed);
  // The C library names its memory by prctl, which isn't a request of the program.
  if (parsed->name == "prctl" && parsed->arguments.at(0) == "PR_SET_VMA")
    return std::nullopt;
  if (parsed->name == "clone3")
    parsed->arguments = {clone_flags(parsed->arguments.at(0))};
  if (parsed->name == "execve") parsed->arguments.resize(2);
  if (parsed->name == "mount_setattr") parsed->arguments.resize(4);
  for (auto& argument : parsed->arguments) argument = normal(argument);
  return parsed;
}

}  // namespace zoomin::test
