// SPDX-License-Identifier: MIT
// challenge: the header WWW-Authenticate, by which a registry says how it wants to know
// who asks: RFC 9110, section 11.6.1. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::registry {

struct challenge {
  std::string scheme;                             // in lower case: "bearer"
  std::map<std::string, std::string> parameters;  // names in lower case
};

// Parses a header with one challenge or several. A part that is malformed ends it.
std::vector<challenge> parse_challenges(std::string_view header);

// Encodes text in base64, RFC 4648, and decodes it. Decoding ends at the first character
// that doesn't belong there.
std::string to_base64(std::string_view text);
std::string from_base64(std::string_view text);

// Encodes text as a value in a URL's query, RFC 3986.
std::string url_encoded(std::string_view text);

}  // namespace zoomin::registry
