// SPDX-License-Identifier: MIT
#include "container/runtime/process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "01-pid/executable.hpp"
#include "03-mnt/target.hpp"
#include "base/field_error.hpp"
#include "common/sys.hpp"
#include "container/runtime/mounts.hpp"
#include "image/store.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

// Enters a directory by its descriptor, and then checks that it lies in the container's
// root: CVE-2024-21626.
void enter_directory(int root, const std::string& path, bool make) try {
  const unique_fd directory = make ? mnt::open_target(root, path, true)
                                   : sys::open_in_root(root, path, O_PATH | O_DIRECTORY);
  sys::fchdir(sys::quiet, directory.get(), path);
  char* path_now = ::getcwd(nullptr, 0);
  const bool inside = path_now != nullptr && *path_now == '/';
  ::free(path_now);
  if (!inside)
    throw sys::error(ENOENT, "getcwd", path, "the directory isn't in the container");
} catch (const sys::error& failure) {
  throw sys::error(failure.number(), "chdir", path,
                   "the path comes from Config.WorkingDir or the image");
}

}  // namespace

void prepare(process& process) {
  security::prepare(process.confinement, image::architecture());
}

void set_oom_score(int score) {
  if (score == 0) return;
  const unique_fd root = sys::open("/", O_PATH | O_DIRECTORY);
  const auto text = std::to_string(score);
  base::pass_to_kernel("HostConfig.OomScoreAdj", text, [&] {
    write_setting(root.get(), "/proc/self/oom_score_adj", text.c_str());
  });
}

void become(const process& process, inner_ends& ends, pid::gate& gate,
            std::vector<std::string>& environment, bool init) {
  const unique_fd root = sys::open("/", O_PATH | O_DIRECTORY);
  const auto user = security::resolve_user(root.get(), process.user, process.groups);
  if (pid::variable(environment, "HOME").empty())
    environment.push_back("HOME=" + user.home);
  if (process.terminal)
    use_terminal(process.size, user.uid, init, gate);
  else
    use_pipes(ends, user.uid, user.gid);
  enter_directory(root.get(), process.directory, init);
  ::umask(022);  // doesn't depend on the caller's
  security::scrub_arguments();
  security::set_rlimits(process.limits);
  security::join_session_keyring(process.keyring);
  security::confine(process.confinement, user);
}

}  // namespace zoomin::container
