// SPDX-License-Identifier: MIT
#include "container/log/line_joiner.hpp"

namespace zoomin::container {

namespace {

constexpr std::size_t max_waiting = 1UL << 20;

}  // namespace

void line_joiner::give(line& line, stream from, const taker& take) {
  if (line.text.empty()) return;
  take({.time = line.time,
        .from = from,
        .begins = line.begins,
        .ends = line.ends,
        .text = line.text});
  line.text.clear();
  line.begins = false;
}

void line_joiner::add(const record& part, const taker& take) {
  auto& line = lines_[static_cast<std::size_t>(part.from)];
  if (part.begins && !line.ends) {
    line.text += '\n';
    line.ends = true;
    give(line, part.from, take);
  }
  if (part.begins && part.ends) return take(part);
  if (part.begins) line = {.time = std::string(part.time)};
  line.text += part.text;
  line.ends = part.ends;
  if (line.ends || line.text.size() > max_waiting) give(line, part.from, take);
}

void line_joiner::flush(const taker& take) {
  for (std::size_t at = 0; at < lines_.size(); ++at)
    give(lines_[at], static_cast<stream>(at), take);
}

}  // namespace zoomin::container
