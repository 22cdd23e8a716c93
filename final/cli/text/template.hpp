// SPDX-License-Identifier: MIT
// template: Docker's --format: a subset of Go's text/template.
//
//   {{.Field}} {{.A.B}} {{index .A "key" 0}} {{(index .A 0).B}} {{json .A}}
//   {{range .A}}…{{else}}…{{end}} {{range $key, $value := .A}} {{if .A}} {{with .A}}
//   {{else if .B}} {{$name := .A}} {{/* a comment */}} {{.Label "key"}} {{.A | upper}}
//   functions: json join split len slice index upper lower title pad truncate print
//   println printf(%s %v %d %q %x %t %f) eq ne lt le gt ge not and or; {{- and -}} trim
//
// Pure. For an invalid template usage_error is thrown, with one line of text.
#pragma once

#include <string>
#include <vector>

#include "cli/text/template_functions.hpp"

namespace zoomin::cli {

// Holds a parsed template.
class format {
 public:
  // Parses the template. Throws usage_error.
  explicit format(const std::string& text);
  format(format&&) noexcept;
  ~format();
  // Fills the template with the data.
  [[nodiscard]] std::string render(const json& data) const;

 private:
  struct piece;
  class reader;
  class writer;
  std::vector<piece> pieces_;
};

// Returns the rows as the listing commands print them. `shape` is the value of --format:
// a template, "table TEMPLATE" (with `headings`, which name the fields), "json" or, if it
// is empty, the command's `default_shape`.
std::string render_list(const std::vector<json>& rows, const json& headings,
                        const std::string& shape, const std::string& default_shape);

}  // namespace zoomin::cli
