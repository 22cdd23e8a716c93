// SPDX-License-Identifier: MIT
// The one table of run and create: parsing, help and the place in container.json come
// from it.
#include <span>

#include "cli/flags.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

constexpr flag of_the_run[]{
    {"--detach", 'd', toggle, "", "don't wait for it; print its id"},
    {"--attach", 'a', list, "", "stdin, stdout or stderr alone"},
    {"--detach-keys", 0, text, "", "what leaves it to itself: ctrl-p,ctrl-q"},
    {"--sig-proxy", 0, toggle, "", "=false: our signals aren't its signals"},
    {"--explain", 0, perhaps, "", "tell each request to the kernel; =json"}};

constexpr flag of_the_command[]{
    {"--name", 0, text, "", "a name for the container"},
    {"--rm", 0, toggle, "/HostConfig/AutoRemove", "remove it when it ends"},
    {"--interactive", 'i', toggle, "/OpenStdin", "its stdin is ours"},
    {"--tty", 't', toggle, "/Tty", "give it a terminal"},
    {"--cidfile", 0, text, "", "a new file that gets the id"},
    {"--pull", 0, text, "", "missing, or never"},
    {"--platform", 0, text, "", "this machine's: linux/amd64"},
    {"--label", 'l', pairs, "/Labels", "NAME=value, kept with it"},
    {"--label-file", 0, list, "", "a file of lines NAME=value"},
    {"--annotation", 0, pairs, "/HostConfig/Annotations",
     "NAME=value in config.json, for what reads that"}};

constexpr flag of_its_process[]{
    {"--env", 'e', list, "", "NAME=value, or a NAME of ours"},
    {"--env-file", 0, list, "", "a file of lines NAME=value"},
    {"--workdir", 'w', text, "/WorkingDir", "where the command begins"},
    {"--user", 'u', text, "/User", "name or number, [:group]"},
    {"--group-add", 0, list, "/HostConfig/GroupAdd", "one of its user's groups more"},
    {"--entrypoint", 0, text, "", "in place of the image's"},
    {"--init", 0, toggle, "/HostConfig/Init", "PID 1 is an init that reaps"},
    {"--oom-score-adj", 0, text, "", "-1000 to 1000: who is killed first"},
    {"--oom-group", 0, toggle, "/HostConfig/OomGroup",
     "over --memory all of it ends, not one process"},
    {"--cgroup-parent", 0, text, "/HostConfig/CgroupParent", "the group above its own"},
    {"--stop-signal", 0, text, "/StopSignal", "what `stop` sends: TERM"},
    {"--stop-timeout", 0, number, "/StopTimeout", "seconds until `stop` kills"},
    {"--ulimit", 0, list, "", "NAME=SOFT[:HARD]: nofile=1024:4096"}};

constexpr flag of_its_files[]{
    {"--volume", 'v', list, "", "/HOST/PATH:/PATH[:ro], NAME:/PATH, /PATH"},
    {"--mount", 0, list, "", "type=bind|volume|tmpfs,source=,target=[,readonly]"},
    {"--tmpfs", 0, list, "", "/PATH[:size=64m,mode=1777]: memory"},
    {"--volumes-from", 0, list, "", "another container's: NAME[:ro]"},
    {"--read-only", 0, toggle, "/HostConfig/ReadonlyRootfs",
     "its root can't be written to"},
    {"--shm-size", 0, size, "/HostConfig/ShmSize", "of /dev/shm: 64m"},
    {"--device", 0, list, "", "/dev/NAME[:/dev/NAME][:rwm]"},
    {"--device-cgroup-rule", 0, list, "/HostConfig/DeviceCgroupRules",
     "what it may open: c 10:200 rwm"},
    {"--device-read-bps", 0, list, "", "/dev/NAME:1mb: at most so much in a second"},
    {"--device-write-bps", 0, list, "", "the same, of what is written"},
    {"--device-read-iops", 0, list, "", "/dev/NAME:100: at most so many in a second"},
    {"--device-write-iops", 0, list, "", "the same, of writes"}};

