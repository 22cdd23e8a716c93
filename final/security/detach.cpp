// SPDX-License-Identifier: MIT
// detach: prctl(PR_SET_MM, PR_SET_MM_MAP) replaces /proc/self/exe, but fails with EBUSY
// while the old file is mapped. So each mapping of it is first replaced by one mremap(2),
// after which the next instruction is fetched from the new mapping. The new mapping is a
// copy if the segment is writable, or if the process continues to run this program
// inside. Otherwise it is the same file through another mount: it shares the pages until
// execve(2), but doesn't lead to the file.
#include "security/detach.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <linux/prctl.h>
#include <malloc.h>
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

// Holds one line of /proc/self/maps, proc_pid_maps(5).
struct mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  int protection = PROT_NONE;
  off_t offset = 0;
  std::string file;  // the device and inode of its file

  [[nodiscard]] std::size_t size() const { return end - begin; }
  [[nodiscard]] bool has(const void* address) const {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
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

// Returns true if the mapping belongs to a writable segment. That includes its constants,
// which the dynamic loader has relocated, elf(5).
bool is_writable(const mapping& mapping) {
  const auto* const headers = reinterpret_cast<const ElfW(Phdr)*>(::getauxval(AT_PHDR));
  const auto count = ::getauxval(AT_PHNUM);
  std::uintptr_t base = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (headers[i].p_type == PT_PHDR)
      base = reinterpret_cast<std::uintptr_t>(headers) - headers[i].p_vaddr;
  for (std::size_t i = 0; i < count; ++i) {
    if (headers[i].p_type != PT_LOAD || (headers[i].p_flags & PF_W) == 0) continue;
    const auto begin = base + headers[i].p_vaddr;
    if (begin < mapping.end && mapping.begin < begin + headers[i].p_memsz) return true;
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

void* map_from(int file, const mapping& old) {
  void* const address =
      ::mmap(nullptr, old.size(), old.protection, MAP_PRIVATE, file, old.offset);
  if (address == MAP_FAILED)
    throw error(errno, "mmap", "the program through another mount");
  return address;
}

// Replaces a mapping. No code between the copy and its move writes to the program's
// variables.
void replace(const mapping& old, int file) {
  const bool copies = file == -1 || is_writable(old);
  void* const replacement = copies ? copy_of(old) : map_from(file, old);
  if (::mremap(replacement, old.size(), old.size(), MREMAP_MAYMOVE | MREMAP_FIXED,
               reinterpret_cast<void*>(old.begin)) == MAP_FAILED)
    throw error(errno, "mremap", "the program");
}

// Creates the file with MFD_EXEC, so that F_SEAL_EXEC can prevent chmod(2). Kernels
// before 6.3 have neither.
int make_file() {
  const int file = ::memfd_create("zoomin", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (file != -1 || errno != EINVAL) return file;
  return ::memfd_create("zoomin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

// Returns an empty sealed file that is open only for reading. The kernel doesn't accept a
// file that is open for writing as a program, ETXTBSY.
unique_fd empty_file() {
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  const unique_fd file(check("memfd_create", "zoomin", [] { return make_file(); }));
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_EXEC);
  check("fcntl", "F_ADD_SEALS",
        [&] { return ::fcntl(file.get(), F_ADD_SEALS, seals | F_SEAL_SEAL); });
  return open(fmt::format("/proc/self/fd/{}", file.get()), O_RDONLY);
}

// Returns the fields of /proc/self/stat by their numbers in proc_pid_stat(5). Parsing
// starts after the last ')', since a program's name may have spaces and brackets.
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

// Returns true if written pages may become executable, which detach() needs. SELinux and
// PR_SET_MDWE(2const) may forbid it.
bool can_make_code() {
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
         size == sizeof(prctl_mm_map) && can_make_code();
}

bool is_detached() { return detached; }

void detach(int file) {
  detached = true;
  for (const auto& each : mappings_of_program()) replace(each, file);
  const unique_fd empty = empty_file();
  prctl_mm_map now = layout();
  now.exe_fd = static_cast<std::uint32_t>(empty.get());
  check("prctl", "PR_SET_MM_MAP",
        [&] { return ::prctl(PR_SET_MM, PR_SET_MM_MAP, &now, sizeof now, 0); });
}

namespace {

// Drops the pages of a segment that is never written to, since they are the same in the
// file. (Pages made read-only after relocation belong to a writable segment, elf(5):
// PT_GNU_RELRO.)
void drop_segment(std::uintptr_t base, const ElfW(Phdr) & segment) {
  if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = (base + segment.p_vaddr) / page * page;
  const std::uintptr_t end = base + segment.p_vaddr + segment.p_memsz;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

// Called for each shared object, and for the program itself, whose name is empty:
// dl_iterate_phdr(3).
int drop_object(dl_phdr_info* object, std::size_t, void*) {
  if (object->dlpi_name[0] == '\0' && is_detached()) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i)
    drop_segment(object->dlpi_addr, object->dlpi_phdr[i]);
  return 0;
}

}  // namespace

void return_unused_pages() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(drop_object, nullptr);
}

}  // namespace zoomin::security
