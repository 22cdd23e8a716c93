// SPDX-License-Identifier: MIT
// The confinement of a container, seen from inside by its first process and by a process
// of `exec`. Both must see the same.
#include <fmt/format.h>
#include <sys/stat.h>

#include "final/busybox.hpp"
#include "inside/facts.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

const std::string& probe_volume() {
  static const std::string option =
      "-v " + built("tests/inside/probe") + ":/bin/probe:ro";
  return option;
}

facts seen_by_run(const std::string& flags = "", const std::string& words = "") {
  return facts(shell(fmt::format("CANARY=1 zoomin run --rm {} {} bb probe {}",
                                 probe_volume(), flags, words)));
}

facts seen_by_exec(const std::string& flags = "", const std::string& words = "",
                   const std::string& exec_flags = "") {
  shell(fmt::format("zoomin run -d --name den {} {} bb sleep 60", probe_volume(), flags));
  facts seen(
      shell(fmt::format("CANARY=1 zoomin exec {} den probe {}", exec_flags, words)));
  shell("zoomin rm -f den");
  return seen;
}

// Calls `check` with what the first process sees, and with what an exec sees.
template <typename Check>
void in_both_ways(const std::string& words, Check check, const std::string& flags = "") {
  import_busybox();
  for (const bool first : {true, false}) {
    const facts seen = first ? seen_by_run(flags, words) : seen_by_exec(flags, words);
    INFO((first ? "run" : "exec") << ": " << seen.errors);
    check(seen);
  }
}

}  // namespace

TEST_CASE("eleven capabilities, and no inheritable ones", "[security][v2]") {
  in_both_ways("", [](const facts& seen) {
    // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, SETPCAP 8,
    // NET_BIND_SERVICE 10, SYS_CHROOT 18, SETFCAP 31
    for (const char* set : {"CapEff", "CapPrm", "CapBnd"})
      CHECK(seen[set] == "00000000800405fb");
    for (const char* set : {"CapInh", "CapAmb"}) CHECK(seen[set] == "0000000000000000");
    CHECK(seen["NoNewPrivs"] == "0");
    CHECK(seen["Seccomp"] == "2");
    CHECK(seen["Groups"] == "0");
  });
}

TEST_CASE("another user has no capabilities and only the image's groups", "[security]") {
  const auto check = [](const facts& seen) {
    for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"})
      CHECK(seen[set] == "0000000000000000");
    CHECK(seen["CapBnd"] == "00000000800405fb");
    CHECK(seen["Uid"] == "1000 1000 1000 1000");
    CHECK(seen["Gid"] == "1000 1000 1000 1000");
    CHECK(seen["Groups"] == "50 1000");
  };
  in_both_ways("", check, "-u me");
}

TEST_CASE("all namespaces except user are its own, and its cgroup is a root",
          "[security][v2]") {
  in_both_ways("", [](const facts& seen) {
    for (const char* kind : {"cgroup", "ipc", "mnt", "net", "pid", "uts"}) {
      INFO(kind);
      const auto ours = output_of(fmt::format("readlink /proc/self/ns/{}", kind));
      CHECK(seen[fmt::format("namespace.{}", kind)].starts_with(kind));
      CHECK(seen[fmt::format("namespace.{}", kind)] != ours);
    }
    CHECK(seen["cgroup"] == "/");
    CHECK(seen["cwd"] == "/");
  });
}

