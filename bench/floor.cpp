// SPDX-License-Identifier: MIT
// floor LAYER BRIDGE: measures the time that the kernel itself takes to start and end a
// container.
//
// It makes the same requests to the kernel as `zoomin run --rm IMAGE true`, by bare
// system calls, and nothing else: there is no image, no state, no log and no monitor. Any
// time beyond this is spent by the runtime itself. The time of each phase is printed on
// stderr, in µs.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace {

long must(long result, const char* call) {
  if (result != -1) return result;
  std::perror(call);
  ::_exit(125);
}

void write_file(const std::string& path, const std::string& text) {
  const int file = static_cast<int>(must(::open(path.c_str(), O_WRONLY), path.c_str()));
  must(::write(file, text.data(), text.size()), path.c_str());
  ::close(file);
}

// Builds one message of rtnetlink(7), attribute by attribute.
class message {
 public:
  template <typename Body>
  message(std::uint16_t type, std::uint16_t flags, const Body& body) {
    put(nlmsghdr{
        .nlmsg_len = 0,
        .nlmsg_type = type,
        .nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags),
        .nlmsg_seq = 1,
        .nlmsg_pid = 0});
    put(body);
  }
  template <typename Value>
  message& add(std::uint16_t type, const Value& value) {
    put(rtattr{static_cast<std::uint16_t>(sizeof(rtattr) + sizeof value), type});
    put(value);
    return *this;
  }
  message& add(std::uint16_t type, const char* text) {
    const std::size_t size = std::strlen(text) + 1;
    put(rtattr{static_cast<std::uint16_t>(sizeof(rtattr) + size), type});
    bytes_.insert(bytes_.end(), text, text + size);
    pad();
    return *this;
  }
  std::size_t open(std::uint16_t type) {
    put(rtattr{0, type});
    return bytes_.size() - sizeof(rtattr);
  }
  template <typename Body>
  message& body(const Body& value) {
    put(value);
    return *this;
  }
  message& close(std::size_t at) {
    const auto size = static_cast<std::uint16_t>(bytes_.size() - at);
    std::memcpy(&bytes_[at], &size, sizeof size);
    return *this;
  }
  void send(int to, const char* object) {
    const auto size = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &size, sizeof size);
    must(::send(to, bytes_.data(), bytes_.size(), 0), object);
    struct {
      nlmsghdr head;
      nlmsgerr error;
      std::array<char, 512> rest;
    } answer{};
    must(::recv(to, &answer, sizeof answer, 0), object);
    errno = -answer.error.error;
    must(answer.error.error == 0 ? 0 : -1, object);
  }

 private:
  template <typename Value>
  void put(const Value& value) {
    const auto* from = reinterpret_cast<const char*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
    pad();
  }
  void pad() { bytes_.resize((bytes_.size() + 3) & ~std::size_t{3}); }

  std::vector<char> bytes_;
};

