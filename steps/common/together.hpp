// SPDX-License-Identifier: MIT
// together: what each mechanism gives (rows, remains, facts) as one list.
#pragma once

#include <initializer_list>
#include <vector>

namespace zoomin {

template <typename One>
std::vector<One> together(std::initializer_list<std::vector<One>> lists) {
  std::vector<One> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace zoomin
