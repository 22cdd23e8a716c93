// SPDX-License-Identifier: MIT
// concat: joins the lists that each mechanism returns (rows, leftovers, facts).
#pragma once

#include <initializer_list>
#include <vector>

namespace zoomin {

template <typename Item>
std::vector<Item> concat(std::initializer_list<std::vector<Item>> lists) {
  std::vector<Item> result;
  for (const auto& list : lists) result.insert(result.end(), list.begin(), list.end());
  return result;
}

}  // namespace zoomin
