// SPDX-License-Identifier: MIT
// lost_rules: what `ps` and `info` say where another program took our firewall rules.
#pragma once

namespace zoomin::cli {

// Warns of each network whose rules are gone; does nothing where the kernel can't be
// asked.
void warn_of_lost_rules();

}  // namespace zoomin::cli
