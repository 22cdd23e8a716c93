// SPDX-License-Identifier: MIT
// A process in a container may ask for /proc/self/exe at the moment in which it still is
// this program, and so may a "#!" line: the kernel then runs the host's file inside, and
// who holds a descriptor of it writes to it when its last run has ended: CVE-2019-5736.
// Even one for reading alone shares the host's page cache, and with it the next fault in
// the kernel's care for that: CVE-2022-0847. So a process lets go of the file before
// anybody inside can see it: proc_pid_exe(5), PR_SET_MM_MAP(2const).
#include "security/self_protection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "common/paths.hpp"
#include "common/sys.hpp"
#include "security/detach.hpp"

namespace zoomin::security {

using namespace sys;

namespace {

constexpr const char* own_file = "/proc/self/exe";
constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// Where the caller's words and environment lie in memory, one behind the other.
struct region {
  char* begin = nullptr;
  char* end = nullptr;
};
region& callers_words() {
  static region words;
  return words;
}

region words_of(char** arguments) {
  region words{arguments[0], arguments[0]};
  for (char** list : {arguments, environ})
    for (; *list != nullptr; ++list)
      if (*list == words.end) words.end += ::strlen(*list) + 1;
  return words;
}

// Moves the variables that this program itself reads to memory that /proc/PID/environ
// doesn't show, and drops all others.
void keep_own_variables() {
  static std::vector<std::string> kept;
  static std::vector<char*> list;
  std::vector<std::string> found;
  for (const char* name : {"ZOOMIN_ROOT", "ZOOMIN_RUN", "COLUMNS", "NO_COLOR", "TERM"})
    if (const char* value = std::getenv(name))
      found.push_back(fmt::format("{}={}", name, value));
  kept = std::move(found);
  list.clear();
  for (auto& each : kept) list.push_back(each.data());
  list.push_back(nullptr);
  environ = list.data();
  static std::string name = program_invocation_name;
  program_invocation_name = name.data();
}

// It runs from the sealed copy. Asked of the file itself, and of nothing that the caller
// could have said.
bool is_copy() {
  const unique_fd file = open(own_file, O_RDONLY);
  const int has = ::fcntl(file.get(), F_GET_SEALS);
  return has != -1 && (has & seals) == seals;
}

unique_fd sealed_copy() {
  const unique_fd from = open(own_file, O_RDONLY);
  struct stat info {};
  check("fstat", own_file, [&] { return ::fstat(from.get(), &info); });
  unique_fd copy(check("memfd_create", "zoomin", [] {
    return ::memfd_create("zoomin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  }));
  for (auto left = info.st_size; left > 0;)
    left -= check("sendfile", own_file, [&] {
      return ::sendfile(copy.get(), from.get(), nullptr, static_cast<std::size_t>(left));
    });
  check("fcntl", "F_ADD_SEALS", [&] { return ::fcntl(copy.get(), F_ADD_SEALS, seals); });
  return copy;
}

// With the same words, from a copy that shares no page with the file.
[[noreturn]] void start_again(char** arguments) {
  std::vector<std::string> words{read_link(own_file)};  // program_directory() reads it
  for (char** character = arguments + 1; *character != nullptr; ++character)
    words.emplace_back(*character);
  std::vector<std::string> environment;
  for (char** one = environ; *one != nullptr; ++one) environment.emplace_back(*one);
  const unique_fd file = sealed_copy();
  execve(quiet, fmt::format("/proc/self/fd/{}", file.get()), words, environment);
}

// Nothing of the file is left in this process; so it is in its children.
bool is_without_file = false;

// The program's file by a mount of its own, attached nowhere; empty where its mount can't
// be copied: mount_namespaces(7), "unbindable".
unique_fd same_file;

unique_fd open_elsewhere() try {
  const unique_fd tree = open_tree(quiet, AT_FDCWD, own_file, OPEN_TREE_CLONE);
  return open(fmt::format("/proc/self/fd/{}", tree.get()), O_RDONLY);
} catch (const error&) {
  return {};
}

// Where all descriptors were closed meanwhile, as a health check's process does, its
// number is nobody's, or another file's.
bool is_open_elsewhere() {
  struct stat its {
  }, ours{};
  return same_file && ::fstat(same_file.get(), &its) == 0 &&
         ::stat(own_file, &ours) == 0 && its.st_dev == ours.st_dev &&
         its.st_ino == ours.st_ino;
}

}  // namespace

void protect_program(char** arguments) {
  if (!can_detach()) {
    if (!is_copy()) start_again(arguments);
    ::prctl(PR_SET_NAME, "zoomin");  // which the kernel took from the descriptor
    is_without_file = true;
  } else {
    same_file = open_elsewhere();
  }
  // Neither its memory nor its descriptors, nor those of its children until execve.
  check("prctl", "PR_SET_DUMPABLE", [] { return ::prctl(PR_SET_DUMPABLE, 0); });
  callers_words() = words_of(arguments);
}

void leave_program(bool stays) {
  if (is_without_file) return;
  detach(stays || !is_open_elsewhere() ? -1 : same_file.get());
  is_without_file = true;
}

void scrub_arguments(std::string_view title) {
  auto& words = callers_words();
  if (words.begin == nullptr) return;
  keep_own_variables();
  const auto size = static_cast<std::size_t>(words.end - words.begin);
  ::memset(words.begin, 0, size);
  title.copy(words.begin, std::min(title.size(), size - 1));
}

}  // namespace zoomin::security
