// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/flags.hpp"
#include "container/boot.hpp"

namespace zoomin::cli {

namespace {

// For the machine's service manager: zoomin.service.
int boot(const arguments& words) {
  const flags given(
      "boot", {{"--stop", 0, kind::toggle, "", "stops all, as the machine goes down"}},
      words);
  int status = 0;
  const auto failed = [&](const std::string& name, const std::exception& failure) {
    complain(fmt::format("{}: {}", name, failure.what()));
    status = 1;
  };
  given.on("--stop") ? container::stop_all(failed) : container::start_all(failed);
  return status;
}

const command boot_command({"boot"}, "starts what was running; --stop ends all", boot);

}  // namespace

}  // namespace zoomin::cli
