// SPDX-License-Identifier: MIT
// config.json: the configuration of the lower half, as the OCI runtime specification
// describes it.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/paths.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/store.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
using nlohmann::json;

namespace {

std::string directory_of(const std::string& name) {
  return fmt::format("{}/containers/{}", zoomin::root_directory(),
                     output_of("zoomin inspect -f '{{.Id}}' " + name));
}

json config_of(const std::string& name) {
  return json::parse(output_of("cat " + directory_of(name) + "/config.json"));
}

// Prints what a process in the container finds out about itself.
constexpr const char* look = R"(id
env | grep -v SHLVL | sort
grep -E 'Cap|NoNewPrivs' /proc/self/status
ulimit -n
ulimit -Hn
hostname
pwd
cat /proc/self/oom_score_adj /data/note
cat /proc/sys/net/ipv4/ip_unprivileged_port_start
df -m /cache | tail -1
for node in null zero full random urandom tty fd ptmx; do
  stat -c '%n %F %a %t:%T %N' /dev/$node
done
for place in / /sys /proc/sys /data /host; do
  echo $place $(grep " $place " /proc/mounts | grep -o ' r[ow]')
done
wc -c < /proc/keys
ls /sys/firmware | wc -l
cat /host/look | wc -l
touch /host/new /new 2>&1 | sed 's/.*: //'
)";

}  // namespace

TEST_CASE("an OCI runtime makes the same container of config.json", "[final]") {
  import_busybox();
  const scratch host;
  write_file(host / "look", look);
  output_of("chmod 755 " + host.path());
  output_of(
      "zoomin run --rm -v data:/d bb sh -c 'echo hello > /d/note; chmod 644 /d/note'");
  output_of(fmt::format(
      "zoomin create --name den -h den -m 64m --cpus 0.5 --pids-limit 99 -v data:/data "
      "-v {}:/host:ro --tmpfs /cache:size=1m --read-only --ulimit nofile=100:200 "
      "--cap-add SYS_TIME --cap-drop KILL --sysctl "
      "net.ipv4.ip_unprivileged_port_start=80 "
      "-e COLOUR=blue -w /mnt -u 1000:5 --security-opt no-new-privileges "
      "--oom-score-adj 7 --network none bb sh /host/look",
      host.path()));
  const std::string ours = output_of("zoomin start -a den 2>&1");
  CHECK(contains(ours, "uid=1000(me) gid=5"));
  CHECK(contains(ours, "\nhello\n"));

  // The specification has no layers, so they are mounted beforehand.
  const auto config = config_of("den");
  const std::string root = config["root"]["path"], layer = directory_of("den") + "/layer";
  const auto mounted = shell(fmt::format(
      "mount -t overlay -o lowerdir={1},upperdir={2}/upper,"
      "workdir={2}/work overlay {0}",
      root, config["annotations"]["zoomin.layers"].get<std::string>(), layer));
  INFO(mounted.errors);
  const auto other =
      shell(fmt::format("runc --root /run/runc run -b {} den 2>&1", directory_of("den")));
  output_of(
      fmt::format("umount {0}; rmdir /sys/fs/cgroup/*/zoomin /sys/fs/cgroup/zoomin; "
                  "rm -rf /run/runc",
                  root));
  CHECK(other.output == ours + "\n");
  output_of("zoomin rm den; zoomin volume rm data");
}

TEST_CASE("config.json, once read, is written again unchanged", "[final]") {
  import_busybox();
  const auto unchanged = [](const std::string& name) {
    namespace container = zoomin::container;
    const auto id = output_of("zoomin inspect -f '{{.Id}}' " + name);
    const auto text = container::read_config(id), filter = container::read_filter(id);
    const auto config = container::parse_config(text, filter);
    CHECK(container::text_of(config, id) == text);
    CHECK(container::filter_of(config) == filter);
    return config;
  };
  output_of("zoomin run -d --name plain bb sleep 60");
  const auto plain = unchanged("plain");
  CHECK(plain.init_process.command == std::vector<std::string>{"sleep", "60"});
  CHECK(plain.limits.pids_where_possible);

  const scratch host("/run");
  output_of("mount -t tmpfs shared " + host.path() + "; mount --make-shared " +
            host.path());
  write_file(host / "profile", R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls":
      [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]})");
  output_of(fmt::format(
      "zoomin run -dit --name full -h full -m 64m --memory-swap 96m "
      "--memory-reservation 32m --cpus 0.5 --cpu-shares 10 --cpuset-cpus 0 "
      "--pids-limit 99 -v data:/data -v {0}:/host:ro,rslave --tmpfs /cache:size=1m,exec "
      "--read-only --ulimit nofile=100:200 --cap-add SYS_TIME --init --device /dev/kmsg "
      "--device-cgroup-rule 'c 10:* rw' --sysctl net.ipv4.ip_unprivileged_port_start=80 "
      "-e 'COLOUR=b l:ue' -w /mnt -u 1000:5 --group-add 7 --annotation a.b=c "
      "--security-opt no-new-privileges --security-opt seccomp={0}/profile "
      "--oom-score-adj 7 --add-host there:10.1.2.3 bb sh",
      host.path()));
  const auto full = unchanged("full");
  CHECK(full.init_process.terminal);
  CHECK(full.init_process.has_input);
  CHECK(full.limits.cpu_weight == 1U);
  CHECK(full.annotations.size() == 1U);
  CHECK(full.fills.size() == 1U);

  output_of(
      "zoomin run -d --name probe --pid container:plain --network container:plain "
      "--ipc container:plain --uts container:plain bb sleep 60");
  CHECK(unchanged("probe").shared_memory ==
        "/proc/" + output_of("zoomin inspect -f '{{.State.Pid}}' plain") + "/ns/mnt");
  output_of(
      "zoomin run -d --name all --privileged --network host --pid host bb sleep 60");
  CHECK(unchanged("all").devices.size() == 1U);
  output_of("zoomin rm -f plain full probe all; zoomin volume rm data; umount " +
            host.path());
}

