// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/sys.hpp"
#include "security/security.hpp"

namespace zoomin::security {

using sys::operator""_id;

void join_session_keyring(const std::string& name) {
  const auto text = [&] {
    return fmt::format("keyctl(KEYCTL_JOIN_SESSION_KEYRING, {})", sys::quote(name));
  };
  const long joined = sys::attempt(
      {"keyring"_id, "a session keyring of its own"}, text,
      [&] { return ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str()); });
  if (joined == -1 && errno != ENOSYS) throw sys::error(errno, "keyctl", name);
}

}  // namespace zoomin::security
