// SPDX-License-Identifier: MIT
#include "registry/challenge.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cstdint>
#include <optional>

#include "common/sys.hpp"

namespace zoomin::registry {

namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_token(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Scans a header from front to back.
class scanner {
 public:
  explicit scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  void skip_blanks_and(std::string_view others) {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' ||
                              others.find(rest_[0]) != std::string_view::npos))
      rest_.remove_prefix(1);
  }
  bool skip(char expected) {
    if (rest_.empty() || rest_[0] != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string token() {
    std::size_t end = 0;
    while (end < rest_.size() && is_token(rest_[end])) ++end;
    std::string result(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return result;
  }
  // Reads a token or a quoted string. Returns nothing if the closing quote is missing.
  std::optional<std::string> value() {
    if (!skip('"')) return token();
    std::string result;
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      result += rest_[0];
      rest_.remove_prefix(1);
    }
    if (!skip('"')) return std::nullopt;
    return result;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::vector<challenge> parse_challenges(std::string_view header) {
  std::vector<challenge> challenges;
  scanner rest(header);
  while (true) {
    rest.skip_blanks_and(",");
    const std::string word = sys::lower_case(rest.token());
    if (word.empty()) return challenges;
    rest.skip_blanks_and("");
    if (!rest.skip('=')) {  // it is a scheme, since no value follows
      challenges.push_back({word, {}});
      continue;
    }
    rest.skip_blanks_and("");
    const auto value = rest.value();
    if (!value || challenges.empty()) return challenges;
    challenges.back().parameters.insert_or_assign(word, *value);
  }
}

std::string to_base64(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::uint32_t bits = 0;
    const auto part = text.substr(at, 3);
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      result += i <= part.size() ? digits[bits >> (18 - 6 * i) & 63U] : '=';
  }
  return result;
}

std::string from_base64(std::string_view text) {
  std::string result;
  std::uint32_t bits = 0;
  unsigned known = 0;
  for (const char c : text) {
    const auto value = digits.find(c);
    if (value == std::string_view::npos) break;
    bits = (bits << 6U | static_cast<std::uint32_t>(value)) & 0xffffU;
    known += 6;
    if (known < 8) continue;
    known -= 8;
    result += static_cast<char>(bits >> known & 0xffU);
  }
  return result;
}

std::string url_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~')
      result += c;
    else
      result += fmt::format("%{:02X}", byte);
  }
  return result;
}

}  // namespace zoomin::registry
