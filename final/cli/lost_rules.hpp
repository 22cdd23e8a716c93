// SPDX-License-Identifier: MIT
// lost_rules: what `ps` and `info` say where another program took our firewall rules.
#pragma once

namespace zoomin::cli {

// A warning for each network whose rules are gone; nothing where that can't be told.
void warn_of_lost_rules();

}  // namespace zoomin::cli
