// SPDX-License-Identifier: MIT
#include "04-cgroups/io.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <sstream>

#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

// Of two ways to divide a disk's time each disk has one, or none.
constexpr std::array weight_files{"io.weight", "io.bfq.weight", "blkio.weight",
                                  "blkio.bfq.weight"};

const char* controller_of(const std::vector<cgroup_dir>& places) {
  return places.at(0).version == 2 ? "io" : "blkio";
}

// "8:0"
std::string numbers_of(const std::string& device) {
  struct stat found {};
  if (::stat(device.c_str(), &found) != 0 || !S_ISBLK(found.st_mode))
    throw usage_error(fmt::format("{} is no block device", device),
                      "lsblk shows those of this machine");
  return fmt::format("{}:{}", major(found.st_rdev), minor(found.st_rdev));
}

// What is written, and into which file.
struct setting {
  std::string file, text;
};

setting setting_of(const cgroup_dir& at, const io_limit& limit) {
  constexpr std::array keys{"rbps", "wbps", "riops", "wiops"};
  constexpr std::array files{"read_bps", "write_bps", "read_iops", "write_iops"};
  const auto which = static_cast<std::size_t>(limit.of);
  const std::string device = numbers_of(limit.device);
  if (at.version == 2)
    return {at.file("io.max"), fmt::format("{} {}={}", device, keys[which], limit.most)};
  return {at.file(fmt::format("blkio.throttle.{}_device", files[which])),
          fmt::format("{} {}", device, limit.most)};
}

void limit_weight(const cgroup_dir& at, std::uint64_t weight) {
  bool known = false;
  for (const std::string name : weight_files) {
    if (!exists(at.file(name))) continue;
    // 1 to 10000 in that one; as the OCI's runtimes convert it.
    const auto its = name == "io.weight" ? 1 + (weight - 10) * 9999 / 990 : weight;
    write_file({"io.weight"_id, "its share where disks are busy"}, at.file(name),
               fmt::format("{}", its));
    known = true;
  }
  if (!known)
    throw usage_error("--blkio-weight: this kernel divides no disk by weights",
                      "it needs the scheduler bfq, or blk-iocost");
}

// "8:0 rbytes=4096 wbytes=0 …", a line a device.
std::uint64_t sum_of(const std::string& text, const std::string& key) {
  std::uint64_t sum = 0;
  std::istringstream words(text);
  for (std::string item; words >> item;)
    if (item.starts_with(key + "=")) sum += std::stoull(item.substr(key.size() + 1));
  return sum;
}

// "8:0 Read 4096", a line a device and direction; the last, "Total", is left out.
std::uint64_t sum_of_lines(const std::string& text, const std::string& key) {
  std::uint64_t sum = 0, number = 0;
  std::istringstream words(text);
  for (std::string device, kind; words >> device >> kind && device != "Total";)
    if (words >> number && kind == key) sum += number;
  return sum;
}

}  // namespace

void limit_io(const std::vector<cgroup_dir>& places, const limits& wanted) {
  if (!wanted.io_weight && wanted.io.empty()) return;
  const std::string asked = wanted.io_weight ? "--blkio-weight" : "a limit of a device";
  const std::string controller = controller_of(places);
  const cgroup_dir& at = require(places, controller, asked);
  if (wanted.io_weight) limit_weight(at, *wanted.io_weight);
  for (const auto& one : wanted.io) {
    const auto [file, text] = setting_of(at, one);
    write_file({"io.max"_id, "no more than this passes in a second"}, file, text);
  }
}

void read_io(const std::vector<cgroup_dir>& places, usage& now) {
  const cgroup_dir* at = find(places, controller_of(places));
  if (at == nullptr) return;
  const std::string file = at->file(
      at->version == 2 ? "io.stat" : "blkio.throttle.io_service_bytes_recursive");
  if (!exists(file)) return;  // of a group that was made without it
  const std::string text = read_file(file);
  if (at->version == 2) {
    now.read_bytes = sum_of(text, "rbytes");
    now.written_bytes = sum_of(text, "wbytes");
  } else {
    now.read_bytes = sum_of_lines(text, "Read");
    now.written_bytes = sum_of_lines(text, "Write");
  }
}

}  // namespace zoomin::cgroup
