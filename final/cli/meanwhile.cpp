// SPDX-License-Identifier: MIT
#include "cli/meanwhile.hpp"

#include <fmt/format.h>

#include "cli/command.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"

namespace zoomin::cli {

bool ignore_if_removed(const std::string& id, const std::function<void()>& does) {
  try {
    does();
  } catch (const misuse&) {
    throw;
  } catch (const std::exception& failure) {
    if (!container::exists(id)) return true;
    complain(fmt::format("{}: {}", short_id(id), failure.what()));
    return false;
  }
  return true;
}

}  // namespace zoomin::cli
