// SPDX-License-Identifier: MIT
// recording: the page that --record writes: record.html with the lines of one run or of
// two, which it shows side by side. The page needs nothing else: no network, no other
// file.
#pragma once

#include <string>

#include "common/fd.hpp"

namespace zoomin {

class recording {
 public:
  // Opens the page for writing, and starts the record. Throws sys::error.
  explicit recording(const std::string& path);
  // Begins the run `name`: the lines recorded from now on belong to it.
  static void begin_run(const std::string& name);
  // Writes the page.
  void write(const std::string& title) const;
  // The record's file; the process that makes the container continues it.
  [[nodiscard]] int lines() const { return lines_.get(); }

 private:
  std::string path_;
  unique_fd page_;
  unique_fd lines_;
};

}  // namespace zoomin
