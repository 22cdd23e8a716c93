// SPDX-License-Identifier: MIT
#include "cgroup/io.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <sstream>

#include "04-cgroups/cgroup.hpp"
#include "base/field_error.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

// A disk supports at most one of the two proportional I/O controllers (blk-iocost, BFQ).
constexpr std::array weight_files{"io.weight", "io.bfq.weight", "blkio.weight",
                                  "blkio.bfq.weight"};

const char* controller_of(const std::vector<cgroup_dir>& dirs) {
  return dirs.at(0).version == 2 ? "io" : "blkio";
}

std::string field_of(const io_limit& limit) {
  constexpr std::array fields{
      "HostConfig.BlkioDeviceReadBps", "HostConfig.BlkioDeviceWriteBps",
      "HostConfig.BlkioDeviceReadIOps", "HostConfig.BlkioDeviceWriteIOps"};
  return fields[static_cast<std::size_t>(limit.type)];
}

// Describes a limit as a file, and the text to write to it.
struct setting {
  std::string file, text;
};

setting setting_of(const cgroup_dir& at, const io_limit& limit) {
  constexpr std::array keys{"rbps", "wbps", "riops", "wiops"};
  constexpr std::array files{"read_bps", "write_bps", "read_iops", "write_iops"};
  const auto which = static_cast<std::size_t>(limit.type);
  const dev_t number = numbers_of(limit.device);
  const std::string device = fmt::format("{}:{}", major(number), minor(number));
  if (at.version == 2)
    return {at.file("io.max"), fmt::format("{} {}={}", device, keys[which], limit.rate)};
  return {at.file(fmt::format("blkio.throttle.{}_device", files[which])),
          fmt::format("{} {}", device, limit.rate)};
}

void limit_weight(const cgroup_dir& at, std::uint64_t weight) {
  bool known = false;
  for (const std::string name : weight_files) {
    if (!exists(at.file(name))) continue;
    // io.weight accepts 1 to 10000. OCI runtimes convert it in the same way.
    const auto value = name == "io.weight" ? 1 + (weight - 10) * 9999 / 990 : weight;
    write_file({"io.weight"_id, "its share of busy disks"}, at.file(name),
               fmt::format("{}", value));
    known = true;
  }
  if (!known)
    throw base::field_error("HostConfig.BlkioWeight",
                            ": this kernel supports no I/O weights",
                            "use the I/O scheduler bfq, or enable blk-iocost");
}

// Adds up a key's values in lines such as "8:0 rbytes=4096 wbytes=0 …", one for each
// device.
std::uint64_t sum_of(const std::string& text, const std::string& key) {
  std::uint64_t sum = 0;
  std::istringstream words(text);
  for (std::string item; words >> item;)
    if (item.starts_with(key + "=")) sum += std::stoull(item.substr(key.size() + 1));
  return sum;
}

// Adds up the numbers of lines such as "8:0 Read 4096", one for each device and
// direction. Omits the last line, "Total".
std::uint64_t sum_of_lines(const std::string& text, const std::string& key) {
  std::uint64_t sum = 0, number = 0;
  std::istringstream words(text);
  for (std::string device, kind; words >> device >> kind && device != "Total";)
    if (words >> number && kind == key) sum += number;
  return sum;
}

}  // namespace

dev_t numbers_of(const std::string& device) {
  unsigned major = 0, minor = 0;
  char separator = 0;
  std::istringstream numbers(device);
  if (numbers >> major >> separator >> minor && separator == ':' && numbers.eof())
    return makedev(major, minor);
  struct stat found {};
  if (::stat(device.c_str(), &found) != 0 || !S_ISBLK(found.st_mode))
    throw usage_error(fmt::format("{} is not a block device", device),
                      "lsblk lists the block devices of this machine");
  return found.st_rdev;
}

void limit_io(const group& group, const resources& resources) {
  if (!resources.io_weight && resources.io.empty()) return;
  const auto& dirs = group.dirs();
  const std::string field =
      resources.io_weight ? "HostConfig.BlkioWeight" : field_of(resources.io.front());
  const std::string controller = controller_of(dirs);
  const cgroup_dir& at = require(dirs, controller, field);
  if (resources.io_weight) limit_weight(at, *resources.io_weight);
  for (const auto& limit : resources.io) {
    const auto written = setting_of(at, limit);
    base::pass_to_kernel(field_of(limit), fmt::format("{}:{}", limit.device, limit.rate),
                         [&] {
                           write_file({"io.max"_id, "the limit per second", written.text},
                                      written.file, written.text);
                         });
  }
}

io_usage read_io(const group& group) {
  const cgroup_dir* at = find(group.dirs(), controller_of(group.dirs()));
  if (at == nullptr) return {};
  const std::string file = at->file(
      at->version == 2 ? "io.stat" : "blkio.throttle.io_service_bytes_recursive");
  if (!exists(file)) return {};  // the group was created without the controller
  const std::string text = read_file(file);
  if (at->version == 2) return {sum_of(text, "rbytes"), sum_of(text, "wbytes")};
  return {sum_of_lines(text, "Read"), sum_of_lines(text, "Write")};
}

}  // namespace zoomin::cgroup
