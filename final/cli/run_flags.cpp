// SPDX-License-Identifier: MIT
// The one table of run and create: parsing, help and the place in container.json come
// from it.
#include <span>

#include "cli/flags.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

constexpr flag of_the_run[]{
    {"--detach", 'd', toggle, "", "run in the background and print the container ID"},
    {"--attach", 'a', list, "", "attach only to stdin, stdout or stderr"},
    {"--detach-keys", 0, text, "", "key sequence to detach (ctrl-p,ctrl-q)"},
    {"--sig-proxy", 0, toggle, "", "forward signals to the container (default true)"},
    {"--explain", 0, perhaps, "", "show each request to the kernel; =json for JSON"}};

constexpr flag of_the_command[]{
    {"--name", 0, text, "", "assign a name to the container"},
    {"--rm", 0, toggle, "/HostConfig/AutoRemove", "remove the container when it ends"},
    {"--interactive", 'i', toggle, "/OpenStdin", "keep stdin open"},
    {"--tty", 't', toggle, "/Tty", "allocate a terminal"},
    {"--cidfile", 0, text, "", "write the container ID to a new file"},
    {"--quiet", 'q', toggle, "", "(accepted for compatibility)"},
    {"--pull", 0, text, "", "pull the image: missing (default) or never"},
    {"--platform", 0, text, "", "platform of the image (only this machine's)"},
    {"--label", 'l', pairs, "/Labels", "set metadata: NAME=VALUE"},
    {"--label-file", 0, list, "", "read metadata from a file of NAME=VALUE lines"},
    {"--annotation", 0, pairs, "/HostConfig/Annotations",
     "add an annotation to config.json: NAME=VALUE"}};

constexpr flag of_its_process[]{
    {"--env", 'e', list, "", "set an environment variable: NAME=VALUE or NAME"},
    {"--env-file", 0, list, "", "read environment variables from a file"},
    {"--workdir", 'w', text, "/WorkingDir", "working directory inside the container"},
    {"--user", 'u', text, "/User", "user name or ID, with :GROUP if wanted"},
    {"--group-add", 0, list, "/HostConfig/GroupAdd", "add a supplementary group"},
    {"--entrypoint", 0, text, "", "overwrite the ENTRYPOINT of the image"},
    {"--init", 0, toggle, "/HostConfig/Init",
     "run an init that forwards signals and reaps processes"},
    {"--oom-score-adj", 0, text, "", "tune the host's OOM preference (-1000 to 1000)"},
    {"--oom-group", 0, toggle, "/HostConfig/OomGroup",
     "over --memory end all processes, not just one"},
    {"--cgroup-parent", 0, text, "/HostConfig/CgroupParent", "parent cgroup"},
    {"--stop-signal", 0, text, "/StopSignal",
     "signal to stop the container (default TERM)"},
    {"--stop-timeout", 0, number, "/StopTimeout",
     "seconds before stop kills the container (default 10)"},
    {"--ulimit", 0, list, "", "resource limit: nofile=1024:4096"}};

constexpr flag of_its_files[]{
    {"--volume", 'v', list, "", "bind mount or volume: SOURCE:/PATH[:ro], or /PATH"},
    {"--mount", 0, list, "", "attach a mount: type=bind,source=/a,target=/b,readonly"},
    {"--tmpfs", 0, list, "", "mount a tmpfs: /PATH[:size=64m,mode=1777]"},
    {"--volumes-from", 0, list, "", "mount the volumes of another container: NAME[:ro]"},
    {"--read-only", 0, toggle, "/HostConfig/ReadonlyRootfs",
     "mount the root file system read-only"},
    {"--shm-size", 0, size, "/HostConfig/ShmSize", "size of /dev/shm (default 64m)"},
    {"--device", 0, list, "", "add a host device: /dev/NAME[:/dev/NAME][:rwm]"},
    {"--device-cgroup-rule", 0, list, "/HostConfig/DeviceCgroupRules",
     "add a rule to the device list: c 10:200 rwm"},
    {"--device-read-bps", 0, list, "", "limit bytes read per second: /dev/NAME:1mb"},
    {"--device-write-bps", 0, list, "", "limit bytes written per second: /dev/NAME:1mb"},
    {"--device-read-iops", 0, list, "", "limit reads per second: /dev/NAME:100"},
    {"--device-write-iops", 0, list, "", "limit writes per second: /dev/NAME:100"}};

