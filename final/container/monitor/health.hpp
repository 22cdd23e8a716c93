// SPDX-License-Identifier: MIT
// health: runs a container's health check at intervals. The check is a command in the
// container whose exit status tells whether the container works.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/event_source.hpp"
#include "common/fd.hpp"
#include "container/spec/health_check.hpp"

namespace zoomin::container {

// The result of one check; the last few are kept.
struct health_result {
  std::string start, end;  // RFC 3339
  int exit_code = 0;       // -1: timeout
  std::string output;      // the first 4096 bytes
};

struct health {
  std::string status = "starting";  // "healthy", "unhealthy"
  unsigned failing = 0;             // failures in a row
  std::vector<health_result> log{};
};

// Returns the JSON text in Docker's shape, as `inspect` shows it. Bytes of outputs that
// aren't UTF-8 are replaced.
std::string text_of(const health& health);

// Runs the checks as an event source of the monitor, each in a child process.
class health_watch final : public base::event_source {
 public:
  // Runs the check in a child process, with `output` as its standard output and error,
  // and returns its exit status. `number` counts the checks.
  using probe = std::function<int(unique_fd output, unsigned number)>;
  // Kills the remaining processes of a check, without waiting for their end.
  using killer = std::function<void(unsigned number)>;
  // Called after each check. `changed` is true if the status has changed.
  using listener = std::function<void(const health&, bool changed)>;
  health_watch(health_check check, probe run, killer kill_all, listener on_result);
  health_watch(const health_watch&) = delete;
  health_watch& operator=(const health_watch&) = delete;
  ~health_watch() override;  // kills a running check

  // Suspends the checks while the container is paused.
  void pause(bool paused) { paused_ = paused; }
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
  killer kill_all_;
  listener on_result_;
  unsigned number_ = 0;  // of the latest check
  health health_;
  clock::time_point began_ = clock::now();  // start of the container
  clock::time_point next_;      // start of the next check, or timeout of the running one
  unique_fd process_, output_;  // while a check runs
  health_result result_;
  bool paused_ = false;
};

}  // namespace zoomin::container
