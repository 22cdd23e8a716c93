// SPDX-License-Identifier: MIT
// progress: shows on a terminal how far a long copy has come, in one line that is
// rewritten.
//
// It shows how many bytes this process has written, which the kernel counts in
// /proc/PID/io, proc(5). Therefore the code that copies needn't report its progress. If
// the kernel lacks that file, nothing is shown.
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
  // `activity` is a word such as "Loading". Shows nothing if `quiet`, if stderr is not a
  // terminal, or if the copy takes only a moment. Starts a thread, so this process can't
  // create or join namespaces until the object is destroyed.
  progress(std::string activity, bool quiet);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();  // removes the line

  // Replaces the line by one that stays: "Successfully copied 2.1MB to /tmp". Prints
  // nothing where the progress isn't shown either.
  void succeeded(const std::string& verb, const std::string& target);

 private:
  void watch();
  void stop();
  [[nodiscard]] std::uint64_t written() const;

  std::string activity_;
  std::optional<std::uint64_t> before_;  // bytes; empty if nothing is to be shown
  bool shown_ = false;
  bool ended_ = false;
  std::mutex mutex_;
  std::condition_variable end_;
  std::thread watcher_;
};

}  // namespace zoomin::cli
