// SPDX-License-Identifier: MIT
// profile: a seccomp profile of the user's, in the JSON that Docker and podman read, made
// a program for the kernel's filter by libseccomp, which is opened for that alone.
//
//   {"defaultAction": "SCMP_ACT_ALLOW",
//    "architectures": ["SCMP_ARCH_X86_64"], or "archMap": [{architecture,
//    subArchitectures}] "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO",
//    "errnoRet": 1,
//                  "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1}],
//                  "includes": {"caps", "arches", "minKernel"}, "excludes": …}]}
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

namespace zoomin::security {

// `capabilities`: the container's, on which rules may depend; `architecture` as Go calls
// it, "amd64". On the host alone. Throws usage_error where the profile is malformed or
// wants what can't be, sys::error where there is no libseccomp.
std::vector<sock_filter> compile_profile(const std::string& json_text,
                                         const std::vector<std::string>& capabilities,
                                         const std::string& architecture);

}  // namespace zoomin::security
