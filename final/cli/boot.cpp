// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "container/boot.hpp"

namespace zoomin::cli {

namespace {

// Starts or stops all containers with the machine; the service manager runs it by
// zoomin.service. A container that can't start is reported, but is no failure: systemd
// doesn't stop a failed service when the machine goes down, systemd.service(5), and then
// no container would get its stop signal.
int boot(const arguments& words) {
  const flags options(
      "boot", {{"--stop", 0, kind::toggle, "", "stop all containers, as at shutdown"}},
      words);
  options.expect_no_rest();
  bool whole = true;
  const auto failed = [&](const std::string& name, const std::exception& failure) {
    complain(fmt::format("{}: {}", name, failure.what()));
    whole = false;
  };
  if (!options.on("--stop")) {
    container::start_all(failed);
    return 0;
  }
  container::stop_all(failed);
  return whole ? 0 : 1;
}

const command boot_command({"boot"},
                           {"start containers by restart policy, as at boot", "",
                            "zoomin boot", "zoomin boot --stop"},
                           boot);

}  // namespace

}  // namespace zoomin::cli
