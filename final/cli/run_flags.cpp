// SPDX-License-Identifier: MIT
// run_flags: the table of the flags of run and create, for parsing, for help and for
// their place in the create request.
#include <span>

#include "cli/flags.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

constexpr flag run_only[]{
    {"--detach", 'd', toggle, "", "run in the background and print the container ID"},
    {"--attach", 'a', list, "", "attach to stdin, stdout or stderr"},
    {"--detach-keys", 0, text, "", "key sequence to detach (ctrl-p,ctrl-q)"},
    {"--sig-proxy", 0, toggle, "", "forward signals to the container (default true)"},
    {"--explain", 0, optional_value, "",
     "show each request to the kernel (=json: as JSON)"}};

constexpr flag general[]{
    {"--name", 0, text, "", "assign a name to the container"},
    {"--rm", 0, toggle, "/HostConfig/AutoRemove",
     "automatically remove the container when it exits"},
    {"--interactive", 'i', toggle, "/OpenStdin", "keep stdin open even if not attached"},
    {"--tty", 't', toggle, "/Tty", "allocate a pseudo-TTY"},
    {"--cidfile", 0, text, "", "write the container ID to the file"},
    {"--quiet", 'q', toggle, "", "(accepted for compatibility)"},
    {"--pull", 0, text, "", "pull policy: missing (default), always or never"},
    {"--platform", 0, text, "", "set platform (only this machine's is supported)"},
    {"--label", 'l', pairs, "/Labels", "set metadata on a container: NAME=VALUE"},
    {"--label-file", 0, list, "", "read metadata from a file of NAME=VALUE lines"},
    {"--annotation", 0, pairs, "/HostConfig/Annotations",
     "add an annotation to config.json: NAME=VALUE"}};

constexpr flag of_process[]{
    {"--env", 'e', list, "", "set environment variables: NAME=VALUE or NAME"},
    {"--env-file", 0, list, "", "read in a file of environment variables"},
    {"--workdir", 'w', text, "/WorkingDir", "working directory inside the container"},
    {"--user", 'u', text, "/User", "user name or UID (format: NAME|UID[:GROUP|GID])"},
    {"--group-add", 0, list, "/HostConfig/GroupAdd", "add a supplementary group"},
    {"--entrypoint", 0, text, "", "overwrite the default ENTRYPOINT of the image"},
    {"--init", 0, toggle, "/HostConfig/Init",
     "run an init that forwards signals and reaps processes"},
    {"--oom-score-adj", 0, text, "", "tune the host's OOM preference (-1000 to 1000)"},
    {"--oom-group", 0, toggle, "/HostConfig/OomGroup",
     "kill all processes, not one, when out of memory"},
    {"--cgroup-parent", 0, text, "/HostConfig/CgroupParent",
     "parent cgroup for the container"},
    {"--stop-signal", 0, text, "/StopSignal",
     "signal to stop the container (default TERM)"},
    {"--stop-timeout", 0, number, "/StopTimeout",
     "timeout in seconds to stop the container (default 10)"},
    {"--ulimit", 0, list, "", "ulimit options: nofile=1024:4096"}};

constexpr flag of_files[]{
    {"--volume", 'v', list, "", "bind mount a volume: SOURCE:/PATH[:ro] or /PATH"},
    {"--mount", 0, list, "", "attach a mount: type=bind,source=/a,target=/b,readonly"},
    {"--tmpfs", 0, list, "", "mount a tmpfs directory: /PATH[:size=64m,mode=1777]"},
    {"--volumes-from", 0, list, "", "mount volumes from another container: NAME[:ro]"},
    {"--read-only", 0, toggle, "/HostConfig/ReadonlyRootfs",
     "mount the container's root file system as read only"},
    {"--shm-size", 0, size, "/HostConfig/ShmSize", "size of /dev/shm (default 64m)"},
    {"--device", 0, list, "", "add a host device: /dev/NAME[:/dev/NAME][:rwm]"},
    {"--device-cgroup-rule", 0, list, "/HostConfig/DeviceCgroupRules",
     "add a rule to the allowed devices: c 10:200 rwm"},
    {"--device-read-bps", 0, list, "", "limit bytes read per second: /dev/NAME:1mb"},
    {"--device-write-bps", 0, list, "", "limit bytes written per second: /dev/NAME:1mb"},
    {"--device-read-iops", 0, list, "", "limit reads per second: /dev/NAME:100"},
    {"--device-write-iops", 0, list, "", "limit writes per second: /dev/NAME:100"}};

