// SPDX-License-Identifier: MIT
#include "container/log/record.hpp"

#include <algorithm>
#include <cstring>

#include "base/timestamp.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"

namespace zoomin::container {

namespace {

// The names have the same length, since the head has a fixed width.
constexpr std::array<std::string_view, streams> names{"stdout", "stderr", "zoomin"};

constexpr std::size_t name_at = base::timestamp_size + 1;
constexpr std::size_t tag_at = name_at + 7;
constexpr std::size_t joint_at = tag_at + 1;
static_assert(joint_at + 1 == head_size);

}  // namespace

std::array<char, head_size> head_of(const record& record) {
  std::array<char, head_size> head{};
  head.fill(' ');
  std::ranges::copy(record.time.substr(0, base::timestamp_size), head.begin());
  std::ranges::copy(names[static_cast<std::size_t>(record.from)], &head[name_at]);
  head[tag_at] = record.ends ? 'F' : 'P';
  if (!record.begins) head[joint_at] = '+';
  return head;
}

bool parse_record(std::string_view line, record& record) {
  if (line.size() <= head_size || line.back() != '\n') return false;
  if (!base::is_timestamp(line.substr(0, base::timestamp_size))) return false;
  const auto* const name =
      std::ranges::find(names, line.substr(name_at, names[0].size()));
  const char tag = line[tag_at], joint = line[joint_at];
  const bool well_formed = name != names.end() && line[name_at - 1] == ' ' &&
                           line[tag_at - 1] == ' ' && (tag == 'F' || tag == 'P') &&
                           (joint == ' ' || joint == '+');
  if (!well_formed) return false;
  record.time = line.substr(0, base::timestamp_size);
  record.from = static_cast<stream>(name - names.begin());
  record.begins = joint == ' ';
  record.ends = tag == 'F';
  record.text = line.substr(head_size);
  if (tag == 'P') record.text.remove_suffix(1);
  return true;
}

bool record_parser::parse(std::string_view line, record& record) {
  const bool has_last_head = line.size() > head_size && line.back() == '\n' &&
                             std::memcmp(line.data(), head_.data(), head_size) == 0;
  if (!has_last_head) {
    if (!parse_record(line, record)) return false;
    line.copy(head_.data(), head_size);
    last_ = record;
    return true;
  }
  record = last_;
  record.time = line.substr(0, base::timestamp_size);
  record.text = line.substr(head_size, line.size() - head_size - (record.ends ? 0 : 1));
  return true;
}

std::string log_path(const std::string& directory, log_number number) {
  if (number == newest_log) return directory + "/log";
  return directory + "/log." + std::to_string(number);
}

std::vector<log_number> rotated_logs(const std::string& directory) {
  std::vector<log_number> numbers;
  for (const auto& name : sys::list_directory(directory)) {
    if (!name.starts_with("log.")) continue;
    const auto number = text::whole_number<log_number>(std::string_view(name).substr(4));
    if (number) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace zoomin::container
