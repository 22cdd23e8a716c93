// SPDX-License-Identifier: MIT
// progress: how far a long copy has come, on a terminal: one line that is rewritten.
//
// It shows how many bytes this process has written, which the kernel counts: proc(5),
// /proc/PID/io. So what copies doesn't need to know that somebody watches. Without that
// file nothing is shown.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace zoomin::cli {

class progress {
 public:
  // Takes a word such as "Loading". Shows nothing if stderr is not a terminal, and
  // nothing of what takes no longer than a moment. Starts a thread: make no namespaces
  // afterwards.
  progress(std::string doing, bool quiet);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();  // removes the line

  // Replaces the line by one that stays: "Successfully copied 2.1MB to /tmp". Does so
  // only where progress would be shown.
  void succeeded(const std::string& done, const std::string& where);

 private:
  void watch();
  void stop();
  [[nodiscard]] std::uint64_t written() const;

  std::string doing_;
  std::optional<std::uint64_t> before_;  // bytes; empty if nothing is to be shown
  bool shown_ = false;
  bool ended_ = false;
  std::mutex mutex_;
  std::condition_variable end_;
  std::thread watcher_;
};

}  // namespace zoomin::cli
