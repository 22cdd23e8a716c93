// SPDX-License-Identifier: MIT
// brief: folds narrated requests into one line for each mechanism. It only formats text.
//
//    H  8 x mkdir        a new cgroup: cpu, memory, pids                        group
//       C  mount         layers as one tree: 1 read-only, 1 writable            overlay
//
// A line shows the call and how often it was made, the mechanism's words with the
// subjects of its requests, and at its end the name for --skip. A few mechanisms share a
// line, so that a container is narrated on one screen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::narration {

// One request, as it was made or left out.
struct brief_request {
  std::string_view id;
  std::string_view words;
  std::string_view subject;
  std::string call;     // "mkdir(…)"
  std::string failure;  // the name of the error, such as "EBUSY"; empty after a success
  bool left_out = false;
};

// Two mechanisms that share a line if a process uses both before it waits for another:
// "2 x mount  views of the kernel: /proc, /sys  proc, sys". Defined beside the calls.
class shared_line {
 public:
  shared_line(const char* main, const char* other, const char* words) noexcept;

 private:
  friend class brief;
  const char* main_;
  const char* other_;
  const char* words_;
  const shared_line* next_;
};

// Writes `heading` before whatever the narration writes first. An error of an option,
// which comes before any request, is then printed without it.
void begin_with(std::string heading);

class brief {
 public:
  void add(const brief_request& request);
  void clear() { lines_.clear(); }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  // Returns the lines, in the order in which their mechanisms were first used.
  [[nodiscard]] std::string lay_out(bool in_container, std::size_t width,
                                    bool colour) const;

 private:
  struct fold {
    std::string mechanism;
    std::string words;
    std::vector<std::string> calls;     // the main request's call first
    std::vector<std::string> subjects;  // without repetitions
    bool has_main = false;              // a request has the mechanism's own name
    bool left_out = false;
  };
  fold& fold_of(const brief_request& request);
  [[nodiscard]] std::vector<fold> with_shared_lines() const;
  static std::string calls_text(const fold& line);
  static std::string words_text(const fold& line, std::size_t room);

  std::vector<fold> lines_;
};

}  // namespace zoomin::narration
