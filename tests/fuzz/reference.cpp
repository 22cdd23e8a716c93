// SPDX-License-Identifier: MIT
// Parses names of images. A name that is accepted can be written and parsed again.
#include "image/reference.hpp"

#include "fuzz.hpp"
#include "registry/challenge.hpp"
#include "registry/remote.hpp"

using namespace zoomin;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text = fuzz::text_of(bytes, size);
  fuzz::accepts([&] {
    const auto parsed = image::parse_reference(text);
    fuzz::require(image::parse_reference(parsed.text()).text() == parsed.text());
    fuzz::require(image::parse_reference(parsed.full_text()).text() == parsed.text());
  });
  fuzz::accepts([&] { image::parse_digested(text); });
  fuzz::accepts([&] {
    const auto remote = registry::parse_remote(text);
    fuzz::require(!remote.host.empty() && !remote.repository.empty());
    fuzz::require(remote.repository.find("..") == std::string::npos);
    registry::is_loopback(remote.host);
  });
  registry::parse_challenges(text);
  fuzz::require(registry::from_base64(registry::to_base64(text)) == text);
  return 0;
}
