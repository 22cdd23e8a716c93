// SPDX-License-Identifier: MIT
// reference: the name of an image: "web", "web:1.2", "host:5000/team/web:1.2". Pure.
#pragma once

#include <optional>
#include <string>

namespace zoomin::image {

struct reference {
  std::string repository;
  std::string tag;
  [[nodiscard]] std::string text() const { return repository + ":" + tag; }
  // Returns the long form, with the "docker.io/" and "library/" that the short form
  // leaves out.
  [[nodiscard]] std::string full_text() const;
};

// Parses a name into its short form: without "docker.io/library/", and with the tag
// "latest" if it has none. Throws usage_error.
reference parse_reference(const std::string& text);

// Holds a reference with a digest: "web@sha256:…" or "web:1@sha256:…".
struct digested {
  std::string repository, digest;
};
// Parses a reference with a digest. Returns nothing if no digest follows an '@'. Throws
// usage_error if there is no name before it.
std::optional<digested> parse_digested(const std::string& text);

// Returns true if the name has a tag: "web:1", but not "host:5000/web".
bool has_tag(const std::string& text);

// Returns true for "sha256:" and 64 hexadecimal digits in lower case. Only such a text
// may become part of a path.
bool is_digest(const std::string& text);
// Returns true if all characters are hexadecimal digits in lower case.
bool is_hexadecimal(const std::string& text);

}  // namespace zoomin::image
