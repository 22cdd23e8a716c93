// SPDX-License-Identifier: MIT
#include "security/pages.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "detach.hpp"

namespace zoomin::security {

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

// The program itself has an empty name here, dl_iterate_phdr(3).
int drop_object(dl_phdr_info* object, std::size_t, void*) {
  if (object->dlpi_name[0] == '\0' && security::is_detached()) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i)
    drop_segment(object->dlpi_addr, object->dlpi_phdr[i]);
  return 0;
}

}  // namespace

void give_back_pages() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(drop_object, nullptr);
}

}  // namespace zoomin::security
