// SPDX-License-Identifier: MIT
#include "base/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "base/duration.hpp"
#include "common/error.hpp"

namespace zoomin::base {

namespace {

constexpr long second_ns = 1'000'000'000;

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// Removes decimal digits from the front and returns their value; empty if there are none,
// or too many.
std::optional<long> take_number(std::string_view& text) {
  long number = 0;
  const auto [end, failure] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || text.front() == '-') return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Removes a fraction such as ".25" and returns it in units of 1/whole, rounded down; 0 if
// the text doesn't begin with '.'.
std::optional<long> take_fraction(std::string_view& text, long whole) {
  if (!text.starts_with('.')) return 0;
  text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return {};
  long sum = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1))
    sum += (text.front() - '0') * (whole /= 10);
  return sum;
}

timespec plus(timespec instant, long seconds, long nanoseconds) {
  instant.tv_sec += seconds;
  instant.tv_nsec += nanoseconds;
  if (instant.tv_nsec < 0) {
    instant.tv_nsec += second_ns;
    --instant.tv_sec;
  }
  return instant;
}

std::optional<timespec> seconds_since_1970(std::string_view text) {
  const auto seconds = take_number(text);
  const auto fraction = seconds ? take_fraction(text, second_ns) : std::nullopt;
  if (!fraction || !text.empty()) return {};
  return timespec{.tv_sec = *seconds, .tv_nsec = *fraction};
}

// Parses a time zone, "Z" or "+01:00". Returns the seconds east of Greenwich.
std::optional<long> parse_zone(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
  for (const std::size_t at : {1U, 2U, 4U, 5U})
    if (!is_digit(text[at])) return {};
  const auto two = [&](std::size_t at) {
    return (text[at] - '0') * 10 + text[at + 1] - '0';
  };
  const long east = two(1) * 3600L + two(4) * 60L;
  return text[0] == '-' ? -east : east;
}

std::optional<timespec> parse_date(const std::string& text) {
  tm parts{};
  const char* end = nullptr;
  for (const char* form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    parts = {};
    parts.tm_isdst = -1;
    if ((end = ::strptime(text.c_str(), form, &parts)) != nullptr) break;
  }
  if (end == nullptr) return {};
  std::string_view rest(end);
  const auto fraction = take_fraction(rest, second_ns);
  if (!fraction) return {};
  const int day = parts.tm_mday;  // timegm(3) turns 31 February into a day of March
  const auto east = rest.empty() ? 0 : parse_zone(rest);
  if (!east) return {};
  const time_t seconds = rest.empty() ? ::mktime(&parts) : ::timegm(&parts);
  if (parts.tm_mday != day) return {};
  return timespec{.tv_sec = seconds - *east, .tv_nsec = *fraction};
}

}  // namespace

std::string timestamp_text(const timespec& instant) {
  constexpr time_t last = 253'402'300'799;  // the end of the year 9999
  // gmtime(3) would read the file of the local time zone.
  const std::chrono::seconds since(std::clamp<time_t>(instant.tv_sec, 0, last));
  const auto days = std::chrono::floor<std::chrono::days>(since);
  const std::chrono::year_month_day date{std::chrono::sys_days(days)};
  const std::chrono::hh_mm_ss time(since - days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(),
                     instant.tv_sec < 0 ? 0 : instant.tv_nsec);
}

bool is_timestamp(std::string_view text) {
  constexpr std::string_view least = "0000-00-00T00:00:00.000000000Z";
  constexpr std::string_view most = "9999-99-99T99:99:99.999999999Z";
  if (text.size() != least.size()) return false;
  // Doesn't stop at the first wrong character, so that the compiler can vectorise the
  // loop: a log has millions of timestamps.
  const char* character = text.data();
  char wrong = 0;
  for (std::size_t at = 0; at < least.size(); ++at)
    wrong = static_cast<char>(wrong | (character[at] < least[at]) |
                              (character[at] > most[at]));
  return wrong == 0;
}

std::string parse_timestamp(std::string_view name, const std::string& text,
                            const timespec& now) {
  if (const auto instant = seconds_since_1970(text)) return timestamp_text(*instant);
  if (const auto instant = parse_date(text)) return timestamp_text(*instant);
  if (const auto ago = duration_ns(text, true))
    return timestamp_text(plus(now, -(*ago / second_ns), -(*ago % second_ns)));
  throw usage_error(
      fmt::format("{} {}: not a time", name, text),
      "use a form such as 10m, 2026-01-31T12:00:00Z, or seconds since 1970");
}

}  // namespace zoomin::base
