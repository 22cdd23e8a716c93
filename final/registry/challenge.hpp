// SPDX-License-Identifier: MIT
// challenge: parses the header WWW-Authenticate, in which a registry says which
// authentication it accepts: RFC 9110, section 11.6.1. Pure.
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

// Parses a header with one challenge or several. Parsing ends at the first malformed
// part.
std::vector<challenge> parse_challenges(std::string_view header);

// Encode text in base64, RFC 4648, and decode it. Decoding ends at the first character
// that isn't base64.
std::string to_base64(std::string_view text);
std::string from_base64(std::string_view text);

// Encodes text as a value in the query of a URL, RFC 3986.
std::string url_encoded(std::string_view text);

}  // namespace zoomin::registry
