// SPDX-License-Identifier: MIT
// units: formats sizes, ages and ids as Docker does. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace zoomin::docker {

// Formats a size with powers of 1000 and three digits: "4.86MB".
std::string size_text(std::uint64_t bytes);

// Formats a size with powers of 1024 and four digits: "64MiB".
std::string binary_size_text(std::uint64_t bytes);

// Formats seconds since 1970 in local time: "2026-01-31 12:00:00 +0000 UTC".
std::string date_text(std::int64_t since);

// Formats a duration: "2 weeks", "About an hour", "Less than a second".
std::string duration_text(std::int64_t seconds);

// Formats an age: "2 weeks ago"; "N/A" if `since` is 0. Both are in seconds since 1970.
std::string ago_text(std::int64_t since, std::int64_t now);

// Returns the first 12 digits of an id, without "sha256:".
std::string short_id(const std::string& id);

// Returns the id if `no_trunc`, else its short form.
std::string id_text(const std::string& id, bool no_trunc);

// Cuts the text to at most `max_size` characters of UTF-8. If it is cut, the last
// character is "…".
std::string shortened(const std::string& text, std::size_t max_size);
// Returns the number of characters of UTF-8.
std::size_t characters(const std::string& text);

// Returns the text, or "<none>" if it is empty.
std::string or_none(const std::string& text);

}  // namespace zoomin::docker
