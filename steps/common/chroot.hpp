// SPDX-License-Identifier: MIT
// chroot: makes "/" the root of its mount namespace where chroot(2) had changed it.
//
// pivot_root(2) exchanges the root of the calling process. In a chroot that isn't the
// root of the mount namespace: this one stays the machine's, and setns(2) leads there. So
// whoever joined such a container would act on the files outside the chroot.
#pragma once

namespace zoomin::chroot {

// On the host, before a mount namespace is made: notes whether this process may be in a
// chroot, which can't be told as easily afterwards.
void note();

// In a mount namespace that no other process uses, before anything is mounted there: in a
// chroot, makes that the namespace's root and unmounts everything outside it. Elsewhere
// it does nothing. Throws sys::error.
void become_root();

}  // namespace zoomin::chroot