TEST_CASE("descriptors, environment, signals and umask of the caller aren't inherited",
          "[security]") {
  import_busybox();
  const std::string caller =
      "umask 077; trap '' INT HUP QUIT; export CANARY=1 ZOOMIN_CANARY=2; "
      "zoomin {} probe 7</etc/hostname 8</";
  shell(fmt::format("zoomin run -d --name den {} bb sleep 60", probe_volume()));
  for (const auto& command :
       {fmt::format("run --rm {} bb", probe_volume()), std::string("exec den")}) {
    INFO(command);
    const facts seen(shell(fmt::format(fmt::runtime(caller), command)));
    CHECK(seen["descriptors"] == "0 1 2");
    for (const char* name : {"environment", "environment.first"}) {
      CHECK_FALSE(contains(seen[name], "CANARY"));
      CHECK(contains(seen[name], "PATH="));
    }
    for (const char* name : {"SigBlk", "SigIgn", "SigPnd", "ShdPnd"})
      CHECK(seen[name] == "0000000000000000");
    CHECK(seen["umask"] == "0022");
  }
  shell("zoomin rm -f den");
}

TEST_CASE("no core files, and 1024 open files by default", "[security]") {
  in_both_ways("", [](const facts& seen) {
    CHECK(seen["core"] == "0");
    const auto most = std::min(1048576L, std::stol(output_of("ulimit -Hn")));
    CHECK(seen["nofile"] == fmt::format("1024:{}", most));
  });
  const facts fewer(
      shell(fmt::format("ulimit -n 512; zoomin run --rm {} bb probe", probe_volume())));
  CHECK(fewer["nofile"] == "512:512");
}

TEST_CASE("at most 2048 processes", "[security][v2]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --name den bb sleep 60");
  CHECK(output_of("cat $(find /sys/fs/cgroup -path '*" + id + "/pids.max')") == "2048");
  shell("zoomin rm -f den");
}

TEST_CASE("each mount has the expected flags", "[security][v2]") {
  in_both_ways("", [](const facts& seen) {
    for (const char* path : {"/proc", "/sys", "/dev/mqueue", "/dev/shm"}) {
      INFO(path << " " << seen[fmt::format("mount.{}", path)]);
      CHECK(contains(seen[fmt::format("mount.{}", path)], "nosuid,nodev,noexec"));
    }
    CHECK(contains(seen["mount./"], "nodev"));
    CHECK(contains(seen["mount./dev"], "nosuid,noexec"));
    CHECK(contains(seen["mount./dev"], "size=64k"));
    CHECK(contains(seen["mount./dev/shm"], "size=65536k"));
    CHECK(contains(seen["mount./dev/pts"], "nosuid,noexec"));
    CHECK(contains(seen["mount./sys"], "sysfs ro,"));
    if (output_of("test -e /sys/fs/cgroup/cgroup.controllers && echo v2") == "v2")
      CHECK(contains(seen["mount./sys/fs/cgroup"], "cgroup2 ro,nosuid,nodev,noexec"));
    else
      for (const char* tree : {"memory", "pids", "devices", "freezer"}) {
        INFO(tree);
        CHECK(contains(seen[fmt::format("mount./sys/fs/cgroup/{}", tree)],
                       "cgroup ro,nosuid,nodev,noexec"));
      }
  });
}

TEST_CASE("paths that reveal facts about the host are hidden", "[security]") {
  in_both_ways("", [](const facts& seen) {
    const auto hidden = seen.beginning_with("masked.");
    CHECK(hidden.size() >= 20);
    for (const auto& [path, found] : hidden) {
      INFO(path << " " << found);
      CHECK(found != "readable");
    }
  });
}

TEST_CASE("kernel parameters can't be written", "[security]") {
  in_both_ways("", [](const facts& seen) {
    const auto files = seen.beginning_with("written.");
    CHECK(files.size() >= 9);
    for (const auto& [path, found] : files) {
      INFO(path << " " << found);
      CHECK((found == "EROFS" || found == "ENOENT"));
    }
    CHECK(seen["written./proc/sys/kernel/hostname"] == "EROFS");
    CHECK(seen["made./sys"] == "EROFS");
  });
}

