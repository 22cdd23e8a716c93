// SPDX-License-Identifier: MIT
// The options of -v, --mount and --tmpfs: each works or is refused in one line.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Checks that the flags are refused in one line that contains `word`, and that nothing
// was made.
void check_mount_refused(const std::string& flags, const std::string& word) {
  INFO(flags);
  const auto result = shell("zoomin create " + flags + " bb true");
  CHECK(result.status == 125);
  CHECK(lines_without_hints(result.errors) == 1);
  INFO(result.errors);
  CHECK(contains(result.errors, word));
}

}  // namespace

TEST_CASE("option --mount is a line of comma-separated values", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm --mount 'type=tmpfs,\"dst=/a,b\",ro=T' bb "
                  "grep -c ' /a,b tmpfs ro' /proc/mounts") == "1");
  CHECK(output_of("zoomin run --rm --mount type=tmpfs,dst=/a,readonly=0 bb "
                  "grep -c ' /a tmpfs rw' /proc/mounts") == "1");
}

TEST_CASE("contradictory or empty options of a flag are refused", "[final]") {
  import_busybox();
  check_mount_refused("--mount type=tmpfs,src=x,dst=/x", "source");
  check_mount_refused("--mount type=tmpfs,dst=/x,volume-nocopy", "volume-nocopy");
  check_mount_refused("--mount type=tmpfs,dst=/x,bind-propagation=rslave",
                      "bind-propagation");
  check_mount_refused("--mount type=bind,src=/tmp,dst=/x,volume-nocopy", "volume-nocopy");
  check_mount_refused("--mount type=bind,src=/tmp,dst=/x,tmpfs-size=1m", "tmpfs-size");
  check_mount_refused("--mount type=volume,src=v,dst=/x,tmpfs-mode=700", "tmpfs-mode");
  check_mount_refused("--mount type=volume,src=v,dst=/x,bind-propagation=rslave",
                      "bind-propagation");
  check_mount_refused("--mount type=volume,src=v,source=w,dst=/x", "source");
  check_mount_refused("--mount type=volume,src=v,dst=/x,ro,readonly=false", "readonly");
  check_mount_refused("--mount type=volume,src=v,dst", "must be a key=value pair");
  check_mount_refused("--mount type=volume,src=v,dst=/x,ro=maybe", "true or false");
  check_mount_refused("--mount '\"type=tmpfs,dst=/x'", "quote");
  check_mount_refused("--mount type=bind,src=/tmp,dst=/x,consistency=never",
                      "consistency");
  check_mount_refused("--mount type=bind,src=/tmp,dst=/x,bind-propagation=up",
                      "propagation");
  for (const char* options :
       {"ro,rw", "rw,ro", "ro,ro", "z,Z", "nocopy", "cached,delegated", "rslave,rshared",
        "ro,", "ro,,rslave", "RO", "x"})
    check_mount_refused(fmt::format("-v /tmp:/m:{}", options), "--volume");
  for (const char* options : {"rslave", "private", "nocopy,nocopy", "ro,rw"})
    check_mount_refused(fmt::format("-v v:/m:{}", options), "--volume");
  check_mount_refused("--tmpfs /x:ro,rw", "ro");
  check_mount_refused("--tmpfs /x:exec,noexec", "noexec");
  check_mount_refused("--tmpfs /x:size=1m,size=2m", "size");
  check_mount_refused("--tmpfs /x:size=1m --tmpfs /x:size=2m", "duplicate mount point");
  check_mount_refused("--tmpfs /x:ro,", "empty");
  check_mount_refused("--tmpfs /dev/shm --shm-size 1m", "--shm-size");
  check_mount_refused("--network none -p 8080:80", "--publish");
  check_mount_refused("--network host -p 8080:80", "--publish");
  check_mount_refused("--network host -P", "--publish");
  check_mount_refused("-v v:/x --tmpfs //x/", "Duplicate mount point");
  check_mount_refused("-v v:/x/.. ", "root directory");
  check_mount_refused("--network name=bridge,name=none", "twice");
  check_mount_refused("--network name=bridge,ip=10.79.0.8,ip=10.79.0.9", "twice");
  check_mount_refused(
      "--security-opt no-new-privileges --security-opt no-new-privileges=false", "twice");
  check_mount_refused("--security-opt seccomp=unconfined --security-opt seccomp=builtin",
                      "twice");
  check_mount_refused("--cap-add CHOWN --cap-drop cap_chown", "CHOWN");
  check_mount_refused("--cpu-period 50000", "--cpu-quota");
  check_mount_refused("--cpu-period 50000 --cpus 1", "--cpu-quota");
  check_mount_refused("--health-interval 1s", "check");
  check_mount_refused("--health-retries 1 --no-healthcheck", "--no-healthcheck");
  check_mount_refused("--log-opt max-file=2", "max-size");
  check_mount_refused("--log-driver none --log-opt max-size=1k", "--log-driver none");
  check_mount_refused("--device /dev/null:/dev/x:rr", "rr");
  check_mount_refused("--device /dev/null:", "--device");
  check_mount_refused("--device /dev/null:/dev/x:", "--device");
  check_mount_refused("--device /dev/null:rwm:/dev/x", "--device");
  check_mount_refused("--volumes-from nobody:ro,rw", "--volumes-from");
  CHECK(output_of("zoomin ps -aq; zoomin volume ls -q").empty());
}

