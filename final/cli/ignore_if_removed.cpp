// SPDX-License-Identifier: MIT
#include "cli/ignore_if_removed.hpp"

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/errors.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"

namespace zoomin::cli {

bool ignore_if_removed(const std::string& id, const std::function<void()>& action) {
  try {
    action();
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
