// SPDX-License-Identifier: MIT
// make_filter: compiles default_filter.hpp into a program for the kernel's seccomp filter
// while zoomin is built, and writes it as the text of a C++ array to stdout.
//
// libseccomp knows the call numbers of each architecture. The program is a tree of
// comparisons over ranges of numbers with the same result, with about eight comparisons
// for a call. A container may use the call numbers of two architectures, one of 64 and
// one of 32 bits. Each has its own tree, because otherwise a 32-bit program could bypass
// the filter.
//
// A refusal can be a gate: if the container has one of certain capabilities, the call is
// allowed. A gate is a single instruction, "return an error". The positions of the gates
// are listed after the program, so that confine.cpp only changes these instructions in a
// copy of the program.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "security/default_filter.hpp"

namespace {

using namespace zoomin::security;

struct instruction : sock_filter {
  std::uint64_t opened_by = 0;  // capabilities, as bits
};
using code = std::vector<instruction>;

constexpr unsigned x32_bit = 0x40000000;
// include/uapi/asm-generic/ioctls.h
constexpr unsigned tiocsti = 0x5412, tioclinux = 0x541c;
constexpr unsigned new_namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                    CLONE_NEWNET;
constexpr unsigned new_time_namespace = 0x80;  // for clone this bit is part of the signal

// Returns the offset of an argument's low half, include/uapi/linux/seccomp.h. The low
// half comes first, because zoomin supports only little-endian machines.
constexpr unsigned low_of_argument(unsigned index) {
  return static_cast<unsigned>(offsetof(seccomp_data, args) + index * 8UL);
}

instruction plain(sock_filter program) { return {program, 0}; }
instruction load(unsigned offset) {
  return plain(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}
instruction give(unsigned action) { return plain(BPF_STMT(BPF_RET | BPF_K, action)); }
instruction fail(int number) {
  return give(SECCOMP_RET_ERRNO | static_cast<unsigned>(number));
}
instruction allow() { return give(SECCOMP_RET_ALLOW); }
instruction fail_unless(std::uint64_t capabilities, int number) {
  return {fail(number), capabilities};
}
// Continues if the condition holds, else skips `skipped` instructions.
instruction unless(unsigned short condition, unsigned value, unsigned char skipped) {
  return plain(BPF_JUMP(static_cast<unsigned short>(BPF_JMP | BPF_K | condition), value,
                        0, skipped));
}

code refuse_flags(unsigned flags) {
  return {load(low_of_argument(0)), unless(BPF_JSET, flags, 1),
          fail_unless(bit(CAP_SYS_ADMIN), EPERM), allow()};
}

// Allows the personalities of Linux and of old Linux, each with or without randomised
// addresses, and 0xffffffff, which only queries the personality.
code check_personality() {
  code instructions{load(low_of_argument(0))};
  for (const unsigned allowed_value : {0U, 0x8U, 0x20000U, 0x20008U, 0xffffffffU}) {
    instructions.push_back(unless(BPF_JEQ, allowed_value, 1));
    instructions.push_back(allow());
  }
  instructions.push_back(fail(EPERM));
  return instructions;
}

// Allows only some address families. The first socket(2) or socketpair(2) of a family
// loads its kernel module, without any check of capabilities, and AF_VSOCK reaches the
// hypervisor past every namespace.
code check_socket() {
  code instructions{load(low_of_argument(0))};
  for (const unsigned family : families) {
    instructions.push_back(unless(BPF_JEQ, family, 1));
    instructions.push_back(allow());
  }
  instructions.push_back(plain(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 1, 0)));
  instructions.push_back(fail(EAFNOSUPPORT));
  instructions.push_back(load(low_of_argument(2)));
  for (const auto& [protocol, number, capabilities] : netlink_protocols) {
    instructions.push_back(unless(BPF_JEQ, protocol, 1));
    instructions.push_back(capabilities == 0 ? allow()
                                             : fail_unless(capabilities, number));
  }
  instructions.push_back(fail(EAFNOSUPPORT));
  return instructions;
}

// Refuses requests by their low 32 bits, since the kernel ignores the others:
// CVE-2019-10063.
code check_ioctl() {
  return {load(low_of_argument(1)),
          unless(BPF_JEQ, tiocsti, 1),
          fail(EPERM),
          unless(BPF_JEQ, tioclinux, 1),
          fail(EPERM),
          allow()};
}

code examine(const std::string& name) {
  if (name == "clone") return refuse_flags(new_namespaces);
  if (name == "unshare") return refuse_flags(new_namespaces | new_time_namespace);
  if (name == "personality") return check_personality();
  if (name == "socket" || name == "socketpair") return check_socket();
  if (name == "ioctl") return check_ioctl();
  std::fprintf(stderr, "make_filter: no code for %s\n", name.c_str());
  std::exit(1);
}

// Returns the numbers of all calls that the library knows for the architecture. Looks up
// the name of each number, because for a name such as "socket" the library returns a
// pseudo number if the architecture also has socketcall(2).
std::map<std::string, unsigned> numbers_of(unsigned architecture) {
  constexpr int max_number = 1024;
  std::map<std::string, unsigned> result;
  for (int number = 0; number < max_number; ++number) {
    char* name = seccomp_syscall_resolve_num_arch(architecture, number);
    if (name != nullptr) result[name] = static_cast<unsigned>(number);
    std::free(name);
  }
  for (const auto& call : new_calls) result.emplace(call.name, call.number);
  return result;
}

// Returns the code for each call number. Numbers without code fail with ENOSYS.
std::map<unsigned, code> answers_for(unsigned architecture) {
  const auto numbers = numbers_of(architecture);
  std::map<unsigned, code> result;
  const auto add = [&](std::string_view names, const auto& answer) {
    std::istringstream words{std::string(names)};
    for (std::string name; words >> name;)
      if (const auto found = numbers.find(name); found != numbers.end())
        result[found->second] = answer(name);
  };
  add(allowed, [](const std::string&) { return code{allow()}; });
  add(examined, examine);
  add(refused, [](const std::string&) { return code{fail(EPERM)}; });
  for (const auto& gate : gates)
    add(gate.names, [&](const std::string&) {
      return code{fail_unless(gate.capabilities, gate.error_number)};
    });
  return result;
}

bool same(const code& instructions, const code& other) {
  if (instructions.size() != 1 || other.size() != 1) return false;
  return instructions[0].k == other[0].k &&
         instructions[0].opened_by == other[0].opened_by;
}

struct range {
  unsigned first;
  code answer;
};

std::vector<range> ranges_of(const std::map<unsigned, code>& answers) {
  const code unknown{fail(ENOSYS)};
  std::vector<range> result{{0, unknown}};
  const auto add = [&](unsigned first, const code& answer) {
    if (result.back().first == first)
      result.back().answer = answer;
    else if (!same(result.back().answer, answer))
      result.push_back({first, answer});
  };
  for (const auto& [number, answer] : answers) {
    add(number, answer);
    if (!answers.contains(number + 1)) add(number + 1, unknown);
  }
  return result;
}

void append(code& to, const code& instructions) {
  to.insert(to.end(), instructions.begin(), instructions.end());
}

// Builds a tree of comparisons for the loaded call number. Numbers below the middle are
// in the left half.
code tree_of(const std::vector<range>& ranges, std::size_t begin, std::size_t end) {
  if (end - begin == 1) return ranges[begin].answer;
  const std::size_t middle = (begin + end) / 2;
  const code left = tree_of(ranges, begin, middle);
  const unsigned short at_least = BPF_JMP | BPF_JGE | BPF_K;
  const auto length = static_cast<unsigned>(left.size());
  code instructions;
  if (length <= 255) {
    instructions = {plain(
        BPF_JUMP(at_least, ranges[middle].first, static_cast<unsigned char>(length), 0))};
  } else {  // too far for a conditional jump
    instructions = {plain(BPF_JUMP(at_least, ranges[middle].first, 0, 1)),
                    plain(BPF_STMT(BPF_JMP | BPF_JA, length))};
  }
  append(instructions, left);
  append(instructions, tree_of(ranges, middle, end));
  return instructions;
}

// Returns the code for the calls of one architecture. For other architectures it jumps to
// its end.
code part_for(unsigned architecture) {
  code body{load(offsetof(seccomp_data, nr))};
  if (architecture == SCMP_ARCH_X86_64)
    append(body, {unless(BPF_JGE, x32_bit, 1), fail(ENOSYS)});
  const auto ranges = ranges_of(answers_for(architecture));
  append(body, tree_of(ranges, 0, ranges.size()));
  code instructions{
      plain(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0)),
      plain(BPF_STMT(BPF_JMP | BPF_JA, static_cast<unsigned>(body.size())))};
  append(instructions, body);
  return instructions;
}

}  // namespace

int main() {
  code instructions{load(offsetof(seccomp_data, arch))};
#if defined(__x86_64__)
  for (const unsigned number :
       {static_cast<unsigned>(SCMP_ARCH_X86_64), static_cast<unsigned>(SCMP_ARCH_X86)})
    append(instructions, part_for(number));
#elif defined(__aarch64__)
  for (const unsigned number :
       {static_cast<unsigned>(SCMP_ARCH_AARCH64), static_cast<unsigned>(SCMP_ARCH_ARM)})
    append(instructions, part_for(number));
#else
  append(instructions, part_for(seccomp_arch_native()));
#endif
  instructions.push_back(fail(ENOSYS));
  std::printf("constexpr sock_filter default_filter[] = {\n");
  for (const auto& next : instructions)
    std::printf("{0x%x, %u, %u, 0x%x},\n", next.code, next.jt, next.jf, next.k);
  std::printf("};\nconstexpr gate default_gates[] = {\n");
  for (std::size_t at = 0; at < instructions.size(); ++at)
    if (instructions[at].opened_by != 0)
      std::printf("{%zu, 0x%llx},\n", at,
                  static_cast<unsigned long long>(instructions[at].opened_by));
  std::printf("};\n");
}