TEST_CASE("options that Docker accepts without effect on Linux are accepted", "[final]") {
  import_busybox();
  const scratch directory;
  for (const char* options : {"z", "Z", "ro,z", "cached", "delegated", "consistent,ro",
                              "rprivate", "private"}) {
    INFO(options);
    const auto seen = shell(
        fmt::format("zoomin run --rm -v {}:/m:{} bb sh -c 'touch /m/x && echo writable'",
                    directory.path(), options));
    CHECK(contains(seen.output, "writable") != contains(options, "ro"));
  }
  CHECK(shell("zoomin run --rm -v v:/m:z bb touch /m/x").status == 0);
  CHECK(shell(fmt::format("zoomin run --rm --mount "
                          "type=bind,src={},dst=/m,consistency=cached bb touch /m/x",
                          directory.path()))
            .status == 0);
  shell("zoomin volume rm v");
}

TEST_CASE("later mounts propagate between the host and a bind as requested", "[final]") {
  import_busybox();
  const scratch directory;
  const std::string& top = directory.path();
  const auto exec = [](const std::string& container, const std::string& line) {
    return output_of("zoomin exec " + container + " sh -c '" + line + "'");
  };
  shell(fmt::format("mount -t tmpfs t {0} && mount --make-private {0} && mkdir {0}/sub",
                    top));
  for (const char* propagation : {"rslave", "rshared"}) {
    const auto no =
        shell(fmt::format("zoomin run --rm -v {}:/m:{} bb true", top, propagation));
    CHECK(no.status == 125);
    CHECK(contains(no.errors, "not on a shared"));
  }
  shell("mount --make-shared " + top);
  shell(fmt::format(
      "zoomin run -d --name own -v {0}:/m bb sleep 60; "
      "zoomin run -d --name slave -v {0}:/m:slave bb sleep 60; "
      "zoomin run -d --name shared --cap-add SYS_ADMIN --security-opt seccomp=unconfined "
      "--mount type=bind,src={0},dst=/m,bind-propagation=rshared bb sleep 60",
      top));
  shell(fmt::format("mount -t tmpfs s {0}/sub && touch {0}/sub/f", top));
  CHECK(exec("own", "ls /m/sub").empty());
  CHECK(exec("slave", "ls /m/sub") == "f");
  CHECK(exec("shared", "ls /m/sub") == "f");
  exec("shared", "mkdir /m/in && mount -t tmpfs i /m/in && touch /m/in/g");
  CHECK(output_of(fmt::format("ls {}/in", top)) == "g");
  CHECK(exec("slave", "ls /m/in") == "g");
  CHECK(inspected("slave")["Mounts"][0]["Propagation"] == "rslave");
  CHECK(inspected("own")["Mounts"][0]["Propagation"] == "rprivate");
  shell("zoomin rm -f own slave shared; umount -R " + top);
}

TEST_CASE("a volume over /etc hides neither hosts, resolv.conf nor hostname", "[final]") {
  import_busybox();
  const scratch directory;
  write_file(directory / "hosts", "1.2.3.4 mine\n");
  const auto of_etc = [&](const std::string& flags) {
    return shell("zoomin run --rm --hostname den " + flags +
                 " bb sh -c 'cat /etc/hosts /etc/hostname; grep -c nameserver "
                 "/etc/resolv.conf; ls /etc'")
        .output;
  };
  shell("mkdir " + (directory / "etc") + "; echo > " + (directory / "etc/other"));
  for (const std::string& flags :
       {std::string("-v v:/etc"), "-v " + (directory / "etc") + ":/etc",
        std::string("--tmpfs /etc"), std::string("-i -v v:/etc -v w:/dev")}) {
    INFO(flags);
    const auto seen = of_etc(flags);
    CHECK(contains(seen, "localhost"));
    CHECK(contains(seen, "den\n"));
    CHECK(contains(seen, "\n1\n"));
  }
  CHECK(contains(of_etc("-v " + (directory / "etc") + ":/etc"), "other\n"));
  const auto mine = of_etc("-v v:/etc -v " + (directory / "hosts") + ":/etc/hosts");
  CHECK(mine.starts_with("1.2.3.4 mine\nden\n"));
  // The host's directory has empty files as mount points, none of ours.
  CHECK(output_of("cat " + (directory / "etc/hosts")).empty());
  // Our files can't be mounted in a read-only directory without mount points.
  shell("rm " + (directory / "etc/host*") + " " + (directory / "etc/resolv.conf"));
  CHECK(
      shell("zoomin run --rm -v " + (directory / "etc") + ":/etc:ro bb ls /etc").output ==
      "other\n");
  shell("zoomin volume rm v w");
}

TEST_CASE("a link in the image leads no tmpfs into /proc or /sys", "[mounts]") {
  import_busybox("bb", "ln -s /sys s; ln -s /proc p");
  for (const char* target : {"/s/kernel", "/p/bus"}) {
    const auto refused =
        shell(std::string("zoomin run --rm --tmpfs ") + target + " bb true");
    CHECK(refused.status == 125);
    CHECK(contains(refused.errors, "nothing can be mounted in /proc or /sys"));
  }
}
