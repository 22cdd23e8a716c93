// SPDX-License-Identifier: MIT
#include "build/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "docker/units.hpp"

namespace zoomin::build {

namespace {

// Cuts a long path to its end, between two UTF-8 characters.
std::string shortened(std::string path) {
  constexpr std::size_t most = 38;
  if (path.size() <= most) return path;
  auto begin = path.size() - most;
  while (begin < path.size() && (base::byte_at(path, begin) & 0xC0U) == 0x80U) ++begin;
  return "…" + path.substr(begin);
}

// Returns true if the directory counts as changed only because the next change is in it.
bool is_parent(const overlay::change& change, const overlay::change& next) {
  return change.kind == 'C' && next.path.starts_with(change.path + "/");
}

// Returns a line per change, without directories that are only the parents of others.
std::vector<std::string> own_changes(const std::vector<overlay::change>& changes) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (i + 1 == changes.size() || !is_parent(changes[i], changes[i + 1]))
      lines.push_back(fmt::format("{} {}", changes[i].kind,
                                  shortened(base::printable(changes[i].path))));
  return lines;
}

}  // namespace

std::string full_text(const step_overlay& step) {
  constexpr std::size_t max_shown = 10;
  std::string text = fmt::format("  overlay: {} below, 1 writable on top: {}\n",
                                 step.layers, step.directory);
  for (std::size_t i = 0; i < std::min(step.changes.size(), max_shown); ++i)
    text += fmt::format("  {} {}\n", step.changes[i].kind,
                        base::printable(step.changes[i].path));
  if (step.changes.size() > max_shown)
    text += fmt::format("  and {} more\n", step.changes.size() - max_shown);
  return text + "  the writable layer becomes a layer of the image\n";
}

std::string brief_text(const step_overlay& step) {
  constexpr std::size_t max_shown = 5, columns = 80;
  std::string text =
      fmt::format("  overlay: {} layer{} below, an empty writable layer on top\n",
                  step.layers, step.layers == 1 ? "" : "s");
  const auto lines = own_changes(step.changes);
  if (lines.empty()) return text + "  it held nothing\n";
  const std::string end =
      fmt::format(" ({} change{}, {})\n", lines.size(), lines.size() == 1 ? "" : "s",
                  docker::size_text(step.bytes));
  std::string shown = "  it held: " + lines.front();
  std::size_t count = 1;
  const auto room = columns - end.size() - std::string_view(", …").size();
  for (; count < std::min(lines.size(), max_shown); ++count) {
    if (shown.size() + lines[count].size() + 2 > room) break;
    shown += ", " + lines[count];
  }
  return text + shown + (count < lines.size() ? ", …" : "") + end;
}

}  // namespace zoomin::build
