// SPDX-License-Identifier: MIT
// profile: compiles the user's seccomp profile, in the JSON format of Docker and podman,
// into a program for the kernel's filter. libseccomp is loaded only for this.
//
//   {"defaultAction": "SCMP_ACT_ALLOW",
//    "architectures": ["SCMP_ARCH_X86_64"],
//      or "archMap": [{"architecture": …, "subArchitectures": […]}],
//    "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
//                  "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1}],
//                  "includes": {"caps", "arches", "minKernel"}, "excludes": …}]}
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

namespace zoomin::security {

// Compiles a profile. Its rules may depend on the container's `capabilities`, and on the
// `architecture` under Go's name, such as "amd64". Call it on the host. Throws
// usage_error if the profile is malformed or not supported, sys::error if libseccomp
// isn't installed.
std::vector<sock_filter> compile_profile(const std::string& json_text,
                                         const std::vector<std::string>& capabilities,
                                         const std::string& architecture);

}  // namespace zoomin::security
