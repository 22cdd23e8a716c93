// SPDX-License-Identifier: MIT
#include "01-pid/executable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/sys.hpp"

namespace zoomin::pid {

namespace {

// Reads as much of the file as the kernel looks at, BINPRM_BUF_SIZE.
std::string beginning_of(const std::string& path) {
  std::array<char, 256> buffer{};
  const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const auto size = file ? ::read(file.get(), buffer.data(), buffer.size()) : 0;
  return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

// Returns the interpreter in a script's first line: "/bin/sh" for "#!/bin/sh -e\n".
std::string interpreter_in(const std::string& beginning) {
  const auto begin = beginning.find_first_not_of(" \t", 2);
  if (begin == std::string::npos) return {};
  const auto end = beginning.find_first_of(" \t\n", begin);
  return beginning.substr(begin, end == std::string::npos ? end : end - begin);
}

std::string machine() {
  struct utsname kernel {};
  ::uname(&kernel);
  return kernel.machine;
}

std::string missing_file(const std::string& beginning) {
  if (!beginning.starts_with("#!"))
    return "the file exists, but its dynamic loader doesn't (another C library?)";
  const std::string interpreter = interpreter_in(beginning);
  if (interpreter.ends_with('\r'))
    return "its first line ends with a carriage return (Windows line ends): "
           "sed -i 's/\\r$//' FILE";
  return fmt::format("it is a script, and its interpreter {} doesn't exist",
                     sys::quote(interpreter));
}

std::string no_format(const std::string& beginning) {
  if (beginning.empty()) return "the file is empty, or can't be read";
  if (beginning.starts_with("\177ELF"))
    return fmt::format("it is a program for another architecture; this machine is {}",
                       machine());
  return "a script must begin with #! and its interpreter, such as #!/bin/sh";
}

std::string no_access(const struct stat& file) {
  if (S_ISDIR(file.st_mode)) return "it is a directory";
  if (!S_ISREG(file.st_mode)) return "it isn't a regular file";
  if ((file.st_mode & 0111) == 0)
    return "it isn't executable: chmod +x FILE, or name its interpreter: sh FILE";
  return "this user may not execute it, or it is on a mount with noexec";
}

std::string cause(const std::string& path, int number) {
  struct stat file {};
  if (::stat(path.c_str(), &file) == -1) return {};
  if (number == EACCES) return no_access(file);
  if (number == ENOENT) return missing_file(beginning_of(path));
  if (number == ENOEXEC) return no_format(beginning_of(path));
  return {};
}

}  // namespace

std::string variable(const std::vector<std::string>& environment,
                     const std::string& name) {
  for (const auto& entry : environment)
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  return {};
}

std::string find_program(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return name;
  int failure = ENOENT;
  for (std::size_t begin = 0; !name.empty() && begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string file = path.substr(begin, end - begin) + "/" + name;
    struct stat found {};
    if (::stat(file.c_str(), &found) == 0 && S_ISREG(found.st_mode)) {
      if ((found.st_mode & 0111) != 0) return file;
      failure = EACCES;
    }
    begin = end + 1;
  }
  throw sys::error(failure, "execve", name, fmt::format("looked for it in {}", path));
}

sys::error explained(const sys::error& refused) {
  const std::string hint =
      refused.hint().empty() ? cause(refused.object(), refused.number()) : refused.hint();
  return {refused.number(), refused.call(), refused.object(), hint};
}

}  // namespace zoomin::pid
