// SPDX-License-Identifier: MIT
#include "common/brief.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/columns.hpp"
#include "common/narration.hpp"

namespace zoomin::narration {

namespace {

// Returns the call's name: "mkdir" of "mkdir(…)", "nft" of "nft add map …".
std::string name_of(const std::string& call) {
  return call.substr(0, call.find_first_of("( "));
}

void add_once(std::vector<std::string>& to, std::string_view text) {
  if (!text.empty() && std::ranges::find(to, text) == to.end()) to.emplace_back(text);
}

const shared_line*& first_shared_line() {
  static const shared_line* first = nullptr;
  return first;
}

}  // namespace

shared_line::shared_line(const char* main, const char* other, const char* words) noexcept
    : main_(main), other_(other), words_(words), next_(first_shared_line()) {
  first_shared_line() = this;
}

brief::fold& brief::fold_of(const brief_request& request) {
  const auto mechanism = mechanism_of(request.id);
  const auto same = [&](const fold& line) {
    return line.mechanism == mechanism && line.left_out == request.left_out;
  };
  const auto known = std::ranges::find_if(lines_, same);
  if (known != lines_.end()) return *known;
  lines_.push_back({.mechanism = std::string(mechanism),
                    .words = std::string(words_of(mechanism)),
                    .calls = {},
                    .subjects = {},
                    .left_out = request.left_out});
  return lines_.back();
}

void brief::add(const brief_request& request) {
  fold& line = fold_of(request);
  const bool described = !words_of(line.mechanism).empty();
  const bool main = request.id == line.mechanism && !line.has_main;
  if (!described && (main || line.words.empty())) line.words = request.words;
  line.calls.insert(main ? line.calls.begin() : line.calls.end(), name_of(request.call));
  line.has_main = line.has_main || main;
  if (!described || !main) add_once(line.subjects, request.subject);
  if (!request.failure.empty())
    add_once(line.subjects,
             fmt::format("{} ({})", request.failure, name_of(request.call)));
}

// "mkdir", "7 x mkdir" or, with other calls, "pivot_root +2".
std::string brief::calls_text(const fold& line) {
  const auto& calls = line.calls;
  const auto same = std::ranges::count(calls, calls.front());
  if (static_cast<std::size_t>(same) < calls.size())
    return fmt::format("{} +{}", calls.front(), calls.size() - 1);
  return calls.size() == 1 ? calls.front()
                           : fmt::format("{} x {}", calls.size(), calls.front());
}

// Adds as many subjects as have room, and the number of the others.
std::string brief::words_text(const fold& line, std::size_t room) {
  std::string text = line.words;
  for (std::size_t i = 0; i < line.subjects.size(); ++i) {
    const std::size_t others = line.subjects.size() - i - 1;
    const std::string next = (i > 0 ? ", " : text.empty() ? "" : ": ") + line.subjects[i];
    const std::size_t reserve = others == 0 ? 0 : fmt::format(", {} more", others).size();
    if (i > 0 && columns::length(text + next) + reserve > room)
      return fmt::format("{}, {} more", text, others + 1);
    text += next;
  }
  return text;
}

// Merges the lines of two mechanisms into the earlier one.
std::vector<brief::fold> brief::with_shared_lines() const {
  auto lines = lines_;
  for (const auto* shared = first_shared_line(); shared != nullptr;
       shared = shared->next_) {
    const auto line_of = [&](std::string_view mechanism) {
      return std::ranges::find_if(lines, [&](const fold& line) {
        return line.mechanism == mechanism && !line.left_out;
      });
    };
    const auto main = line_of(shared->main_), other = line_of(shared->other_);
    if (main == lines.end() || other == lines.end()) continue;
    fold both = *main;
    both.mechanism += ", " + other->mechanism;
    both.words = shared->words_;
    both.calls.insert(both.calls.end(), other->calls.begin(), other->calls.end());
    for (const auto& subject : other->subjects) add_once(both.subjects, subject);
    *std::min(main, other) = both;
    lines.erase(std::max(main, other));
  }
  return lines;
}

std::string brief::lay_out(bool in_container, std::size_t width, bool colour) const {
  std::string text;
  for (const auto& line : with_shared_lines()) {
    const columns::brief_line shown{in_container, calls_text(line), line.mechanism,
                                    line.left_out};
    const std::string note = line.left_out ? "left out: " : "";
    const auto room = columns::room_for_words(width, line.mechanism) - note.size();
    text += columns::lay_out_brief(shown, note + words_text(line, room), width, colour);
  }
  return text;
}

}  // namespace zoomin::narration
