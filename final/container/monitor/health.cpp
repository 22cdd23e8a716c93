// SPDX-License-Identifier: MIT
#include "container/monitor/health.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/json.hpp"
#include "common/sys.hpp"
#include "container/state.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

constexpr std::size_t max_output = 4096, max_results = 5;
constexpr int timed_out = -1;

// Closes every descriptor inherited from the monitor, so that the probe never keeps a
// pipe open that someone reads to EOF.
unique_fd close_all_except(unique_fd output) {
  const int kept = ::fcntl(output.get(), F_DUPFD_CLOEXEC, 3);
  const auto number = static_cast<unsigned>(kept);
  if (number > 3) sys::close_range(sys::quiet, 3, number - 1);
  sys::close_range(sys::quiet, number + 1, ~0U);
  [[maybe_unused]] const int gone = output.release();
  return unique_fd(kept);
}

}  // namespace

std::string text_of(const health& health) {
  json log = json::array();
  for (const auto& result : health.log)
    log.push_back({{"Start", result.start},
                   {"End", result.end},
                   {"ExitCode", result.exit_code},
                   {"Output", result.output}});
  return json{{"Status", health.status},
              {"FailingStreak", health.failing},
              {"Log", std::move(log)}}
      .dump(2, ' ', false, json::error_handler_t::replace);
}

health_watch::health_watch(health_check check, probe run, killer kill_all,
                           listener on_result)
    : check_(std::move(check)),
      run_(std::move(run)),
      kill_all_(std::move(kill_all)),
      on_result_(std::move(on_result)),
      next_(clock::now() + check_.interval) {
  on_result_(health_, true);
}

health_watch::~health_watch() { kill(); }

std::vector<pollfd> health_watch::descriptors() const {
  if (!process_) return {};
  return {{process_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}};
}

std::optional<health_watch::clock::time_point> health_watch::deadline() const {
  return next_;
}

void health_watch::dispatch() {
  if (process_) {
    drain();
    siginfo_t info{};
    const auto which = static_cast<id_t>(process_.get());
    if (::waitid(P_PIDFD, which, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
      return end(info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status);
  }
  if (clock::now() < next_) return;
  if (!process_) return begin();
  kill();
  kill_all_(number_);
  result_.output = fmt::format("Health check exceeded timeout ({} ms)",
                               check_.timeout / std::chrono::milliseconds(1));
  end(timed_out);
}

void health_watch::begin() {
  next_ = clock::now() + (paused_ ? check_.interval : check_.timeout);
  if (paused_) return;
  result_ = {.start = now_text(), .end = {}, .output = {}};
  std::array<int, 2> ends{};
  sys::check("pipe2", "health check",
             [&] { return ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK); });
  output_ = unique_fd(ends[0]);
  unique_fd command_end(ends[1]);
  ::fcntl(command_end.get(), F_SETFL, 0);  // the command's writes block
  ++number_;
  if (sys::clone3(sys::quiet, 0, -1, &process_) != 0) return;
  try {
    sys::set_parent_death_signal(sys::quiet, SIGKILL);
    ::_exit(run_(close_all_except(std::move(command_end)), number_));
  } catch (const std::exception&) {
    ::_exit(126);  // also if the container has just ended
  }
}

void health_watch::drain() {
  std::array<char, 16UL << 10> buffer;
  ssize_t got = 0;
  while ((got = ::read(output_.get(), buffer.data(), buffer.size())) > 0) {
    const auto room = max_output - result_.output.size();
    result_.output.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
  }
  if (got == 0) output_.reset();
}

void health_watch::end(int exit_code) {
  if (output_) drain();
  process_.reset();
  output_.reset();
  next_ = clock::now() + check_.interval;
  if (paused_) return;
  result_.end = now_text();
  result_.exit_code = exit_code;
  health_.log.push_back(std::move(result_));
  if (health_.log.size() > max_results) health_.log.erase(health_.log.begin());
  const std::string before = health_.status;
  const bool still_starting =
      before == "starting" && clock::now() < began_ + check_.start_period;
  if (exit_code == 0) {
    health_.failing = 0;
    health_.status = "healthy";
  } else if (!still_starting && ++health_.failing >= check_.retries) {
    health_.status = "unhealthy";
  }
  on_result_(health_, health_.status != before);
}

void health_watch::kill() {
  if (!process_) return;
  sys::pidfd_send_signal(process_.get(), SIGKILL);
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED);
}

}  // namespace zoomin::container
