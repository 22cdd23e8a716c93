// SPDX-License-Identifier: MIT
#include "04-cgroups/lab/compare.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "01-pid/pid.hpp"
#include "04-cgroups/coordination/create.hpp"
#include "04-cgroups/look.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

namespace {

using clock = std::chrono::steady_clock;
constexpr auto duration = std::chrono::seconds(6);
constexpr auto patience = std::chrono::seconds(90);  // on a slow machine, for C's end
constexpr auto interval = std::chrono::milliseconds(500);
constexpr std::size_t bar_width = 16;  // a line has 79 columns

// The article's host has 16 GB and 8 processors: A gets 2 GB and 2, B 4 GB and 4, C 1 GB
// and 1. These shares have the same proportions, of 128 MiB and one processor.
struct share {
  const char* letter;
  std::uint64_t memory_bytes;
  std::uint64_t cpu_quota_us;
};
constexpr std::uint64_t mib = 1ULL << 20;
constexpr share shares[] = {
    {"A", 64 * mib, 50'000}, {"B", 128 * mib, 100'000}, {"C", 32 * mib, 25'000}};

// The buffer grows by 4 MiB twelve times, whatever the CPU share: tail keeps a line that
// doesn't end. The loops run with nice, so that the buffer needn't wait for them. When
// tail is killed, the pipe has no reader, and the first process ends.
constexpr const char* load =
    "exec 2> /dev/null; for loop in 1 2; do nice -n 19 sh -c 'while :; do :; done' & "
    "done; "
    "for i in 1 2 3 4 5 6 7 8 9 10 11 12 wait; do "
    "if [ $i = wait ]; then sleep 30; else head -c 4m /dev/zero || exit; sleep 0.3; fi; "
    "done | tail -n 1 > /dev/null";

struct contestant {
  cgroup::share share;
  cgroup::group group;
  pid::child child;
  usage last{};     // the last reading
  double cpus = 0;  // CPUs used between the last two readings
  std::optional<std::string> ended{};
};

contestant start(const share& share) {
  const std::string name = fmt::format("compare-{}-{}", share.letter, ::getpid());
  auto group = create(name, {.memory_bytes = share.memory_bytes,
                             .memory_swap_bytes = {},
                             .cpu_quota_us = share.cpu_quota_us,
                             .processors = {},
                             .pids = 64});
  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS,
                           .cgroup = group.fd(),
                           .command = {"/bin/sh", "-c", load},
                           .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                           .init = false},
                          [&](pid::gate&) {
                            group.join();
                            enter();
                          });
  child.release();
  child.start();
  return {share, std::move(group), std::move(child)};
}

bool has_ended(const contestant& contestant) {
  pollfd ready{contestant.child.pidfd(), POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

void look_at(contestant& contestant, std::chrono::duration<double> since) {
  if (contestant.ended) return;
  const auto now = contestant.group.read();
  contestant.cpus = static_cast<double>(now.cpu_time_us - contestant.last.cpu_time_us) /
                    1e6 / since.count();
  contestant.last = now;
  if (!has_ended(contestant)) return;
  const int status = contestant.child.wait().status();
  const auto killed = oom_text(now, contestant.group.read_events(), true);
  contestant.ended =
      killed.empty() ? fmt::format("ended with status {}", status) : killed;
}

std::string bar(double part) {
  const auto filled = static_cast<std::size_t>(
      std::lround(std::clamp(part, 0.0, 1.0) * static_cast<double>(bar_width)));
  return std::string(filled, '#') + std::string(bar_width - filled, '.');
}

std::string line_of(const contestant& contestant) {
  if (contestant.ended)
    return fmt::format("{}  {}", contestant.share.letter, *contestant.ended);
  const auto used = static_cast<double>(contestant.last.memory_bytes);
  const auto most = static_cast<double>(contestant.share.memory_bytes);
  const double max_cpus = static_cast<double>(contestant.share.cpu_quota_us) /
                          static_cast<double>(cpu_period_us);
  return fmt::format("{}  memory {:5.1f} of {:3.0f} MiB {}  CPUs {:.2f} of {:.2f} {}",
                     contestant.share.letter, used / mib, most / mib, bar(used / most),
                     contestant.cpus, max_cpus, bar(contestant.cpus / max_cpus));
}

// On a terminal each picture replaces the one before: "\033[3A" moves three lines up,
// "\033[K" clears to the end of the line. console_codes(4).
void draw(const std::vector<contestant>& contestants, bool again) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  std::string picture =
      terminal && again ? fmt::format("\033[{}A", contestants.size()) : "";
  for (const auto& contestant : contestants)
    picture += line_of(contestant) + (terminal ? "\033[K\n" : "\n");
  if (!terminal) picture += "\n";
  fmt::print("{}", picture);
  std::fflush(stdout);
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

bool as_promised(const std::vector<contestant>& contestants) {
  return !contestants[0].ended && !contestants[1].ended &&
         contestants[2].group.read_events().oom_kills > 0;
}

// Keeps the terminal from the containers, and blocks the signals for which
// asked_to_stop_within() waits.
void stand_aside() {
  const auto null = sys::open("/dev/null", O_RDONLY);
  sys::check("dup2", "/dev/null", [&] { return ::dup2(null.get(), STDIN_FILENO); });
  const sigset_t stops = stop_signals();
  ::sigprocmask(SIG_BLOCK, &stops, nullptr);
}

bool asked_to_stop_within(std::chrono::nanoseconds time) {
  const sigset_t stops = stop_signals();
  const timespec limit{0, time.count()};
  return ::sigtimedwait(&stops, nullptr, &limit) > 0;
}

}  // namespace

int compare() {
  stand_aside();
  fmt::print("The same load in three containers with different limits, {} s:\n\n",
             duration.count());
  std::fflush(stdout);
  std::vector<contestant> contestants;
  for (const auto& share : shares) contestants.push_back(start(share));
  const auto begin = clock::now();
  auto last = begin;
  const auto goes_on = [&] {
    const auto passed = clock::now() - begin;
    return passed < duration || (!contestants[2].ended && passed < patience);
  };
  for (bool again = false; goes_on(); again = true) {
    if (asked_to_stop_within(interval)) break;
    const auto now = clock::now();
    for (auto& contestant : contestants) look_at(contestant, now - last);
    last = now;
    draw(contestants, again);
  }
  const bool right = as_promised(contestants);
  fmt::print("\n");
  for (auto& contestant : contestants) {
    const auto& group = contestant.group;
    fmt::print("{}  {}\n", contestant.share.letter,
               used_text(group.read(), group.read_events()));
    if (!contestant.ended) {
      contestant.child.kill();
      contestant.child.wait();
    }
    contestant.group.remove();
  }
  return right ? 0 : 1;
}

}  // namespace zoomin::cgroup
