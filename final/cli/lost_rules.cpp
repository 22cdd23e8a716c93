// SPDX-License-Identifier: MIT
#include "cli/lost_rules.hpp"

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/errors.hpp"
#include "common/error.hpp"
#include "network/network.hpp"

namespace zoomin::cli {

void warn_of_lost_rules() try {
  for (const auto& name : network::close_unprotected())
    complain(fmt::format("warning: the firewall rules of network {} are gone: another "
                         "program flushed them (was the host's firewall reloaded?), and "
                         "its published ports and isolation don't work",
                         name),
             "restart any container to restore them");
} catch (const sys::error&) {
  // This user has no permission to read the kernel's tables.
} catch (const usage_error&) {
  // The commands that need a damaged network report it.
}

}  // namespace zoomin::cli
