// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "cli/console.hpp"
#include "common/sys.hpp"
#include "docker/units.hpp"

namespace zoomin::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto pause = 200ms;
constexpr auto clear_line = "\r\x1b[K";

// Returns how many bytes this process has written, by write(2) and similar calls.
std::optional<std::uint64_t> bytes_written() try {
  constexpr std::string_view key = "wchar: ";
  const std::string text = sys::read_file("/proc/self/io");
  const auto at = text.find(key);
  if (at == std::string::npos) return std::nullopt;
  return std::strtoull(text.c_str() + at + key.size(), nullptr, 10);
} catch (const sys::error&) {
  return std::nullopt;
}

}  // namespace

progress::progress(std::string activity, bool quiet) : activity_(std::move(activity)) {
  if (quiet || ::isatty(STDERR_FILENO) != 1) return;
  before_ = bytes_written();
  if (before_) watcher_ = std::thread([this] { watch(); });
}

progress::~progress() { stop(); }

std::uint64_t progress::written() const {
  return bytes_written().value_or(*before_) - *before_;
}

void progress::watch() {
  std::unique_lock lock(mutex_);
  while (!end_.wait_for(lock, pause, [&] { return ended_; })) {
    fmt::print(stderr, "{}{}: {}", clear_line, activity_, docker::size_text(written()));
    std::fflush(stderr);
    shown_ = true;
  }
}

void progress::stop() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end_.notify_one();
  watcher_.join();
  if (shown_) fmt::print(stderr, "{}", clear_line);
}

void progress::succeeded(const std::string& verb, const std::string& target) {
  stop();
  if (!before_) return;
  fmt::print(stderr, "Successfully {} {} to {}\n", verb, docker::size_text(written()),
             target);
}

}  // namespace zoomin::cli
