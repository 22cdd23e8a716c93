// SPDX-License-Identifier: MIT
// meanwhile: a list of containers grows old while a command goes through it.
#pragma once

#include <functional>
#include <string>

namespace zoomin::cli {

// Of one that was removed meanwhile there is nothing to tell; any other failure is told,
// and the result is false. Misuse is thrown on.
bool ignore_if_removed(const std::string& id, const std::function<void()>& does);

}  // namespace zoomin::cli