TEST_CASE("an annotation of the user's can't change what a container is", "[final]") {
  import_busybox();
  output_of(
      "zoomin run -d --name c --annotation zoomin.file./etc/motd=text "
      "--annotation zoomin.init=true --annotation zoomin.other=x bb sleep 60");
  CHECK(shell("zoomin exec c cat /etc/motd").status == 1);
  CHECK(output_of("zoomin exec c cat /proc/1/comm") == "sleep");
  CHECK_FALSE(config_of("c")["annotations"].contains("zoomin.other"));
  output_of("zoomin rm -f c");
}

TEST_CASE("config.json contains the cgroup and the joined namespaces", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name app --cpus 0.5 -m 64m --annotation a.b=c bb sleep 60");
  output_of(
      "zoomin run -d --name probe --network container:app --ipc container:app --uts host "
      "bb sleep 60");
  CHECK(config_of("app")["annotations"]["a.b"] == "c");
  const auto app = config_of("app")["linux"];
  CHECK(contains(output_of("cat /proc/$(zoomin inspect -f '{{.State.Pid}}' app)/cgroup"),
                 app["cgroupsPath"].get<std::string>()));
  CHECK(app["resources"]["memory"]["limit"] == 64 << 20);
  CHECK(app["resources"]["cpu"]["quota"] == 50000);
  const std::string its =
      "/proc/" + output_of("zoomin inspect -f '{{.State.Pid}}' app") + "/ns/";
  const json wanted{{{"type", "mount"}},
                    {{"type", "pid"}},
                    {{"type", "network"}, {"path", its + "net"}},
                    {{"type", "ipc"}, {"path", its + "ipc"}},
                    {{"type", "cgroup"}}};
  CHECK(config_of("probe")["linux"]["namespaces"] == wanted);
  output_of("zoomin rm -f app probe");
}

TEST_CASE("config.json has the user 65534 if only the image knows its number",
          "[final]") {
  import_busybox();
  const auto user = [](const std::string& flags) {
    output_of(fmt::format("zoomin run -d --name den {} bb sleep 60", flags));
    auto entry = config_of("den")["process"]["user"];
    output_of("zoomin rm -f den");
    return json{entry["uid"], entry["gid"], entry["additionalGids"]};
  };
  CHECK(user("") == json{0, 0, {0}});
  CHECK(user("-u 7:8 --group-add 9 --group-add others") == json{7, 8, {8, 9}});
  CHECK(user("-u 1000") == json{1000, 65534, json::array()});
  CHECK(user("-u me") == json{65534, 65534, json::array()});
}

TEST_CASE("exec joins a cgroup below --cgroup-parent", "[final][v2]") {
  import_busybox();
  const std::string each =
      "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do [ ! -e $d/cgroup.procs ] || ";
  output_of(each + "mkdir $d/above; done");
  output_of("zoomin run -d --name den --cgroup-parent above -m 64m bb sleep 60");
  const std::string path = config_of("den")["linux"]["cgroupsPath"];
  CHECK(path == "/above/zoomin/" + output_of("zoomin inspect -f '{{.Id}}' den"));
  CHECK(contains(
      output_of("cat /proc/$(zoomin inspect -f '{{.State.Pid}}' den)/cgroup") + "\n",
      path + "\n"));
  // In the container's cgroup namespace its own group is the root.
  CHECK(output_of("zoomin exec den grep -E ':(memory|):' /proc/self/cgroup | head -1") ==
        output_of("zoomin exec den grep -E ':(memory|):' /proc/1/cgroup | head -1"));
  CHECK(contains(output_of("zoomin exec den cat /proc/self/cgroup") + "\n", ":/\n"));
  CHECK(!contains(output_of("zoomin exec den cat /proc/self/cgroup"), ".."));
  output_of("zoomin rm -f den; " + each + "rmdir $d/above; done");
}

TEST_CASE("exec reads config.json, and each start writes it anew", "[final]") {
  import_busybox();
  output_of(
      "zoomin run -d --name den --ulimit nofile=100:200 -e COLOUR=blue bb sleep 60");
  CHECK(output_of("zoomin exec den sh -c 'ulimit -n; echo $COLOUR'") == "100\nblue");
  const std::string file = directory_of("den") + "/config.json";
  output_of("truncate -s 300 " + file);
  const auto refused = shell("zoomin exec den true");
  CHECK(refused.status == 125);
  CHECK(contains(refused.errors, "config.json: "));
  CHECK(contains(refused.errors, "hint: "));
  CHECK(lines_without_hints(refused.errors) == 1);
  output_of("zoomin restart -t 0 den; touch " + directory_of("den") + "/filter");
  CHECK(shell("zoomin exec den true").status == 0);
  output_of("echo 123 > " + directory_of("den") + "/filter");
  CHECK(contains(shell("zoomin exec den true").errors, "filter"));
  output_of("rm " + directory_of("den") + "/filter " + file);
  CHECK(contains(shell("zoomin exec den true").errors, "has no config.json"));
  output_of("zoomin restart -t 0 den");
  CHECK(output_of("zoomin exec den sh -c 'ulimit -n; echo $COLOUR'") == "100\nblue");
  output_of("zoomin rm -f den");
}
