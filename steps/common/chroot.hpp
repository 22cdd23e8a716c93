// SPDX-License-Identifier: MIT
// chroot: makes "/" the root of its mount namespace where chroot(2) had changed it.
//
// pivot_root(2) exchanges the root of the calling process. In a chroot that isn't the
// root of the mount namespace: this one stays the machine's, and setns(2) leads there. So
// whoever joined such a container would act on the files outside the chroot.
#pragma once

namespace zoomin::chroot {

// Notes whether this process may be in a chroot, which can't be told as easily later.
// Call it on the host, before a mount namespace is made.
void note();

// Makes a chroot the root of its mount namespace and unmounts everything outside it.
// Elsewhere it does nothing. Call it in a mount namespace that no other process uses,
// before anything is mounted there. Throws sys::error.
void become_root();

}  // namespace zoomin::chroot