TEST_CASE("programs can ping and listen, and routes from others are ignored",
          "[security]") {
  in_both_ways("", [](const facts& seen) {
    CHECK(seen["setting.ipv4/ping_group_range"] == "0\t2147483647");
    CHECK(seen["setting.ipv4/ip_unprivileged_port_start"] == "0");
    for (const auto& [name, value] : seen.beginning_with("setting.route_localnet")) {
      INFO(name);
      CHECK(value == "0");
    }
    const auto cable = seen["setting.ipv6.eth0"];
    INFO(cable);  // missing where the kernel has no IPv6
    CHECK((cable == "missing" || cable.starts_with("disabled 1") ||
           cable.ends_with("accept_ra 0")));
  });
}

TEST_CASE("only the default devices are available", "[security][v2]") {
  in_both_ways("", [](const facts& seen) {
    CHECK(seen["devices"] == "full null random tty urandom zero");
    for (const char* name : {"null", "zero", "full", "random", "urandom", "ptmx"})
      CHECK(seen[fmt::format("device.{}", name)] == "ok");
    CHECK(seen["device.tty"] == "ENXIO");
    CHECK(seen["mknod.fifo"] == "ok");
    for (const char* name : {"null", "mem", "tun", "fuse", "disk"})
      CHECK(seen[fmt::format("mknod.{}", name)] == "EPERM");
  });
}

TEST_CASE("even with all capabilities no device can be made or opened",
          "[security][v2]") {
  const auto check = [](const facts& seen) {
    for (const char* name : {"null", "mem", "tun", "fuse", "disk"}) {
      INFO(name);
      CHECK(seen[fmt::format("mknod.{}", name)] == "EPERM");
      CHECK(seen[fmt::format("mknod.{}.open", name)] == "ENOENT");
    }
    CHECK(seen["device.null"] == "ok");
  };
  in_both_ways("", check, "--cap-add ALL");
}

TEST_CASE("socket families that bypass namespaces are refused", "[security]") {
  const auto check = [](const facts& seen) {
    for (const char* name : {"unix", "inet", "route", "ping"})
      CHECK(seen[fmt::format("socket.{}", name)] == "ok");
    for (const char* name : {"vsock", "alg", "rxrpc", "tipc", "smc", "kcm", "x25", "can",
                             "netfilter", "xfrm", "pair.tipc"}) {
      INFO(name);
      CHECK(seen[fmt::format("socket.{}", name)] == "EAFNOSUPPORT");
    }
    for (const char* name : {"diag", "uevent", "generic", "pair.unix"}) {
      INFO(name);
      CHECK(seen[fmt::format("socket.{}", name)] == "ok");
    }
    CHECK(seen["socket.audit"] == "EINVAL");
    CHECK(seen["socket.raw"] == "EPERM");
    CHECK(seen["socket.packet"] == "EPERM");
    for (const char* name : {"TIOCSTI", "TIOCLINUX", "TIOCSTI+high", "TIOCLINUX+high"})
      CHECK(seen[fmt::format("ioctl.{}", name)] == "EPERM");
    CHECK(seen["ioctl.TCGETS"] == "EBADF");
  };
  in_both_ways("", check);
  const auto of_admin = [](const facts& seen) {
    for (const char* name : {"netfilter", "xfrm"})  // unless the kernel lacks it
      CHECK((seen[fmt::format("socket.{}", name)] == "ok" ||
             seen[fmt::format("socket.{}", name)] == "EPROTONOSUPPORT"));
    CHECK(seen["socket.tipc"] == "EAFNOSUPPORT");
  };
  in_both_ways("", of_admin, "--cap-add NET_ADMIN");
}

