// SPDX-License-Identifier: MIT
// candidate: an image from an archive or a registry that isn't in the store yet.
#pragma once

#include <string>
#include <vector>

#include "image/archive/staging.hpp"
#include "image/archive/transaction.hpp"

namespace zoomin::image {

// The most layers of an image: their names, of 18 bytes each, must fit into the one page
// of mount(2)'s options. Docker's limit is 127.
constexpr std::size_t max_layers = 200;

// Describes an image, every part of which has been verified by its digest.
struct candidate {
  std::string manifest;          // its text
  std::string config;            // its text
  std::vector<staged> layers{};  // of an archive; empty for an image of a registry
  std::vector<std::string> names{};
  std::string pulled{};  // descriptor::pulled
};

// Returns the diff ids of the image's layers, bottom first. Throws usage_error if the
// configuration has another number of layers than the manifest, or if they are too many
// to be mounted.
std::vector<std::string> diff_ids_of(const candidate& image);

// Adds the image, whose layers have been stored, to the transaction. Returns its id.
std::string add_image(transaction& store, staging& files, const candidate& image);

}  // namespace zoomin::image