int netlink() {
  return static_cast<int>(
      must(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket"));
}

ifinfomsg up(int index) {
  ifinfomsg body{};
  body.ifi_index = index;
  body.ifi_flags = body.ifi_change = IFF_UP;
  return body;
}

void plug_in(int to, const std::string& bridge, const std::string& port, pid_t child) {
  message cable(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, up(0));
  cable.add(IFLA_IFNAME, port.c_str()).add(IFLA_MASTER, ::if_nametoindex(bridge.c_str()));
  const auto info = cable.open(IFLA_LINKINFO);
  cable.add(IFLA_INFO_KIND, "veth");
  const auto data = cable.open(IFLA_INFO_DATA), peer = cable.open(VETH_INFO_PEER);
  cable.body(ifinfomsg{})
      .add(IFLA_IFNAME, "eth0")
      .add(IFLA_NET_NS_PID, child)
      .close(peer)
      .close(data)
      .close(info)
      .send(to, "veth");
}

void configure() {
  const int to = netlink();
  message(RTM_NEWLINK, 0, up(1)).send(to, "lo");
  const int eth0 = static_cast<int>(::if_nametoindex("eth0"));
  const in_addr own{htonl(0x0a4e0002)}, gateway{htonl(0x0a4e0001)};
  ifaddrmsg address{AF_INET, 16, 0, 0, static_cast<unsigned>(eth0)};
  message(RTM_NEWADDR, NLM_F_CREATE, address)
      .add(IFA_LOCAL, own)
      .add(IFA_ADDRESS, own)
      .send(to, "address");
  message(RTM_NEWLINK, 0, up(eth0)).send(to, "eth0");
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_type = RTN_UNICAST;
  message(RTM_NEWROUTE, NLM_F_CREATE, route).add(RTA_GATEWAY, gateway).send(to, "route");
  ::close(to);
}

void mount_at(const char* type, const char* at, unsigned long flags, const char* data) {
  ::mkdir(at, 0755);
  must(::mount(type, at, type, flags, data), at);
}

void enter_root(const std::string& layer, const std::string& top) {
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private");
  const std::string options =
      "lowerdir=" + layer + ",upperdir=" + top + "/upper,workdir=" + top + "/work";
  const std::string merged = top + "/merged";
  must(::mount("overlay", merged.c_str(), "overlay", 0, options.c_str()), "overlay");
  must(::chdir(merged.c_str()), "chdir");
  constexpr unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  mount_at("proc", "proc", quiet, nullptr);
  mount_at("sysfs", "sys", quiet | MS_RDONLY, nullptr);
  mount_at("tmpfs", "dev", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k");
  for (const auto& [name, minor] : {std::pair{"dev/null", 3U},
                                    {"dev/zero", 5U},
                                    {"dev/full", 7U},
                                    {"dev/random", 8U},
                                    {"dev/urandom", 9U}})
    must(::mknod(name, S_IFCHR | 0666, ::makedev(1, minor)), name);
  mount_at("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666");
  mount_at("tmpfs", "dev/shm", quiet, "mode=1777,size=64m");
  must(::syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(::umount2(".", MNT_DETACH), "umount2");
}

void filter_calls() {
  std::vector<sock_filter> rules(200, sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0));
  rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  must(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "seccomp");
}

// A cgroup is one directory in version 2, and one for each limiting controller in
// version 1.
struct group {
  group() {
    const std::string name = "/floor-" + std::to_string(::getpid());
    if (::access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
      add("/sys/fs/cgroup" + name, "pids.max", "2048");
      return;
    }
    add("/sys/fs/cgroup/memory" + name, "memory.limit_in_bytes", "67108864");
    add("/sys/fs/cgroup/cpu" + name, "cpu.cfs_quota_us", "100000");
    add("/sys/fs/cgroup/pids" + name, "pids.max", "2048");
    add("/sys/fs/cgroup/devices" + name, "devices.deny", "b *:* rwm");
  }
  void add(const std::string& directory, const char* file, const char* limit) {
    must(::mkdir(directory.c_str(), 0755), directory.c_str());
    write_file(directory + "/" + file, limit);
    directories.push_back(directory);
  }
  void join(pid_t child) const {
    for (const auto& directory : directories)
      write_file(directory + "/cgroup.procs", std::to_string(child));
  }
  void remove() const {
    for (const auto& directory : directories)
      must(::rmdir(directory.c_str()), directory.c_str());
  }
  std::vector<std::string> directories;
};

class phases {
 public:
  void end(const char* name) {
    const auto now = std::chrono::steady_clock::now();
    std::fprintf(stderr, "%-26s %6.0f\n", name,
                 std::chrono::duration<double, std::micro>(now - last_).count());
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

[[noreturn]] void become(const std::string& layer, const std::string& top, int gate) {
  char open = 0;
  must(::read(gate, &open, 1), "gate");
  must(::unshare(CLONE_NEWCGROUP), "unshare");
  must(::sethostname("floor", 5), "sethostname");
  configure();
  enter_root(layer, top);
  filter_calls();
  ::execl("/bin/true", "true", nullptr);
  must(-1, "execve");
  ::_exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: floor LAYER BRIDGE\n", stderr), 2;
  phases time;
  const group limits;
  time.end("cgroup");
  std::string top = "/tmp/floor-XXXXXX";
  if (::mkdtemp(top.data()) == nullptr) must(-1, "mkdtemp");
  for (const char* name : {"/upper", "/work", "/merged"})
    must(::mkdir((top + name).c_str(), 0755), name);
  std::array<int, 2> gate{};
  must(::pipe2(gate.data(), O_CLOEXEC), "pipe2");
  clone_args arguments{};
  arguments.flags =
      CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET;
  arguments.exit_signal = SIGCHLD;
  const auto child = static_cast<pid_t>(
      must(::syscall(SYS_clone3, &arguments, sizeof arguments), "clone3"));
  if (child == 0) become(argv[1], top, gate[0]);
  time.end("namespaces, clone3");
  limits.join(child);
  time.end("joining the cgroup");
  plug_in(netlink(), argv[2], "fl" + std::to_string(child), child);
  time.end("cable");
  must(::write(gate[1], "x", 1), "gate");
  int status = 0;
  must(::waitpid(child, &status, 0), "waitpid");
  time.end("inside: network, root, exec");
  limits.remove();
  for (const char* name : {"/work/work", "/work", "/upper/dev", "/upper", "/merged", ""})
    ::rmdir((top + name).c_str());
  time.end("its end");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
