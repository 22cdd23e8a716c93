// SPDX-License-Identifier: MIT
// template: Docker's --format, a part of Go's text/template.
//
//   {{.Field}} {{.A.B}} {{index .A "key" 0}} {{(index .A 0).B}} {{json .A}}
//   {{range .A}}…{{else}}…{{end}} {{range $key, $value := .A}} {{if .A}} {{with .A}}
//   {{else if .B}} {{$name := .A}} {{/* says nothing */}} {{.Label "key"}} {{.A | upper}}
//   functions: json join split len slice index upper lower title pad truncate print
//   println printf(%s %v %d %q %x %t %f) eq ne lt le gt ge not and or; {{- and -}} trim
//
// Pure, apart from what it throws: usage_error, one line.
#pragma once

#include <string>
#include <vector>

#include "cli/text/template_functions.hpp"

namespace zoomin::cli {

class format {
 public:
  explicit format(const std::string& text);
  format(format&&) noexcept;
  ~format();
  [[nodiscard]] std::string of(const json& data) const;

 private:
  struct piece;
  class reader;
  class writer;
  std::vector<piece> pieces_;
};

// Rows as the listing commands print them. `wanted`: a template, "table TEMPLATE" (under
// `headings`, which name the fields), "json" or, where it is empty, `usual`.
std::string listed(const std::vector<json>& rows, const json& headings,
                   const std::string& wanted, const std::string& usual);

}  // namespace zoomin::cli
