// SPDX-License-Identifier: MIT
// words: splits the arguments of a Dockerfile's instruction into words, and replaces the
// variables in them, as sh(1) does: Dockerfile reference, "Environment replacement".
// Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoomin::image {

// Returns the value of a variable, or nothing if it isn't set.
using variables = std::function<std::optional<std::string>(const std::string& name)>;

struct word_rules {
  variables lookup = [](const std::string&) { return std::nullopt; };
  char escape = '\\';
};

// Splits a text at blanks, except in quotes, in ${...} or after an escape. Quotes and
// escapes stay in the words. Throws usage_error for a quote that isn't closed.
std::vector<std::string> raw_words(std::string_view text, char escape = '\\');

// Replaces variables, and removes quotes and escapes: $A, ${A}, ${A:-word}, ${A:+word},
// ${A:?message} (each also without the colon), ${A#pattern}, ${A##pattern}, ${A%pattern},
// ${A%%pattern}, ${A/pattern/word}, ${A//pattern/word}. Throws usage_error.
std::string expand(std::string_view word, const word_rules& rules);

// Expands like expand(), but keeps quotes, and escapes of anything but '$'. This is how
// heredocs are expanded.
std::string expand_text(std::string_view text, const word_rules& rules);

// Returns a lookup in {"NAME=value", ...}.
variables lookup_in(std::vector<std::string> environment);

// Returns true if the whole text matches the shell pattern: * ? [a-z] and escapes. A '*'
// matches a '/' as well.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace zoomin::image