TEST_CASE("the filter refuses dangerous calls, and none that programs need",
          "[security][v2]") {
  const auto check = [](const facts& seen) {
    const auto calls = seen.beginning_with("call.");
    CHECK(calls.size() >= 49);
    for (const auto& [name, found] : calls) {
      INFO(name);
      const bool unknown =
          name == "call.clone3" || name == "call.unknown" || name == "call.x32";
      CHECK(found == (unknown ? "ENOSYS" : "EPERM"));
    }
    const auto needed = seen.beginning_with("needed.");
    CHECK(needed.size() >= 16);
    for (const auto& [name, found] : needed) {
      INFO(name << " " << found);
      const bool young = found == "ENOSYS" || found == "EOPNOTSUPP";  // an older kernel
      CHECK((found != "EPERM" &&
             (!young || name == "needed.landlock" ||
              contains("mseal statmount listmount futex_waitv", name.substr(7)))));
    }
  };
  in_both_ways("calls", check);
}

// With all capabilities the kernel's own checks pass, so that the errors are the
// filter's.
TEST_CASE("a capability allows only its system calls", "[security][v2]") {
  const auto check = [](const facts& seen) {
    for (const auto& [name, found] : seen.beginning_with("call.")) {
      INFO(name << " " << found);
      const bool always = contains(
          "keyctl add_key request_key io_uring_setup io_uring_enter io_uring_register "
          "userfaultfd pivot_root swapon swapoff kexec_load kexec_file_load "
          "personality.other",
          name.substr(5));
      if (always) CHECK(found == "EPERM");
      if (name == "call.unknown" || name == "call.x32") CHECK(found == "ENOSYS");
    }
    for (const char* name : {"mount", "umount2", "open_tree", "fsmount", "setns", "bpf",
                             "syslog", "kcmp", "reboot", "clone3", "open_by_handle_at"}) {
      INFO(name);
      CHECK(seen[fmt::format("call.{}", name)] != "EPERM");
      CHECK(seen[fmt::format("call.{}", name)] != "ENOSYS");
    }
#if defined(__x86_64__)
    if (seen["call32.getpid"] == "ok") CHECK(seen["call32.mount"] != "EPERM");
#endif
  };
  in_both_ways("calls", check, "--cap-add ALL");
  CHECK(output_of(
            "zoomin run --rm --cap-add SYS_ADMIN bb sh -c 'mkdir /m && mount -t tmpfs m "
            "/m && grep -c \" /m \" /proc/mounts; unshare -u hostname other; hostname'")
            .starts_with("1\n"));
  CHECK(shell("zoomin run --rm --cap-add SYS_TIME bb mount -t tmpfs m /tmp").status != 0);
}

TEST_CASE("32-bit calls are filtered by the same rules", "[security][v2]") {
  const auto check = [](const facts& seen) {
#if !defined(__x86_64__)
    skip_loudly("this machine has no 32-bit calls");
#endif
    if (seen["call32.getpid"].starts_with("signal"))
      skip_loudly("this kernel runs no 32-bit programs");
    CHECK(seen["call32.getpid"] == "ok");
    for (const char* name : {"mount", "unshare.user", "bpf"})
      CHECK(seen[fmt::format("call32.{}", name)] == "EPERM");
    for (const char* family : {"vsock", "tipc", "smc"})
      CHECK(seen[fmt::format("call32.socket.{}", family)] == "EAFNOSUPPORT");
    CHECK(seen["call32.clone3"] == "ENOSYS");
  };
  in_both_ways("calls", check);
}

TEST_CASE("a container's terminal is never the caller's", "[security]") {
  import_busybox();
  shell(fmt::format("zoomin run -d --name den {} bb sleep 60", probe_volume()));
  for (const auto& command :
       {fmt::format("run --rm -t {} bb", probe_volume()), std::string("exec -t den")}) {
    INFO(command);
    terminal session(
        {"sh", "-c", fmt::format("{} {} probe; echo end", built("zoomin"), command)}, 24,
        80);
    session.expect("descriptors=0 1 2");
    session.expect("terminal=its own devpts");
    session.expect("end");
  }
  shell("zoomin rm -f den");
}

