// SPDX-License-Identifier: MIT
// health: a command that is run inside from time to time, and tells by its exit status
// whether the container does what it is for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/event_source.hpp"
#include "common/fd.hpp"
#include "container/spec/health_check.hpp"

namespace zoomin::container {

// What one run of the command showed; the last few are kept.
struct health_result {
  std::string start, end;  // RFC 3339
  int exit_code = 0;       // -1: it took too long
  std::string output;      // the beginning
};

struct health {
  std::string status = "starting";  // "healthy", "unhealthy"
  unsigned failing = 0;             // in a row
  std::vector<health_result> log{};
};

// Docker's shape, as `inspect` shows it; outputs may be any bytes.
std::string text_of(const health& health);

// Beside a session: runs the command, a process of ours for each run.
class health_watch final : public event_source {
 public:
  // Runs in a process of its own: becomes the command inside, with that standard output
  // and error, and returns its exit status. `number` counts the runs of the command.
  using probe = std::function<int(unique_fd output, unsigned number)>;
  // Ends all that this run has started and that is still there. Doesn't wait.
  using ender = std::function<void(unsigned number)>;
  // `changed`: its status is another one, or only what is known has grown.
  using listener = std::function<void(const health&, bool changed)>;
  health_watch(health_check check, probe run, ender end_all, listener told);
  health_watch(const health_watch&) = delete;
  health_watch& operator=(const health_watch&) = delete;
  ~health_watch() override;  // ends a command that is running

  // While the container stands still nothing is to be known of it.
  void pause(bool wanted) { paused_ = wanted; }
  [[nodiscard]] std::vector<pollfd> descriptors() const override;
  [[nodiscard]] std::optional<clock::time_point> deadline() const override;
  void dispatch() override;

 private:
  void begin();
  void drain();
  void end(int exit_code);
  void kill();

  health_check check_;
  probe run_;
  ender end_all_;
  listener told_;
  unsigned number_ = 0;  // of the latest run
  health known_;
  clock::time_point began_ = clock::now();  // the container
  clock::time_point next_;                  // the next run, or this one's latest end
  unique_fd process_, output_;              // while the command runs
  health_result result_;
  bool paused_ = false;
};

}  // namespace zoomin::container
