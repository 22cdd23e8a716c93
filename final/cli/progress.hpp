// SPDX-License-Identifier: MIT
// progress: shows on a terminal how far a long copy has come, in one line that is
// rewritten.
//
// It shows how many bytes this process has written, which the kernel counts: proc(5),
// /proc/PID/io. So the code that copies needs no calls that report progress. Without that
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
  // Takes a word such as "Loading". Shows nothing if `quiet`, if stderr is not a
  // terminal, or if the copy takes only a moment. Starts a thread: make no namespaces
  // afterwards.
  progress(std::string doing, bool quiet);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();  // removes the line

  // Replaces the line by one that stays: "Successfully copied 2.1MB to /tmp". Does so
  // only if progress would be shown.
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
