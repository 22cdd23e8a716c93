// SPDX-License-Identifier: MIT
#include "image/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/error.hpp"

namespace zoomin::image {

namespace {

constexpr std::size_t digest_digits = 64;

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alphanumeric(char c) { return is_lower(c) || is_upper(c); }

// Returns true if `text` is one dot, one or two underscores, or any number of dashes.
bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" ||
         text.find_first_not_of('-') == std::string_view::npos;
}

// Returns true if the text has only letters and digits, with separators between them.
bool is_component(std::string_view text) {
  if (text.empty() || !is_lower(text.front()) || !is_lower(text.back())) return false;
  for (const auto* begin = text.begin(); begin != text.end();) {
    const auto* const separator = std::find_if_not(begin, text.end(), is_lower);
    begin = std::find_if(separator, text.end(), is_lower);
    if (!is_separator({separator, begin})) return false;
  }
  return true;
}

// Returns true for a part of a host's name, between its dots.
bool is_label(std::string_view text) {
  const auto allowed = [](char c) { return is_alphanumeric(c) || c == '-'; };
  return !text.empty() && std::ranges::all_of(text, allowed) && text.front() != '-' &&
         text.back() != '-';
}

// Returns true if the part before the first '/' is a registry's host and port.
bool is_host(std::string_view text) {
  const bool marked = text.find_first_of(".:") != std::string_view::npos;
  if (!marked && text != "localhost") return false;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    const auto port = text.substr(colon + 1);
    const auto other = port.find_first_not_of("0123456789");
    if (port.empty() || other != std::string_view::npos) return false;
    text = text.substr(0, colon);
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('.', begin), text.size());
    if (!is_label(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

bool begins_with_host(const std::string& text) {
  const auto slash = text.find('/');
  return slash != std::string::npos && is_host(text.substr(0, slash));
}

bool is_repository(std::string text) {
  if (text.size() > 255) return false;
  if (begins_with_host(text)) text.erase(0, text.find('/') + 1);
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('/', begin), text.size());
    if (!is_component(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

bool is_tag(const std::string& text) {
  const auto allowed = [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, allowed) &&
         text.front() != '.' && text.front() != '-';
}

void remove_prefix(std::string& text, const std::string& prefix) {
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
}

}  // namespace

bool is_hexadecimal(const std::string& text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_digest(const std::string& text) {
  return text.starts_with("sha256:") && text.size() == 7 + digest_digits &&
         is_hexadecimal(text.substr(7));
}

std::string reference::full_text() const {
  const auto slash = repository.find('/');
  if (slash == std::string::npos) return "docker.io/library/" + text();
  return (begins_with_host(repository) ? "" : "docker.io/") + text();
}

bool has_tag(const std::string& text) {
  const auto colon = text.rfind(':');
  return colon != std::string::npos && text.find('/', colon) == std::string::npos;
}

std::optional<digested> parse_digested(const std::string& text) {
  const auto at = text.find('@');
  if (at == std::string::npos || !is_digest(text.substr(at + 1))) return {};
  return digested{parse_reference(text.substr(0, at)).repository, text.substr(at + 1)};
}

reference parse_reference(const std::string& text) {
  reference parsed{text, "latest"};
  if (const auto colon = text.rfind(':'); has_tag(text))
    parsed = {text.substr(0, colon), text.substr(colon + 1)};
  const std::string written = parsed.repository;
  for (const char* known : {"docker.io/", "index.docker.io/"})
    remove_prefix(parsed.repository, known);
  if (parsed.repository.rfind('/') == parsed.repository.find('/'))
    remove_prefix(parsed.repository, "library/");
  // The short form of docker.io/example.com/web would be the name of another image.
  const bool ambiguous =
      parsed.repository != written && begins_with_host(parsed.repository);
  const bool could_be_id =
      parsed.repository.size() == digest_digits && is_hexadecimal(parsed.repository);
  if (!is_repository(parsed.repository) || !is_tag(parsed.tag) || could_be_id ||
      ambiguous)
    throw usage_error(fmt::format("invalid reference format: \"{}\"", text),
                      "write [HOST/]NAME[:TAG] in lower case");
  return parsed;
}

}  // namespace zoomin::image
