// SPDX-License-Identifier: MIT
// info: counts containers and images, and describes this machine.
#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <sstream>

#include "04-cgroups/hierarchy.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/ignore_if_removed.hpp"
#include "cli/lost_rules.hpp"
#include "cli/text/template.hpp"
#include "cli/version.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "container/reconcile.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

struct counts {
  unsigned all = 0, running = 0, paused = 0;
};

counts count_containers() {
  counts result;
  for (const auto& id : container::ids()) {
    ignore_if_removed(id, [&] {
      const auto now = container::reconcile(id);
      ++result.all;
      if (is_alive(now)) ++(now.paused ? result.paused : result.running);
    });
  }
  return result;
}

// Returns the name of the distribution, os-release(5).
std::string distribution() {
  constexpr std::string_view file = "/etc/os-release", key = "PRETTY_NAME=";
  if (!sys::exists(std::string(file))) return "unknown";
  std::istringstream lines(sys::read_file(std::string(file)));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    auto name = line.substr(key.size());
    std::erase(name, '"');
    return name;
  }
  return "unknown";
}

json facts() {
  const auto containers = count_containers();
  struct utsname kernel {};
  ::uname(&kernel);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  return {{"Containers", containers.all},
          {"ContainersRunning", containers.running},
          {"ContainersPaused", containers.paused},
          {"ContainersStopped", containers.all - containers.running - containers.paused},
          {"Images", image::ids().size()},
          {"Driver", "overlay2"},
          {"LoggingDriver", "local"},
          {"CgroupDriver", "cgroupfs"},
          {"CgroupVersion", std::to_string(cgroup::hierarchies().front().version)},
          {"SecurityOptions", {"name=seccomp,profile=builtin", "name=cgroupns"}},
          {"KernelVersion", kernel.release},
          {"OperatingSystem", distribution()},
          {"OSType", "linux"},
          {"Architecture", kernel.machine},
          {"NCPU", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"MemTotal", std::uint64_t{memory.totalram} * memory.mem_unit},
          {"Name", kernel.nodename},
          {"DockerRootDir", root_directory()},
          {"ServerVersion", version_number}};
}

constexpr const char* default_format =
    "Containers: {{.Containers}}\n"
    " Running: {{.ContainersRunning}}\n"
    " Paused: {{.ContainersPaused}}\n"
    " Stopped: {{.ContainersStopped}}\n"
    "Images: {{.Images}}\n"
    "Server Version: {{.ServerVersion}}\n"
    "Storage Driver: {{.Driver}}\n"
    "Logging Driver: {{.LoggingDriver}}\n"
    "Cgroup Driver: {{.CgroupDriver}}\n"
    "Cgroup Version: {{.CgroupVersion}}\n"
    "Security Options:{{range .SecurityOptions}}\n {{.}}{{end}}\n"
    "Kernel Version: {{.KernelVersion}}\n"
    "Operating System: {{.OperatingSystem}}\n"
    "OSType: {{.OSType}}\n"
    "Architecture: {{.Architecture}}\n"
    "CPUs: {{.NCPU}}\n"
    "Total Memory: {{.Memory}}\n"
    "Name: {{.Name}}\n"
    "Docker Root Dir: {{.DockerRootDir}}";

int info(const arguments& words) {
  const flags options("info", {short_format_flag}, words);
  options.expect_no_rest();
  const std::string shape = options.text("--format");
  json values = facts();
  if (shape.empty()) values["Memory"] = binary_size_text(values["MemTotal"]);
  print(listed({values}, {}, shape, default_format));
  warn_of_lost_rules();
  return 0;
}

const command info_command({"info", "system info"},
                           {"display system-wide information", "", "zoomin info",
                            "zoomin info -f '{{.CgroupVersion}}'"},
                           info);

}  // namespace

}  // namespace zoomin::cli