constexpr flag of_its_network[]{
    {"--network", 0, list, "", "bridge, none, host, one's own; name=NETWORK,alias=,ip="},
    {"--net", 0, list, "", "the same"},
    {"--network-alias", 0, list, "/HostConfig/NetworkAliases",
     "one of its names there more"},
    {"--hostname", 'h', text, "/Hostname", "its own name"},
    {"--ip", 0, text, "/HostConfig/Address", "its address: 10.79.0.7"},
    {"--mac-address", 0, text, "/HostConfig/MacAddress", "its hardware address"},
    {"--publish", 'p', list, "", "[HOST_IP:]PORT:PORT[/udp], PORT, or ranges"},
    {"--publish-all", 'P', toggle, "/HostConfig/PublishAllPorts",
     "each port that it exposes, at a free one"},
    {"--expose", 0, list, "", "a port that it listens at"},
    {"--dns", 0, list, "/HostConfig/Dns", "whom it asks for names"},
    {"--dns-search", 0, list, "/HostConfig/DnsSearch", "resolv.conf(5)"},
    {"--dns-option", 0, list, "/HostConfig/DnsOptions", "the same"},
    {"--add-host", 0, list, "/HostConfig/ExtraHosts",
     "NAME:ADDRESS; host-gateway is the host"}};

// Those that `update` has, too.
constexpr flag of_its_limits[]{
    {"--memory", 'm', size, "/HostConfig/Memory", "at most so much memory: 64m"},
    {"--memory-swap", 0, text, "", "memory and swap together; -1: no end of swap"},
    {"--memory-reservation", 0, size, "/HostConfig/MemoryReservation",
     "memory that it keeps longest"},
    {"--cpus", 0, text, "", "at most so many processors' time: 0.5"},
    {"--cpu-shares", 'c', number, "/HostConfig/CpuShares",
     "its share where they are scarce: 1024"},
    {"--cpu-quota", 0, number, "/HostConfig/CpuQuota", "µs in each --cpu-period"},
    {"--cpu-period", 0, number, "/HostConfig/CpuPeriod", "µs: 100000"},
    {"--cpuset-cpus", 0, text, "/HostConfig/CpusetCpus", "these processors alone: 0-2"},
    {"--cpuset-mems", 0, text, "/HostConfig/CpusetMems", "these memory nodes alone: 0"},
    {"--blkio-weight", 0, number, "/HostConfig/BlkioWeight",
     "its share of busy disks: 10 to 1000"},
    {"--pids-limit", 0, text, "", "at most so many processes"},
    {"--restart", 0, text, "", "no, on-failure[:TIMES], always, unless-stopped"}};

constexpr flag of_its_rights[]{
    {"--cap-add", 0, list, "/HostConfig/CapAdd", "a capability more: NET_ADMIN, ALL"},
    {"--cap-drop", 0, list, "/HostConfig/CapDrop", "one less"},
    {"--security-opt", 0, list, "",
     "no-new-privileges, seccomp=unconfined, seccomp=PROFILE.json"},
    {"--privileged", 0, toggle, "/HostConfig/Privileged",
     "all rights and devices of the host's root"},
    {"--sysctl", 0, pairs, "/HostConfig/Sysctls", "NAME=value of its own namespaces"},
    {"--pid", 0, text, "/HostConfig/PidMode",
     "host, or container:NAME: whose processes it sees"},
    {"--ipc", 0, text, "/HostConfig/IpcMode",
     "host, none, or container:NAME: shared memory"},
    {"--uts", 0, text, "/HostConfig/UTSMode",
     "host, or container:NAME: whose name it has"},
    {"--cgroupns", 0, text, "/HostConfig/CgroupnsMode",
     "host, container:NAME, or private"},
    {"--userns", 0, text, "", "host: as it is"}};

constexpr flag of_its_health[]{
    {"--health-cmd", 0, text, "", "sh's line that succeeds while all is well"},
    {"--health-interval", 0, text, "", "from one such check to the next: 30s"},
    {"--health-timeout", 0, text, "", "how long one may take: 30s"},
    {"--health-retries", 0, text, "", "failures in a row that make it unhealthy: 3"},
    {"--health-start-period", 0, text, "", "in which failures don't count: 0s"},
    {"--no-healthcheck", 0, toggle, "", "not even the image's own"}};

constexpr flag of_its_log[]{{"--log-driver", 0, text, "", "json-file, or none"},
                            {"--log-opt", 0, list, "", "max-size=10m, max-file=3"}};

}  // namespace

std::vector<flag> update_flags() {
  return {std::begin(of_its_limits), std::end(of_its_limits)};
}

std::vector<flag> run_flags() {
  auto all = create_flags();
  all.insert(all.begin(), std::begin(of_the_run), std::end(of_the_run));
  return all;
}

std::vector<flag> create_flags() {
  std::vector<flag> all;
  for (const std::span<const flag> some :
       {std::span<const flag>(of_the_command), std::span<const flag>(of_its_process),
        std::span<const flag>(of_its_files), std::span<const flag>(of_its_network),
        std::span<const flag>(of_its_limits), std::span<const flag>(of_its_rights),
        std::span<const flag>(of_its_health), std::span<const flag>(of_its_log)})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace zoomin::cli
