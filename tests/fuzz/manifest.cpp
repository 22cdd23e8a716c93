// SPDX-License-Identifier: MIT
// Parses the documents of an image. Every digest that is accepted may become part of a
// path.
#include "fuzz.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"
#include "registry/platform.hpp"

using namespace zoomin;

namespace {

void require_digests(const std::vector<image::descriptor>& entries) {
  for (const auto& entry : entries) fuzz::require(image::is_digest(entry.digest));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text = fuzz::text_of(bytes, size);
  fuzz::accepts([&] { image::is_index(text); });
  fuzz::accepts([&] { require_digests(image::parse_index(text)); });
  fuzz::accepts([&] { require_digests(image::for_this_machine(text)); });
  fuzz::accepts([&] {
    require_digests({registry::choose(text, {"linux", "arm", "v7"})});
  });
  fuzz::accepts([&] {
    const auto manifest = image::parse_manifest(text);
    require_digests({manifest.config});
    require_digests(manifest.layers);
    const auto again = image::parse_manifest(image::manifest_text(manifest));
    fuzz::require(again.layers.size() == manifest.layers.size());
  });
  fuzz::accepts([&] {
    const auto config = image::parse_configuration(text);
    for (const auto& id : config.diff_ids) fuzz::require(image::is_digest(id));
    image::parse_time(config.created);
  });
  return 0;
}