constexpr flag of_its_network[]{
    {"--network", 0, list, "", "network: bridge, none, host, NAME or container:NAME"},
    {"--net", 0, list, "", "same as --network"},
    {"--network-alias", 0, list, "/HostConfig/NetworkAliases",
     "add a DNS name on the network"},
    {"--hostname", 'h', text, "/Hostname", "host name of the container"},
    {"--ip", 0, text, "/HostConfig/Address", "IPv4 address, such as 10.79.0.7"},
    {"--mac-address", 0, text, "/HostConfig/MacAddress", "MAC address"},
    {"--publish", 'p', list, "", "publish ports: [HOST_IP:]PORT:PORT[/udp] or ranges"},
    {"--publish-all", 'P', toggle, "/HostConfig/PublishAllPorts",
     "publish all exposed ports to free ports"},
    {"--expose", 0, list, "", "expose a port or a range of ports"},
    {"--dns", 0, list, "/HostConfig/Dns", "DNS server"},
    {"--dns-search", 0, list, "/HostConfig/DnsSearch", "DNS search domain"},
    {"--dns-option", 0, list, "/HostConfig/DnsOptions", "DNS option, see resolv.conf(5)"},
    {"--link", 0, list, "/HostConfig/Links",
     "add a name for another container: NAME[:ALIAS]"},
    {"--dns-opt", 0, list, "/HostConfig/DnsOptions", "same as --dns-option"},
    {"--add-host", 0, list, "/HostConfig/ExtraHosts",
     "add a line to /etc/hosts: NAME:ADDRESS or host-gateway"}};

// Those that `update` has, too.
constexpr flag of_its_limits[]{
    {"--memory", 'm', size, "/HostConfig/Memory", "memory limit, such as 64m"},
    {"--memory-swap", 0, text, "", "limit of memory plus swap; -1: unlimited swap"},
    {"--memory-reservation", 0, size, "/HostConfig/MemoryReservation",
     "soft limit of memory: reclaimed last"},
    {"--cpus", 0, text, "", "number of CPUs, such as 0.5"},
    {"--cpu-shares", 'c', number, "/HostConfig/CpuShares",
     "CPU shares (relative weight, default 1024)"},
    {"--cpu-quota", 0, number, "/HostConfig/CpuQuota",
     "CPU time in each period, in microseconds"},
    {"--cpu-period", 0, number, "/HostConfig/CpuPeriod",
     "CPU period in microseconds (default 100000)"},
    {"--cpuset-cpus", 0, text, "/HostConfig/CpusetCpus",
     "CPUs in which to allow execution (0-3, 0,1)"},
    {"--cpuset-mems", 0, text, "/HostConfig/CpusetMems",
     "memory nodes to use (0-3, 0,1)"},
    {"--blkio-weight", 0, number, "/HostConfig/BlkioWeight",
     "block I/O weight, 10 to 1000"},
    {"--pids-limit", 0, text, "", "limit of processes (default 2048; -1: unlimited)"},
    {"--restart", 0, text, "", "policy: no, on-failure[:N], always, unless-stopped"}};

constexpr flag of_its_rights[]{
    {"--cap-add", 0, list, "/HostConfig/CapAdd",
     "add a Linux capability: NET_ADMIN, ALL"},
    {"--cap-drop", 0, list, "/HostConfig/CapDrop", "drop a Linux capability"},
    {"--security-opt", 0, list, "",
     "no-new-privileges or seccomp=unconfined|PROFILE.json"},
    {"--privileged", 0, toggle, "/HostConfig/Privileged",
     "give all capabilities and devices of the host"},
    {"--sysctl", 0, pairs, "/HostConfig/Sysctls", "set a kernel parameter: NAME=VALUE"},
    {"--pid", 0, text, "/HostConfig/PidMode", "PID namespace: host or container:NAME"},
    {"--ipc", 0, text, "/HostConfig/IpcMode",
     "IPC namespace: host, none or container:NAME"},
    {"--uts", 0, text, "/HostConfig/UTSMode", "UTS namespace: host or container:NAME"},
    {"--cgroupns", 0, text, "/HostConfig/CgroupnsMode",
     "cgroup namespace: host, private or container:NAME"},
    {"--userns", 0, text, "", "user namespace (only host is supported)"}};

constexpr flag of_its_health[]{
    {"--health-cmd", 0, text, "", "shell command that exits 0 while healthy"},
    {"--health-interval", 0, text, "", "time between health checks (default 30s)"},
    {"--health-timeout", 0, text, "", "time limit of a health check (default 30s)"},
    {"--health-retries", 0, text, "", "failures in a row until unhealthy (default 3)"},
    {"--health-start-period", 0, text, "",
     "start period in which failures don't count (0s)"},
    {"--no-healthcheck", 0, toggle, "", "disable the image's HEALTHCHECK"}};

constexpr flag of_its_log[]{
    {"--log-driver", 0, text, "",
     "logging driver: local (json-file is the same) or none"},
    {"--log-opt", 0, list, "", "log option: max-size=10m or max-file=3"}};

}  // namespace

std::vector<flag> update_flags() {
  return {std::begin(of_its_limits), std::end(of_its_limits)};
}

std::vector<flag> run_flags() {
  auto result = create_flags();
  result.insert(result.begin(), std::begin(of_the_run), std::end(of_the_run));
  return result;
}

std::vector<flag> create_flags() {
  std::vector<flag> result;
  for (const std::span<const flag> some :
       {std::span<const flag>(of_the_command), std::span<const flag>(of_its_process),
        std::span<const flag>(of_its_files), std::span<const flag>(of_its_network),
        std::span<const flag>(of_its_limits), std::span<const flag>(of_its_rights),
        std::span<const flag>(of_its_health), std::span<const flag>(of_its_log)})
    result.insert(result.end(), some.begin(), some.end());
  return result;
}

}  // namespace zoomin::cli
