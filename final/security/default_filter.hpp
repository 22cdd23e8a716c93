// SPDX-License-Identifier: MIT
// default_filter: the table of the system calls that a container may make, seccomp(2).
//
// A call that isn't named here fails with ENOSYS, as on a kernel that doesn't have it, so
// that programs fall back to an older call. clone3 also fails with ENOSYS, since a filter
// can't read the flags behind its pointer; C libraries then use clone, whose flags are an
// argument. Calls that are never allowed fail with EPERM. The kernel checks capabilities
// as well; the filter protects against checks that the kernel lacks. make_filter.cpp
// compiles the table while zoomin is built.
#pragma once

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace zoomin::security {

constexpr std::uint64_t bit(unsigned capability) {
  return std::uint64_t{1} << capability;
}

// These calls are refused unless the container has one of these capabilities, with which
// Docker's default profile allows them. The kernel checks the capability as well.
struct gate_of_calls {
  std::uint64_t capabilities;
  int error_number;  // without these capabilities
  std::string_view names;
};
constexpr std::array gates{
    gate_of_calls{
        bit(CAP_SYS_ADMIN), EPERM,
        "fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
        "mount_setattr move_mount open_tree open_tree_attr quotactl quotactl_fd "
        "setdomainname sethostname setns umount umount2 "},
    gate_of_calls{bit(CAP_SYS_ADMIN), ENOSYS, "clone3 "},
    gate_of_calls{bit(CAP_SYS_ADMIN) | bit(CAP_BPF), EPERM, "bpf "},
    gate_of_calls{bit(CAP_SYS_ADMIN) | bit(CAP_PERFMON), EPERM, "perf_event_open "},
    gate_of_calls{bit(CAP_SYS_ADMIN) | bit(CAP_SYSLOG), EPERM, "syslog "},
    gate_of_calls{bit(CAP_DAC_READ_SEARCH), EPERM, "open_by_handle_at "},
    gate_of_calls{bit(CAP_SYS_BOOT), EPERM, "reboot "},
    gate_of_calls{bit(CAP_SYS_MODULE), EPERM, "delete_module finit_module init_module "},
    gate_of_calls{bit(CAP_SYS_NICE), EPERM,
                  "get_mempolicy mbind set_mempolicy set_mempolicy_home_node "},
    gate_of_calls{bit(CAP_SYS_PACCT), EPERM, "acct "},
    gate_of_calls{bit(CAP_SYS_PTRACE), EPERM, "kcmp "},
    gate_of_calls{bit(CAP_SYS_RAWIO), EPERM, "ioperm iopl "},
    gate_of_calls{bit(CAP_SYS_TIME), EPERM,
                  "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 "
                  "settimeofday stime "},
    gate_of_calls{bit(CAP_SYS_TTY_CONFIG), EPERM, "vhangup "},
};

// These calls are refused whatever the capabilities: keys, swap, and calls through which
// the kernel has been attacked before.
constexpr std::string_view refused =
    "_sysctl add_key io_uring_enter io_uring_register io_uring_setup "
    "kexec_file_load kexec_load keyctl migrate_pages move_pages nfsservctl "
    "pivot_root request_key swapoff swapon sysfs uselib userfaultfd ustat vm86 "
    "vm86old ";

constexpr std::string_view allowed =
    "_llseek _newselect accept accept4 access alarm arch_prctl arm_fadvise64_64 "
    "arm_sync_file_range bind brk cachestat capget capset chdir chmod chown chown32 "
    "chroot clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range "
    "creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait "
    "epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group "
    "faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir "
    "fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync "
    "fgetxattr file_getattr file_setattr flistxattr flock fork fremovexattr fsetxattr "
    "fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex "
    "futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat "
    "get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid "
    "getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer "
    "getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid "
    "getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname "
    "getsockopt gettid gettimeofday getuid getuid32 getxattr getxattrat "
    "inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel "
    "io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit "
    "ioprio_get ioprio_set ipc kill landlock_add_rule landlock_create_ruleset "
    "landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listmount "
    "listxattr listxattrat llistxattr lremovexattr lseek lsetxattr lsm_get_self_attr "
    "lsm_list_modules lsm_set_self_attr lstat lstat64 madvise map_shadow_stack "
    "membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock "
    "mlock2 mlockall mmap mmap2 modify_ldt mprotect mq_getsetattr mq_notify mq_open "
    "mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 "
    "mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall "
    "munmap name_to_handle_at nanosleep newfstatat nice oldfstat oldlstat oldolduname "
    "oldstat olduname open openat openat2 pause pidfd_getfd pidfd_open "
    "pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll "
    "ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_madvise "
    "process_mrelease process_vm_readv process_vm_writev pselect6 pselect6_time64 "
    "ptrace pwrite64 pwritev pwritev2 read readahead readdir readlink readlinkat "
    "readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages "
    "removexattr removexattrat rename renameat renameat2 restart_syscall rmdir rseq "
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
    "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo "
    "sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr "
    "sched_getparam sched_getscheduler sched_rr_get_interval "
    "sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
    "sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop "
    "semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto "
    "set_robust_list set_thread_area set_tid_address setfsgid setfsgid32 setfsuid "
    "setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority "
    "setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
    "setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr setxattrat "
    "sgetmask shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal "
    "signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend socketcall "
    "splice ssetmask stat stat64 statfs statfs64 statmount statx symlink "
    "symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create "
    "timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime "
    "timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime "
    "timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink "
    "unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid "
    "waitpid write writev ";

// Lists calls that are newer than libseccomp, which therefore doesn't know their names.
// They have the same number on all architectures.
struct new_call {
  std::string_view name;
  unsigned number;
};
constexpr std::array new_calls{
    new_call{"cachestat", 451},         new_call{"fchmodat2", 452},
    new_call{"map_shadow_stack", 453},  new_call{"futex_wake", 454},
    new_call{"futex_wait", 455},        new_call{"futex_requeue", 456},
    new_call{"statmount", 457},         new_call{"listmount", 458},
    new_call{"lsm_get_self_attr", 459}, new_call{"lsm_set_self_attr", 460},
    new_call{"lsm_list_modules", 461},  new_call{"mseal", 462},
    new_call{"setxattrat", 463},        new_call{"getxattrat", 464},
    new_call{"listxattrat", 465},       new_call{"removexattrat", 466},
    new_call{"open_tree_attr", 467},    new_call{"file_getattr", 468},
    new_call{"file_setattr", 469},
};

// The result of these calls depends on an argument: see make_filter.cpp.
constexpr std::string_view examined = "clone unshare personality socket socketpair ioctl";

// Lists the address families that a container may use, socket(2). The kernel checks the
// capabilities that their sockets need. AF_NETLINK is allowed by protocol.
constexpr std::array<unsigned, 4> families{AF_UNIX, AF_INET, AF_INET6, AF_PACKET};
struct netlink_protocol {
  unsigned protocol;
  int error_number;            // without any of these capabilities
  std::uint64_t capabilities;  // 0: always allowed
};
constexpr std::array netlink_protocols{
    netlink_protocol{NETLINK_ROUTE, 0, 0},
    netlink_protocol{NETLINK_SOCK_DIAG, 0, 0},
    netlink_protocol{NETLINK_KOBJECT_UEVENT, 0, 0},
    netlink_protocol{NETLINK_GENERIC, 0, 0},
    netlink_protocol{NETLINK_NETFILTER, EAFNOSUPPORT, bit(CAP_NET_ADMIN)},
    netlink_protocol{NETLINK_XFRM, EAFNOSUPPORT, bit(CAP_NET_ADMIN)},
    // libaudit treats EINVAL as a kernel without audit.
    netlink_protocol{NETLINK_AUDIT, EINVAL,
                     bit(CAP_AUDIT_WRITE) | bit(CAP_AUDIT_CONTROL) | bit(CAP_AUDIT_READ)},
};

}  // namespace zoomin::security
