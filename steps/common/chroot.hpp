// SPDX-License-Identifier: MIT
// chroot: makes "/" the root of its mount namespace if chroot(2) had changed it.
//
// pivot_root(2) replaces the root of the calling process. In a chroot that root isn't the
// root of the mount namespace: the namespace keeps the machine's, and setns(2) leads
// there. A process that joined such a container would act on the files outside the
// chroot.
#pragma once

namespace zoomin::chroot {

// Records whether this process may be in a chroot, which is harder to find out later.
// Call it on the host, before a mount namespace is created.
void note();

// Makes a chroot the root of its mount namespace and unmounts everything outside it. Does
// nothing if this process is in no chroot. Call it in a mount namespace that no other
// process uses, before anything is mounted there. Throws sys::error.
void become_root();

}  // namespace zoomin::chroot
