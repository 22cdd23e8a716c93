// SPDX-License-Identifier: MIT
// user: resolves users by the image's /etc/passwd and /etc/group, passwd(5), group(5).
// The image's author controls these files: they may be links, FIFOs, or as large as a
// disk. Therefore they are opened without blocking and with the container's root as the
// root, must be regular files, and are read only up to a limit.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"
#include "security/security.hpp"

namespace zoomin::security {

namespace {

using fields = std::vector<std::string>;

constexpr std::size_t max_bytes = 4UL << 20;
constexpr unsigned max_id = 0x7ffffffe;

std::optional<unsigned> parse_id(std::string_view text) {
  const auto id = text::whole_number(text);
  return id && *id <= max_id ? id : std::nullopt;
}

// Returns the lines with at least `min_fields` fields; none if the path isn't a regular
// file.
std::vector<fields> read_table(int root, const std::string& path,
                               std::size_t min_fields) {
  std::optional<unique_fd> file;
  try {
    file = sys::find_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (const sys::error&) {  // such as a dangling link
  }
  struct stat info {};
  if (!file || ::fstat(file->get(), &info) == -1 || !S_ISREG(info.st_mode)) return {};
  std::string text(std::min(max_bytes, static_cast<std::size_t>(info.st_size)), '\0');
  const auto got = ::pread(file->get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::vector<fields> result;
  for (const auto& line : text::split(text, '\n'))
    if (auto parts = text::split(line, ':'); parts.size() >= min_fields)
      result.push_back(std::move(parts));
  return result;
}

unsigned group_id(const std::vector<fields>& groups, const std::string& text,
                  const std::string& option) {
  if (const auto id = parse_id(text)) return *id;
  for (const auto& group : groups)
    if (const auto id = parse_id(group[2]);
        id && group[0] == text &&
        text.find_first_not_of("0123456789") != std::string::npos)
      return *id;
  throw usage_error(
      fmt::format("{}: unable to find group {}: no matching entries in group file",
                  option, sys::quote(text)));
}

bool can_be_name(const std::string& text) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-' || c == '$' ||
           c == '@' || c == '\\' || c >= 0x80;
  };
  return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) == 0) &&
         text[0] != '-' && std::ranges::all_of(text, allowed);
}

// Finds the line of a user by number or name. Returns nullptr if there is none.
const fields* find_user(const std::vector<fields>& users, const std::string& text) {
  const auto id = parse_id(text);
  const auto matches = [&](const fields& line) {
    return id ? parse_id(line[2]) == id
              : line[0] == text && parse_id(line[2]).has_value();
  };
  const auto found = std::ranges::find_if(users, matches);
  return found == users.end() ? nullptr : &*found;
}

std::vector<gid_t> groups_with(const std::vector<fields>& groups,
                               const std::string& member) {
  std::vector<gid_t> result;
  for (const auto& group : groups) {
    const auto members = text::split(group[3], ',');
    if (std::ranges::find(members, member) == members.end()) continue;
    if (const auto id = parse_id(group[2])) result.push_back(*id);
  }
  return result;
}

}  // namespace

void validate_user(const std::string& text) {
  if (text.empty()) return;
  const auto parts = text::split(text, ':');
  const auto is_valid = [](const std::string& part) {
    return parse_id(part).has_value() || can_be_name(part);
  };
  if (parts.size() > 2 || !std::ranges::all_of(parts, is_valid))
    throw base::field_error(
        "Config.User", fmt::format("{}: not a user", sys::quote(text)),
        "write NAME or a number up to 2147483646, optionally with :GROUP");
}

user resolve_user(int root, const std::string& text,
                  const std::vector<std::string>& added) {
  validate_user(text);
  const auto parts = text::split(text.empty() ? "0" : text, ':');
  const auto users = read_table(root, "/etc/passwd", 6);
  const auto groups = read_table(root, "/etc/group", 4);
  const fields* line = find_user(users, parts[0]);
  user resolved;
  if (line != nullptr) {
    resolved.uid = *parse_id((*line)[2]);
    resolved.gid = parse_id((*line)[3]).value_or(0);
    if ((*line)[5].starts_with("/")) resolved.home = (*line)[5];
  } else if (const auto id = parse_id(parts[0])) {
    resolved.uid = *id;
  } else {
    throw usage_error(fmt::format(
        "unable to find user {}: no matching entries in passwd file", sys::quote(text)));
  }
  if (parts.size() == 2)
    resolved.gid = group_id(groups, parts[1], "Config.User");
  else if (line != nullptr)
    resolved.groups = groups_with(groups, (*line)[0]);
  for (const auto& group : added)
    resolved.groups.push_back(group_id(groups, group, "HostConfig.GroupAdd"));
  return resolved;
}

}  // namespace zoomin::security
