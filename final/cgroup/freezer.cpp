// SPDX-License-Identifier: MIT
#include "cgroup/freezer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

constexpr int freeze_timeout_ms = 5000;
constexpr int poll_interval_ms = 2;  // version 1 doesn't report changes

void write_state(bool frozen, const std::string& file, const std::string& value) {
  write_file({"freeze"_id, frozen ? "all processes stop" : "all processes go on"}, file,
             value);
}

// The kernel reports each change in cgroup.events: cgroups(7).
void freeze_v2(const cgroup_dir& at, bool frozen) {
  const unique_fd events = sys::open(at.file("cgroup.events"), O_RDONLY);
  write_state(frozen, at.file("cgroup.freeze"), frozen ? "1" : "0");
  while (frozen) {
    ::lseek(events.get(), 0, SEEK_SET);
    if (read_all(events.get(), "cgroup.events").find("frozen 1") != std::string::npos)
      return;
    pollfd change{events.get(), POLLPRI, 0};
    if (::poll(&change, 1, freeze_timeout_ms) == 0)
      throw sys::error(EBUSY, "freeze", at.directory);
  }
}

// Reading the state completes the change (kernel documentation, "Cgroup Freezer").
void freeze_v1(const std::string& file, bool frozen) {
  const std::string state = frozen ? "FROZEN" : "THAWED";
  for (int passed = 0; passed < freeze_timeout_ms; passed += poll_interval_ms) {
    write_state(frozen, file, state);
    if (read_file(file) == state + "\n") return;
    std::this_thread::sleep_for(std::chrono::milliseconds(poll_interval_ms));
  }
  write_file(quiet, file, "THAWED");
  throw sys::error(EBUSY, "freeze", file);
}

}  // namespace

void freeze(const group& group, bool frozen) {
  const auto& dirs = group.dirs();
  if (dirs.at(0).version == 2) return freeze_v2(dirs[0], frozen);
  freeze_v1(require(dirs, "freezer", "pause").file("freezer.state"), frozen);
}

}  // namespace zoomin::cgroup
