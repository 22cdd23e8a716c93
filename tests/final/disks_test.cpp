// SPDX-License-Identifier: MIT
// Limits and counts of disk I/O.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Returns a block device of this machine. It isn't accessed.
std::string some_disk() {
  return output_of(
      "for d in /dev/loop0 /dev/[sv]d?; do [ -b $d ] && echo $d && break; done");
}

// Returns the content of a file of the container's cgroup, in version 2 or 1.
std::string group_file(const std::string& version_2, const std::string& version_1) {
  return output_of(
      fmt::format("id=$(zoomin ps -q --no-trunc | head -1); cd /sys/fs/cgroup; "
                  "cat zoomin/$id/{} 2>/dev/null || cat blkio/zoomin/$id/{}",
                  version_2, version_1));
}

}  // namespace

TEST_CASE("limits of disk I/O: rates and weight", "[final][v2]") {
  const std::string disk = some_disk();
  if (disk.empty()) skip_loudly("no block device is here");
  import_busybox();
  const std::string numbers = output_of(
      fmt::format("echo $((0x$(stat -c %t {0}))):$((0x$(stat -c %T {0})))", disk));
  output_of(
      fmt::format("zoomin run -d --name c --device-read-bps {0}:1mb "
                  "--device-write-iops {0}:100 --cpuset-mems 0 bb sleep 1000",
                  disk));
  const std::string reads = group_file("io.max", "blkio.throttle.read_bps_device");
  const std::string writes = group_file("io.max", "blkio.throttle.write_iops_device");
  if (contains(reads, "rbps")) {
    CHECK(reads == numbers + " rbps=1048576 wbps=max riops=max wiops=100");
  } else {
    CHECK(reads == numbers + " 1048576");
    CHECK(writes == numbers + " 100");
  }
  CHECK(output_of("zoomin inspect -f '{{json .HostConfig.BlkioDeviceReadBps}}' c") ==
        fmt::format(R"([{{"Path":"{}","Rate":1048576}}])", disk));
  CHECK(output_of("zoomin update --blkio-weight 300 c") == "c");
  CHECK(contains(group_file("io.weight", "blkio.bfq.weight"),
                 group_file("io.max", "nosuch").empty() ? "300" : "2930"));
  CHECK(contains(shell("zoomin update --blkio-weight 5 c").errors, "10 to 1000"));
  CHECK(
      contains(shell("zoomin update --cpuset-mems 77 c").errors, "no such memory nodes"));
  shell("zoomin rm -f c");
  const auto refused = [](const std::string& flags) {
    const auto result = shell(fmt::format("zoomin run --rm {} bb true", flags));
    CHECK(lines_without_hints(result.errors) == 1);
    CHECK(result.status == 125);
  };
  refused("--device-read-bps /dev/null:1mb");
  refused("--device-read-bps /dev/nosuch:1mb");
  refused("--device-write-iops " + disk + ":-3");
  refused("--device-write-bps " + disk);
}

// In version 1, recent kernels count only if the device has a limit.
TEST_CASE("stats shows the I/O of disks", "[final][v2]") {
  import_busybox();
  const auto passed = [] {
    return output_of("zoomin stats --no-stream --format '{{.BlockIO}}' c");
  };
  if (output_of("ls /sys/fs/cgroup/cgroup.controllers 2>/dev/null").empty()) {
    output_of("zoomin run -d --name c bb sleep 1000");
    CHECK(passed() == "0B / 0B");
    shell("zoomin rm -f c");
    return;
  }
  const scratch directory;
  const std::string disk = output_of(fmt::format(
      "cd {}; truncate -s 16M file; losetup -f --show file", directory.path()));
  INFO(disk);
  output_of("zoomin run -d --name c --device " + disk + " bb sleep 1000");
  CHECK(passed() == "0B / 0B");
  const auto copy = [](const std::string& from, const std::string& to) {
    CHECK(shell(fmt::format("zoomin exec c dd bs=1M count=4 if={} of={}", from, to))
              .status == 0);
  };
  copy("/dev/zero", disk + " oflag=direct");
  CHECK(passed() == "0B / 4.19MB");
  copy(disk, "/dev/null iflag=direct");
  CHECK(passed() == "4.19MB / 4.19MB");
  shell("zoomin rm -f c; losetup -d " + disk);
}
