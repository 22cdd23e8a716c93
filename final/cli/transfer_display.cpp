// SPDX-License-Identifier: MIT
#include "cli/transfer_display.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/printable.hpp"
#include "cli/console.hpp"
#include "common/narration.hpp"
#include "docker/units.hpp"

namespace zoomin::cli {

namespace {

constexpr std::size_t bar_width = 30;
constexpr auto pause = std::chrono::milliseconds(100);

constexpr unsigned line_width = 80;

// Returns the number of lines that can be rewritten. It is 0 if stdout isn't a terminal,
// or is so narrow that lines would be broken.
std::size_t lines_on_screen() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1) return 0;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < line_width)
    return 0;
  return size.ws_row;
}

std::string bar(std::uint64_t moved, std::uint64_t total) {
  const auto full = total == 0 ? bar_width : std::min(moved, total) * bar_width / total;
  return fmt::format("[{}>{}]", std::string(full, '='),
                     std::string(bar_width - full, ' '));
}

}  // namespace

transfer_display::transfer_display(style display_style)
    : style_(std::move(display_style)) {}

void transfer_display::begin(const std::string& tag,
                             const std::vector<registry::layer_line>& layers) {
  const std::lock_guard lock(mutex_);
  rows_.clear();
  for (const auto& layer : layers) rows_.push_back({layer});
  if (style_.quiet) return;
  if (!style_.heading.empty()) print(fmt::format("{}: {}\n", tag, style_.heading));
  draws_ = !style_.explain && rows_.size() + 1 < lines_on_screen();
  if (!draws_) return;
  print(std::string(rows_.size(), '\n'));
  draw();
}

std::string transfer_display::text_of(const row& shown) const {
  const auto& [layer, state, moved, ended] = shown;
  if (ended || moved == 0) return fmt::format("{}: {}", layer.id, state);
  return fmt::format("{}: {} {}  {}/{}", layer.id, state, bar(moved, layer.bytes),
                     docker::size_text(moved), docker::size_text(layer.bytes));
}

void transfer_display::draw() {
  std::string text = rows_.empty() ? "" : fmt::format("\x1b[{}A", rows_.size());
  for (const auto& each : rows_) text += fmt::format("\r{}\x1b[K\n", text_of(each));
  print(text);
  drawn_ = std::chrono::steady_clock::now();
}

void transfer_display::moved(std::size_t layer, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  rows_[layer].moved = bytes;
  rows_[layer].state = style_.moving;
  if (draws_ && std::chrono::steady_clock::now() - drawn_ > pause) draw();
}

void transfer_display::ended(std::size_t layer, std::string_view result) {
  const std::lock_guard lock(mutex_);
  rows_[layer].state = result;
  rows_[layer].has_ended = true;
  if (style_.quiet) return;
  if (draws_)
    draw();
  else
    print(text_of(rows_[layer]) + "\n");
}

void transfer_display::requested(const registry::sent_request& request) {
  if (!style_.explain) return;
  const std::lock_guard lock(mutex_);
  narration::put(
      fmt::format("{} {} -> {}, {}{}{}\n", request.method, base::printable(request.path),
                  request.status, docker::size_text(request.bytes),
                  request.host.empty() ? "" : " at ", base::printable(request.host)));
}

void transfer_display::not_requested(std::size_t layer, std::string_view why) {
  if (!style_.explain) return;
  const std::lock_guard lock(mutex_);
  const auto& [id, bytes] = rows_[layer].layer;
  narration::put(fmt::format("not requested: layer {}, {}: {}\n", id,
                             docker::size_text(bytes), why));
}

}  // namespace zoomin::cli
