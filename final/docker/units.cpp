// SPDX-License-Identifier: MIT
#include "docker/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace zoomin::docker {

namespace {

constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;

// A duration below `below` is shown in this unit.
struct unit {
  std::int64_t below;  // seconds
  std::int64_t seconds;
  const char* name;
};
constexpr std::array units{
    unit{minute, 1, "seconds"},       unit{hour, minute, "minutes"},
    unit{2 * day, hour, "hours"},     unit{14 * day, day, "days"},
    unit{60 * day, 7 * day, "weeks"}, unit{730 * day, 30 * day, "months"}};

// Formats a size in the largest unit that isn't larger than the size.
std::string scaled(double size, double step, int digits,
                   const std::array<const char*, 7>& names) {
  std::size_t at = 0;
  for (; size >= step - 0.5 && at + 1 < names.size(); ++at) size /= step;
  return fmt::format("{:.{}g}{}", size, digits, names[at]);
}

// Returns true for a byte of UTF-8 that isn't the first one of a character.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string binary_size_text(std::uint64_t bytes) {
  constexpr std::array names{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  return scaled(static_cast<double>(bytes), 1024, 4, names);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array names{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  return scaled(static_cast<double>(bytes), 1000, 3, names);
}

std::string date_text(std::int64_t since) {
  std::array<char, 64> text{};
  tm parts{};
  const time_t time = since;
  ::localtime_r(&time, &parts);
  return {text.data(), std::strftime(text.data(), text.size(), "%F %T %z %Z", &parts)};
}

std::string duration_text(std::int64_t seconds) {
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds >= minute && seconds < 2 * minute) return "About a minute";
  if (seconds >= hour) seconds += hour / 2;  // hours are rounded
  if (seconds >= hour && seconds < 2 * hour) return "About an hour";
  for (const auto& unit : units)
    if (seconds < unit.below)
      return fmt::format("{} {}", seconds / unit.seconds, unit.name);
  return fmt::format("{} years", seconds / (365 * day));
}

std::string ago_text(std::int64_t since, std::int64_t now) {
  return since == 0 ? "N/A" : duration_text(now - since) + " ago";
}

std::string short_id(const std::string& id) {
  const auto colon = id.find(':');
  return id.substr(colon == std::string::npos ? 0 : colon + 1, 12);
}

std::string id_text(const std::string& id, bool no_trunc) {
  return no_trunc ? id : short_id(id);
}

std::size_t characters(const std::string& text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

std::string shortened(const std::string& text, std::size_t max_size) {
  if (characters(text) <= max_size) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end)
    if (!continues(text[end]) && ++seen == max_size) break;
  return text.substr(0, end) + "…";
}

std::string or_none(const std::string& text) { return text.empty() ? "<none>" : text; }

}  // namespace zoomin::docker
