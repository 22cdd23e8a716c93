// SPDX-License-Identifier: MIT
// rtnetlink_text: formats rtnetlink(7) messages for the narration.
#pragma once

#include <string>

struct nl_msg;

namespace zoomin::net {

// Formats a request: "RTM_NEWADDR(zoomin0, 10.79.0.1/16)".
std::string describe(nl_msg* message);

// Returns the name of a device of this namespace; "#7" if it has gone.
std::string device_name(int index);

}  // namespace zoomin::net