constexpr flag of_network[]{
    {"--network", 0, list, "", "connect to bridge, none, host, NAME or container:NAME"},
    {"--net", 0, list, "", "same as --network"},
    {"--network-alias", 0, list, "/HostConfig/NetworkAliases",
     "add a DNS name on the network"},
    {"--hostname", 'h', text, "/Hostname", "container host name"},
    {"--ip", 0, text, "/HostConfig/Address", "IPv4 address (e.g. 10.79.0.7)"},
    {"--mac-address", 0, text, "/HostConfig/MacAddress", "container MAC address"},
    {"--publish", 'p', list, "", "publish ports to the host: [HOST_IP:]PORT:PORT[/udp]"},
    {"--publish-all", 'P', toggle, "/HostConfig/PublishAllPorts",
     "publish all exposed ports to random ports"},
    {"--expose", 0, list, "", "expose a port or a range of ports"},
    {"--dns", 0, list, "/HostConfig/Dns", "DNS server"},
    {"--dns-search", 0, list, "/HostConfig/DnsSearch", "DNS search domain"},
    {"--dns-option", 0, list, "/HostConfig/DnsOptions", "DNS option, see resolv.conf(5)"},
    {"--link", 0, list, "/HostConfig/Links",
     "add a link to another container: NAME[:ALIAS]"},
    {"--dns-opt", 0, list, "/HostConfig/DnsOptions", "same as --dns-option"},
    {"--add-host", 0, list, "/HostConfig/ExtraHosts",
     "add a host-to-IP mapping: NAME:IP or NAME:host-gateway"}};

// These flags belong to `update` as well.
constexpr flag of_limits[]{
    {"--memory", 'm', size, "/HostConfig/Memory", "memory limit, such as 64m"},
    {"--memory-swap", 0, text, "", "limit of memory plus swap (-1: unlimited swap)"},
    {"--memory-reservation", 0, size, "/HostConfig/MemoryReservation",
     "soft limit of memory: reclaimed last"},
    {"--cpus", 0, text, "", "number of CPUs, such as 0.5"},
    {"--cpu-shares", 'c', number, "/HostConfig/CpuShares",
     "CPU shares (relative weight, default 1024)"},
    {"--cpu-quota", 0, number, "/HostConfig/CpuQuota",
     "CPU CFS quota in microseconds per period"},
    {"--cpu-period", 0, number, "/HostConfig/CpuPeriod",
     "CPU CFS period in microseconds (default 100000)"},
    {"--cpuset-cpus", 0, text, "/HostConfig/CpusetCpus",
     "CPUs in which to allow execution (0-3, 0,1)"},
    {"--cpuset-mems", 0, text, "/HostConfig/CpusetMems",
     "NUMA memory nodes to use (0-3, 0,1)"},
    {"--blkio-weight", 0, number, "/HostConfig/BlkioWeight",
     "block I/O (relative weight), between 10 and 1000"},
    {"--pids-limit", 0, text, "",
     "limit the number of PIDs (default 2048; -1: unlimited)"},
    {"--restart", 0, text, "",
     "restart policy: no, always, unless-stopped, on-failure[:N]"}};

constexpr flag of_security[]{
    {"--cap-add", 0, list, "/HostConfig/CapAdd",
     "add a Linux capability: NET_ADMIN, ALL"},
    {"--cap-drop", 0, list, "/HostConfig/CapDrop", "drop a Linux capability"},
    {"--security-opt", 0, list, "",
     "no-new-privileges or seccomp=unconfined|PROFILE.json"},
    {"--privileged", 0, toggle, "/HostConfig/Privileged",
     "give extended privileges to this container"},
    {"--sysctl", 0, pairs, "/HostConfig/Sysctls", "sysctl options: NAME=VALUE"},
    {"--pid", 0, text, "/HostConfig/PidMode",
     "PID namespace to use: host or container:NAME"},
    {"--ipc", 0, text, "/HostConfig/IpcMode",
     "IPC mode to use: host, none, private or container:NAME"},
    {"--uts", 0, text, "/HostConfig/UTSMode",
     "UTS namespace to use: host or container:NAME"},
    {"--cgroupns", 0, text, "/HostConfig/CgroupnsMode",
     "cgroup namespace: host, private or container:NAME"},
    {"--userns", 0, text, "", "user namespace to use (only host is supported)"}};

constexpr flag of_health[]{
    {"--health-cmd", 0, text, "", "shell command that exits 0 while healthy"},
    {"--health-interval", 0, text, "", "time between health checks (default 30s)"},
    {"--health-timeout", 0, text, "", "time limit of a health check (default 30s)"},
    {"--health-retries", 0, text, "", "consecutive failures until unhealthy (default 3)"},
    {"--health-start-period", 0, text, "",
     "start period in which failures don't count (0s)"},
    {"--no-healthcheck", 0, toggle, "", "disable any container-specified HEALTHCHECK"}};

constexpr flag of_logging[]{
    {"--log-driver", 0, text, "",
     "logging driver: local (json-file is the same) or none"},
    {"--log-opt", 0, list, "", "log driver options: max-size=10m or max-file=3"}};

}  // namespace

std::vector<flag> update_flags() { return {std::begin(of_limits), std::end(of_limits)}; }

std::vector<flag> run_flags() {
  auto known = create_flags();
  known.insert(known.begin(), std::begin(run_only), std::end(run_only));
  return known;
}

std::vector<flag> create_flags() {
  std::vector<flag> known;
  for (const std::span<const flag> table :
       {std::span<const flag>(general), std::span<const flag>(of_process),
        std::span<const flag>(of_files), std::span<const flag>(of_network),
        std::span<const flag>(of_limits), std::span<const flag>(of_security),
        std::span<const flag>(of_health), std::span<const flag>(of_logging)})
    known.insert(known.end(), table.begin(), table.end());
  return known;
}

}  // namespace zoomin::cli
