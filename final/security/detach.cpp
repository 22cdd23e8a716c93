// SPDX-License-Identifier: MIT
// /proc/self/exe can be given another file by prctl(PR_SET_MM, PR_SET_MM_MAP), but only
// where nothing of the old one is mapped any more: the kernel answers EBUSY otherwise. So
// each mapping of it is replaced by one mremap(2), after which the next instruction is
// fetched from the new one: a copy where it was written to, or where the process goes on
// running this program inside; else the same file by another mount, which is the same
// pages, for the moment until execve(2), and nothing that leads to them.
#include "security/detach.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <linux/prctl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "common/sys.hpp"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // since Linux 6.3
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020  // since Linux 6.3
#endif

namespace zoomin::security {

using namespace sys;

namespace {

bool detached = false;

// One line of /proc/self/maps, proc_pid_maps(5).
struct mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  int protection = PROT_NONE;
  off_t offset = 0;
  std::string file;  // its device and inode

  [[nodiscard]] std::size_t size() const { return end - begin; }
  [[nodiscard]] bool has(const void* place) const {
    const auto at = reinterpret_cast<std::uintptr_t>(place);
    return begin <= at && at < end;
  }
};

mapping parse_mapping(const std::string& line) {
  std::istringstream words(line);
  std::string addresses;
  std::string rights;
  std::string offset;
  std::string device;
  std::string inode;
  words >> addresses >> rights >> offset >> device >> inode;
  mapping found{.file = device + " " + inode};
  found.begin = std::stoull(addresses, nullptr, 16);
  found.end = std::stoull(addresses.substr(addresses.find('-') + 1), nullptr, 16);
  found.offset = std::stoll(offset, nullptr, 16);
  if (rights[0] == 'r') found.protection |= PROT_READ;
  if (rights[1] == 'w') found.protection |= PROT_WRITE;
  if (rights[2] == 'x') found.protection |= PROT_EXEC;
  return found;
}

std::vector<mapping> mappings_of_program() {
  std::vector<mapping> found;
  std::string file;
  std::istringstream lines(read_file("/proc/self/maps"));
  for (std::string line; std::getline(lines, line);) {
    found.push_back(parse_mapping(line));
    if (found.back().has(reinterpret_cast<const void*>(&detach)))
      file = found.back().file;
  }
  std::erase_if(found, [&](const mapping& each) { return each.file != file; });
  return found;
}

// Returns whether a segment that may be written to lies there: its constants, too, have
// been relocated by the dynamic loader, elf(5).
bool is_writable(const mapping& place) {
  const auto* const headers = reinterpret_cast<const ElfW(Phdr)*>(::getauxval(AT_PHDR));
  const auto count = ::getauxval(AT_PHNUM);
  std::uintptr_t base = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (headers[i].p_type == PT_PHDR)
      base = reinterpret_cast<std::uintptr_t>(headers) - headers[i].p_vaddr;
  for (std::size_t i = 0; i < count; ++i) {
    if (headers[i].p_type != PT_LOAD || (headers[i].p_flags & PF_W) == 0) continue;
    const auto begin = base + headers[i].p_vaddr;
    if (begin < place.end && place.begin < begin + headers[i].p_memsz) return true;
  }
  return false;
}

void* copy_of(const mapping& old) {
  void* const copy = ::mmap(nullptr, old.size(), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (copy == MAP_FAILED) throw error(errno, "mmap", "a copy of the program");
  if ((old.protection & PROT_READ) != 0)
    ::memcpy(copy, reinterpret_cast<const void*>(old.begin), old.size());
  if (::mprotect(copy, old.size(), old.protection) == -1)
    throw error(errno, "mprotect", "a copy of the program");
  return copy;
}

void* same_in(int file, const mapping& old) {
  void* const same =
      ::mmap(nullptr, old.size(), old.protection, MAP_PRIVATE, file, old.offset);
  if (same == MAP_FAILED) throw error(errno, "mmap", "the program by another mount");
  return same;
}

// Between a copy and its move nothing here writes to the program's own variables.
void replace(const mapping& old, int file) {
  const bool copies = file == -1 || is_writable(old);
  void* const fresh = copies ? copy_of(old) : same_in(file, old);
  if (::mremap(fresh, old.size(), old.size(), MREMAP_MAYMOVE | MREMAP_FIXED,
               reinterpret_cast<void*>(old.begin)) == MAP_FAILED)
    throw error(errno, "mremap", "the program");
}

// Kernels before 6.3 don't know MFD_EXEC, with which no chmod(2) can change it either.
int make_file() {
  const int file = ::memfd_create("zoomin", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (file != -1 || errno != EINVAL) return file;
  return ::memfd_create("zoomin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

// For reading alone: what is open for writing can't become a program, ETXTBSY.
unique_fd empty_file() {
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  const unique_fd made(check("memfd_create", "zoomin", [] { return make_file(); }));
  ::fcntl(made.get(), F_ADD_SEALS, F_SEAL_EXEC);
  check("fcntl", "F_ADD_SEALS",
        [&] { return ::fcntl(made.get(), F_ADD_SEALS, seals | F_SEAL_SEAL); });
  return open(fmt::format("/proc/self/fd/{}", made.get()), O_RDONLY);
}

// By their numbers in proc_pid_stat(5); a program's name may have spaces and brackets.
std::vector<std::uint64_t> numbers_of_process() {
  const std::string text = read_file("/proc/self/stat");
  std::istringstream words(text.substr(text.rfind(')') + 1));
  std::vector<std::uint64_t> found(3);
  std::string state;
  words >> state;
  for (std::string word; words >> word;)
    found.push_back(word[0] == '-' ? 0 : std::stoull(word));
  return found;
}

prctl_mm_map layout() {
  const auto number = numbers_of_process();
  prctl_mm_map now{};
  now.start_code = number.at(25);
  now.end_code = number.at(26);
  now.start_stack = number.at(27);
  now.start_data = number.at(44);
  now.end_data = number.at(45);
  now.start_brk = number.at(46);
  now.brk = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  now.arg_start = number.at(47);
  now.arg_end = number.at(48);
  now.env_start = number.at(49);
  now.env_end = number.at(50);
  return now;
}

// As detach() needs it: SELinux, PR_SET_MDWE(2const) and the like may forbid it.
bool may_make_code() {
  const auto size = static_cast<std::size_t>(::getpagesize());
  void* const page =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return false;
  const bool may = ::mprotect(page, size, PROT_READ | PROT_EXEC) == 0;
  ::munmap(page, size);
  return may;
}

}  // namespace

bool can_detach() {
  unsigned size = 0;
  return ::prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) == 0 &&
         size == sizeof(prctl_mm_map) && may_make_code();
}

bool is_detached() { return detached; }

void detach(int file) {
  detached = true;
  for (const auto& each : mappings_of_program()) replace(each, file);
  const unique_fd nothing = empty_file();
  prctl_mm_map now = layout();
  now.exe_fd = static_cast<std::uint32_t>(nothing.get());
  check("prctl", "PR_SET_MM_MAP",
        [&] { return ::prctl(PR_SET_MM, PR_SET_MM_MAP, &now, sizeof now, 0); });
}

}  // namespace zoomin::security
