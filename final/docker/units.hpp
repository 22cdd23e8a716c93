// SPDX-License-Identifier: MIT
// units: sizes and ages in the words that Docker has for them. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace zoomin::cli {

// "4.86MB": powers of 1000, three digits.
std::string size_text(std::uint64_t bytes);

// "64MiB": powers of 1024, four digits.
std::string binary_size_text(std::uint64_t bytes);

// "2026-01-31 12:00:00 +0000 UTC". Seconds since 1970.
std::string moment_text(std::int64_t since);

// "2 weeks", "About an hour", "Less than a second".
std::string duration_text(std::int64_t seconds);

// "2 weeks ago"; "N/A" where `since` is 0. Seconds since 1970.
std::string ago_text(std::int64_t since, std::int64_t now);

// "3f2a…": the first 12 digits of an id, without "sha256:".
std::string short_id(const std::string& id);

// "<none>" where it is empty.
std::string or_none(const std::string& text);

}  // namespace zoomin::cli
