// SPDX-License-Identifier: MIT
// gc: blobs and layers that no image in the index has, and what a killed load left.
#pragma once

#include <string>
#include <vector>

namespace zoomin::image {

// Removes them; gives the ids of the layers. Hold lock_use(exclusive).
std::vector<std::string> collect_garbage();

// The same where nobody uses the store just now, else nothing.
void clean_up();

}  // namespace zoomin::image
