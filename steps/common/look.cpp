// SPDX-License-Identifier: MIT
#include "common/look.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/columns.hpp"
#include "common/narration.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"

namespace zoomin::look {

namespace {

std::string seen_or_reason(const std::function<std::string()>& see) {
  try {
    return see();
  } catch (const std::exception& failure) {
    return fmt::format("({})", failure.what());
  }
}

// setns(2) into a PID namespace affects later children only, so `see` runs in a
// grandchild.
[[noreturn]] void see_and_write(int target, std::uint64_t namespaces, int out,
                                const std::function<std::string()>& see) {
  const std::string text = seen_or_reason([&] {
    sys::setns(sys::quiet, target, static_cast<int>(namespaces));
    return std::string();
  });
  if (!text.empty()) {
    [[maybe_unused]] const auto ignored = ::write(out, text.data(), text.size());
    ::_exit(0);
  }
  const pid_t inner = ::fork();
  if (inner == 0) {
    const std::string seen = seen_or_reason(see);
    [[maybe_unused]] const auto ignored = ::write(out, seen.data(), seen.size());
    ::_exit(0);
  }
  ::waitpid(inner, nullptr, 0);
  ::_exit(0);
}

}  // namespace

namespace {

void record(const std::vector<row>& rows, const char* when) {
  for (const auto& [fact, host, container] : rows)
    narration::record(
        {{"fact", fact}, {"host", host}, {"container", container}, {"when", when}});
}

}  // namespace

void record_before(const std::function<std::vector<row>()>& facts) {
  if (narration::records()) record(facts(), "before");
}

void show(bool visible, const std::function<std::vector<row>()>& facts) {
  if (!visible && !narration::records()) return;
  const auto rows = facts();
  record(rows, "after");
  if (visible) print(rows);
}

void print(const std::vector<row>& rows) {
  if (narration::current_style() == narration::style::json) {
    for (const auto& [fact, host, container] : rows)
      narration::put_fields({{"fact", fact}, {"host", host}, {"container", container}});
    return;
  }
  std::vector<std::vector<std::string>> cells{{"fact", "host sees", "container sees"}};
  for (const auto& [fact, host, container] : rows)
    cells.push_back({fact, host, container});
  narration::put("\n" + columns::lay_out_table(cells, columns::width()) + "\n");
}

void print_line(const std::string& line) {
  narration::record({{"remark", line}});
  narration::put(line + "\n");
}

std::string from_inside(pid_t pid, std::uint64_t namespaces,
                        const std::function<std::string()>& see) {
  std::array<int, 2> ends{};
  sys::check("pipe2", "look", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  unique_fd reads(ends[0]);
  unique_fd writes(ends[1]);
  const unique_fd target = sys::pidfd_open(pid);
  const pid_t looker = sys::check("fork", "look", [] { return ::fork(); });
  if (looker == 0) see_and_write(target.get(), namespaces, writes.get(), see);
  writes.reset();
  std::string seen = sys::read_all(reads.get(), "look");
  ::waitpid(looker, nullptr, 0);
  return seen;
}

std::string namespace_number(pid_t pid, const std::string& name) {
  std::string link;
  try {
    link = sys::read_link(fmt::format("/proc/{}/ns/{}", pid, name));
  } catch (const sys::error&) {
    return {};
  }
  const auto open = link.find('[');
  return link.substr(open + 1, link.size() - open - 2);
}

namespace {

std::string leftovers_text(const std::vector<leftover>& leftovers) {
  std::string text;
  for (const auto& [name, exists] : leftovers)
    text += fmt::format("{}{} {}", text.empty() ? "after the end: " : ", ", name,
                        exists ? "still there" : "gone");
  return text;
}

// Leaves out the last word of each name: "after the end: process, bridge gone".
std::string kinds_text(const std::vector<leftover>& gone) {
  std::string text;
  for (const auto& [name, exists] : gone)
    text += fmt::format("{}{}", text.empty() ? "after the end: " : ", ",
                        name.substr(0, name.rfind(' ')));
  return text + " gone";
}

}  // namespace

void print_leftovers(const std::vector<leftover>& leftovers) {
  const bool brief = narration::current_style() == narration::style::brief &&
                     std::ranges::none_of(leftovers, &leftover::exists);
  const auto text = brief ? kinds_text(leftovers) : leftovers_text(leftovers);
  narration::record({{"remark", text}});
  if (!brief) narration::put("\n");
  for (const auto& line : columns::wrap(text, columns::width() - 1))
    narration::put(fmt::format(" {}\n", line));
}

}  // namespace zoomin::look