TEST_CASE("other users of the host can't read the state", "[security]") {
  import_busybox();
  const scratch files;
  ::chmod(files.path().c_str(), 0755);
  const auto modes = shell(fmt::format(
      "umask 0; export ZOOMIN_ROOT={0}/kept ZOOMIN_RUN={0}/run; "
      "busybox tar -c -f - /etc/hostname 2>/dev/null | zoomin import - small >&2; "
      "zoomin run small true >&2; zoomin network rm bridge >&2; "
      "find {0}/kept {0}/run -maxdepth 0 -printf '%m\\n' | sort -u",
      files.path()));
  INFO(modes.errors);
  CHECK(modes.output == "700\n");
}

TEST_CASE("run --security-opt seccomp=PROFILE.json", "[security]") {
  import_busybox();
  const scratch files;
  const auto with = [&](const std::string& profile, const std::string& flags,
                        const std::string& line) {
    write_file(files / "profile.json", profile);
    return shell(fmt::format("zoomin run --rm --security-opt seccomp={} {} bb sh -c '{}'",
                             files / "profile.json", flags, line));
  };
  const std::string all_but = R"({"defaultAction":"SCMP_ACT_ALLOW","archMap":[)"
                              R"({"architecture":"SCMP_ARCH_X86_64",)"
                              R"("subArchitectures":["SCMP_ARCH_X86"]}],"syscalls":[)";
  const std::string no_directories = all_but +
                                     R"({"names":["mkdir","mkdirat","nosuchcall"],)"
                                     R"("action":"SCMP_ACT_ERRNO","errnoRet":95}]})";
  CHECK(contains(with(no_directories, "", "mkdir /x").errors, "not supported"));
  CHECK(with(no_directories, "", "echo well; unshare -m true").output == "well\n");
  // Rules may depend on capabilities and on arguments.
  const std::string by_rights = all_but +
                                R"({"names":["mkdir"],"action":"SCMP_ACT_ERRNO",)"
                                R"("excludes":{"caps":["CAP_SYS_TIME"]}},)"
                                R"({"names":["rmdir"],"action":"SCMP_ACT_ERRNO",)"
                                R"("includes":{"minKernel":"99.1"}}]})";
  CHECK(with(by_rights, "", "mkdir /x").status != 0);
  CHECK(with(by_rights, "--cap-add SYS_TIME", "mkdir /x && rmdir /x").status == 0);
  const std::string by_argument =
      all_but + R"({"names":["kill"],"action":"SCMP_ACT_ERRNO","errnoRet":22,)"
                R"("args":[{"index":1,"op":"SCMP_CMP_EQ","value":10}]}]})";
  CHECK(with(by_argument, "--init", "trap \"echo got\" USR2; kill -USR2 $$").output ==
        "got\n");
  CHECK(
      contains(with(by_argument, "--init", "kill -USR1 $$").errors, "Invalid argument"));
  // An exec and the next start use the profile as well.
  write_file(files / "profile.json", no_directories);
  output_of(fmt::format("zoomin run -d --name c --security-opt seccomp={} bb sleep 100",
                        files / "profile.json"));
  CHECK(shell("zoomin exec c mkdir /x").status != 0);
  shell("zoomin restart -t 0 c");
  CHECK(contains(shell("zoomin exec c mkdir /x").errors, "not supported"));
  shell("zoomin rm -f c");
  for (const char* wrong :
       {"", "[]", "{", "{}", R"({"defaultAction":"SCMP_ACT_NOTIFY"})",
        R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_PDP11"]})",
        R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["kill"]}]})",
        R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["kill"],)"
        R"("action":"SCMP_ACT_ERRNO","args":[{"index":9,"op":"SCMP_CMP_EQ"}]}]})"}) {
    INFO(wrong);
    const auto refused = with(wrong, "", "true");
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
    CHECK(contains(refused.errors, "--security-opt seccomp"));
  }
  CHECK(shell("zoomin run --rm --security-opt seccomp=/nosuch bb true").status == 125);
  CHECK(output_of("zoomin ps -aq").empty());
}
