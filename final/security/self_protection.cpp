// SPDX-License-Identifier: MIT
// self_protection: while a container's process is still this program, the container can
// open or execute the host's file through /proc/self/exe, also by a "#!" line. With a
// descriptor of it, it can write to the file as soon as the file no longer runs:
// CVE-2019-5736. Even a read-only descriptor shares the host's page cache, which a kernel
// bug can make writable: CVE-2022-0847. So a process drops all references to the file
// before the container can see it: proc_pid_exe(5), PR_SET_MM_MAP(2const).
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

// Holds the memory of the arguments and the environment, which follow each other.
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
  for (char** text : {arguments, environ})
    for (; *text != nullptr; ++text)
      if (*text == words.end) words.end += ::strlen(*text) + 1;
  return words;
}

// Moves the variables that this program itself reads to memory that /proc/PID/environ
// doesn't show, and drops all others.
void keep_own_variables() {
  static std::vector<std::string> kept;
  static std::vector<char*> pointers;
  std::vector<std::string> found;
  for (const char* name : {"COLUMNS", "NO_COLOR", "TERM"})
    if (const char* value = std::getenv(name))
      found.push_back(fmt::format("{}={}", name, value));
  kept = std::move(found);
  pointers.clear();
  for (auto& variable : kept) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  environ = pointers.data();
  static std::string name = program_invocation_name;
  program_invocation_name = name.data();
}

// Returns true if this program runs from the sealed copy. Tests the file itself, so that
// the caller can't fake it.
bool is_copy() {
  const unique_fd file = open(own_file, O_RDONLY);
  const int found = ::fcntl(file.get(), F_GET_SEALS);
  return found != -1 && (found & seals) == seals;
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

// Executes this program with the same arguments from a copy, which shares no page with
// the file.
[[noreturn]] void start_again(char** arguments) {
  std::vector<std::string> words{read_link(own_file)};  // program_directory() reads it
  for (char** argument = arguments + 1; *argument != nullptr; ++argument)
    words.emplace_back(*argument);
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.emplace_back(*variable);
  const unique_fd file = sealed_copy();
  execve(quiet, fmt::format("/proc/self/fd/{}", file.get()), words, environment);
}

// True if this process no longer refers to the program's file. Its children inherit this
// state.
bool is_without_file = false;

// Holds the program's file, opened through a detached mount; empty if its mount can't be
// copied: mount_namespaces(7), "unbindable".
unique_fd same_file;

unique_fd open_elsewhere() try {
  const unique_fd tree = open_tree(quiet, AT_FDCWD, own_file, OPEN_TREE_CLONE);
  return open(fmt::format("/proc/self/fd/{}", tree.get()), O_RDONLY);
} catch (const error&) {
  return {};
}

// Returns true if `same_file` is still open. A process that has closed all descriptors,
// such as a health check's, may have another file under its number.
bool is_open_elsewhere() {
  struct stat opened {
  }, running{};
  return same_file && ::fstat(same_file.get(), &opened) == 0 &&
         ::stat(own_file, &running) == 0 && opened.st_dev == running.st_dev &&
         opened.st_ino == running.st_ino;
}

}  // namespace

void protect_program(char** arguments) {
  if (!can_detach()) {
    if (!is_copy()) start_again(arguments);
    ::prctl(PR_SET_NAME, "zoomin");  // the kernel has named it after the descriptor
    is_without_file = true;
  } else {
    same_file = open_elsewhere();
  }
  // This protects memory and descriptors, and those of children until they execute a
  // program.
  check("prctl", "PR_SET_DUMPABLE", [] { return ::prctl(PR_SET_DUMPABLE, 0); });
  callers_words() = words_of(arguments);
}

void release_program_file(bool stays) {
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
