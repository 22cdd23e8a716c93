// SPDX-License-Identifier: MIT
#include "cli/lost_rules.hpp"

#include <fmt/format.h>

#include "cli/command.hpp"
#include "common/error.hpp"
#include "network/network.hpp"

namespace zoomin::cli {

void warn_of_lost_rules() try {
  for (const auto& name : network::without_rules())
    complain(fmt::format("warning: the firewall rules of network {} are gone: another "
                         "program flushed them (was the host's firewall reloaded?), and "
                         "its published ports and isolation don't work",
                         name),
             "the next container that starts restores them: `zoomin restart` any");
} catch (const sys::error&) {
  // Whoever may not ask the kernel for tables can't tell.
} catch (const usage_error&) {
  // A damaged network is told by the commands that need it.
}

}  // namespace zoomin::cli
