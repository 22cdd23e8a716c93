// SPDX-License-Identifier: MIT
// lost_rules: the warning of `ps` and `info` that another program removed zoomin's
// firewall rules.
#pragma once

namespace zoomin::cli {

// Warns of each network whose firewall rules are gone. Does nothing without permission to
// read the kernel's tables.
void warn_of_lost_rules();

}  // namespace zoomin::cli
