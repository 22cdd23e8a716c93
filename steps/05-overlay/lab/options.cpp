// SPDX-License-Identifier: MIT
#include "05-overlay/lab/options.hpp"

namespace zoomin::overlay {

std::vector<std::string> options::parsed_layers(const std::optional<std::string>& rootfs,
                                                const std::string& otherwise) const {
  std::vector<std::string> named;
  if (rootfs) named.push_back(*rootfs);
  named.insert(named.end(), layers.begin(), layers.end());
  if (named.empty()) named.push_back(otherwise);
  return validate(named);
}

std::optional<std::string> options::parsed_keep() const {
  if (keep) validate_keep(*keep);
  return keep;
}

void add_options(zoomin::options& to, options& options) {
  to.list("--layer", options.layers, "add a layer, the lowest first (a demo root)");
  to.value("--keep", options.keep, "keep the writable layer in this directory");
}

}  // namespace zoomin::overlay
