// SPDX-License-Identifier: MIT
#include "container/runtime/explain.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "02-net/look.hpp"
#include "03-mnt/look.hpp"
#include "04-cgroups/look.hpp"
#include "05-overlay/look.hpp"
#include "common/concat.hpp"
#include "common/look.hpp"
#include "common/narration.hpp"
#include "common/record.hpp"

namespace zoomin::container {

using narration::style;

namespace {

std::vector<look::row> facts(pid_t pid) {
  return concat({pid::facts(pid), net::facts(pid), mnt::facts(pid), cgroup::facts(pid),
                 overlay::facts(pid)});
}

}  // namespace

void arrow(std::string_view text) {
  narration::record({{"arrow", text}});
  if (narration::current_style() == style::json) narration::put_event("arrow", text);
  narration::note("-> " + std::string(text));
}

void print_both_sides(pid_t pid) { look::print(facts(pid)); }

void record_both_sides_before() {
  look::record_before([] { return facts(::getpid()); });
}

void narrate_both_sides(pid_t pid) {
  const auto current = narration::current_style();
  look::show(current == style::full || current == style::json,
             [&] { return facts(pid); });
}

unique_fd keep_narration() {
  if (narration::current_style() == style::off) return {};
  unique_fd fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 5));
  narration::set_output(fd.get());
  return fd;
}

}  // namespace zoomin::container
