// SPDX-License-Identifier: MIT
// together: what each mechanism gives (rows, remains, facts) as one list.
#pragma once

#include <initializer_list>
#include <vector>

namespace zoomin {

template <typename One>
std::vector<One> concat(std::initializer_list<std::vector<One>> lists) {
  std::vector<One> result;
  for (const auto& list : lists) result.insert(result.end(), list.begin(), list.end());
  return result;
}

}  // namespace zoomin
