// SPDX-License-Identifier: MIT
#include "cli/text/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "base/printable.hpp"
#include "cli/text/table.hpp"
#include "cli/text/template_functions.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

namespace {

// Splits an action into words: .A.B  "text"  12  name  $v.A  |  (  )  ,  :=
std::vector<std::string> words_of(const std::string& action) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < action.size();) {
    const char c = action[at];
    std::size_t end = at + 1;
    if (c == ' ' || c == '\t' || c == '\n') {
      ++at;
      continue;
    }
    if (c == '"' || c == '`') {
      while (end < action.size() && action[end] != c)
        end += (action[end] == '\\' && c == '"') ? 2 : 1;
      if (end++ >= action.size()) refuse_format("unterminated quoted string: " + action);
    } else if (c == ':' && action.substr(at, 2) == ":=") {
      end = at + 2;
    } else if (std::string("|(),").find(c) == std::string::npos) {
      end = std::min(action.find_first_of(" \t\n|(),\"`", at), action.size());
    }
    words.push_back(action.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

// Holds a text, or an action with its body until {{end}}.
struct format::piece {
  std::string word;  // "text", "print", "set", "range", "if", "with"
  std::string text{};
  std::vector<std::string> words{};
  std::vector<std::string> variables{};  // of `range $key, $value :=`
  std::vector<piece> body{}, otherwise{};
};

// Cuts a template into pieces.
class format::reader {
 public:
  explicit reader(const std::string& text) : text_(text) {}

  // Reads until {{else}} or {{end}}, and returns its words; empty at the end of the text.
  std::vector<std::string> read(std::vector<piece>& to, bool nested) {
    while (at_ < text_.size()) {
      const auto open = std::min(text_.find("{{", at_), text_.size());
      if (open > at_) to.push_back({.word = "text", .text = plain(open)});
      if (open == text_.size()) break;
      const std::string inner = action(open);
      if (inner.starts_with("/*") && inner.ends_with("*/")) continue;
      auto words = words_of(inner);
      if (words.empty()) refuse_format("missing value for command");
      if (words[0] == "end" || words[0] == "else") {
        if (!nested) refuse_format(fmt::format("unexpected {{{{{}}}}}", words[0]));
        return words;
      }
      take(to, std::move(words));
    }
    at_ = text_.size();
    if (nested) refuse_format("unexpected end: {{end}} is missing");
    return {};
  }

 private:
  std::string plain(std::size_t open) {
    std::string text = text_.substr(at_, open - at_);
    if (trims_) text.erase(0, std::min(text.find_first_not_of(" \t\n"), text.size()));
    if (text_.substr(open, 4) == "{{- ")
      text.erase(std::min(text.find_last_not_of(" \t\n") + 1, text.size()));
    return text;
  }

  std::string action(std::size_t open) {
    const auto close = text_.find("}}", open);
    if (close == std::string::npos) refuse_format("unclosed action: }} is missing");
    std::string inner = text_.substr(open + 2, close - open - 2);
    if (inner.starts_with("- ")) inner.erase(0, 2);
    trims_ = inner.ends_with(" -");
    if (trims_) inner.resize(inner.size() - 2);
    at_ = close + 2;
    return inner;
  }

  void take(std::vector<piece>& to, std::vector<std::string> words) {
    piece action{.word = "print"};
    if (words.size() > 2 && words[0][0] == '$' && (words[1] == ":=" || words[1] == "=")) {
      action.word = "set";
      action.variables = {words[0]};
      words.erase(words.begin(), words.begin() + 2);
    }
    if (words[0] == "range" || words[0] == "if" || words[0] == "with") {
      action.word = words[0];
      words.erase(words.begin());
      const auto assigns = std::ranges::find(words, ":=");
      if (assigns != words.end()) {
        std::copy_if(words.begin(), assigns, std::back_inserter(action.variables),
                     [](const auto& word) { return word != ","; });
        words.erase(words.begin(), assigns + 1);
      }
      auto last = read(action.body, true);
      if (last.size() > 1) {  // "else if", which has the same {{end}}
        last.erase(last.begin());
        take(action.otherwise, std::move(last));
      } else if (last[0] == "else") {
        read(action.otherwise, true);
      }
    }
    if (words.empty()) refuse_format(fmt::format("missing value for {}", action.word));
    action.words = std::move(words);
    to.push_back(std::move(action));
  }

  const std::string& text_;
  std::size_t at_ = 0;
  bool trims_ = false;
};

// Escapes the tabs and line ends that with_tabs() has put into quoted text, so that it
// can be parsed as JSON.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\t' || c == '\n')
      result += c == '\t' ? "\\t" : "\\n";
    else
      result += c;
  }
  return result;
}

// Evaluates the pieces with a value.
class format::writer {
 public:
  explicit writer(const json& root) : root_(root) {}

  std::string write(const std::vector<piece>& pieces, const json& dot) {
    std::string result;
    for (const auto& piece : pieces) {
      if (piece.word == "text")
        result += piece.text;
      else if (piece.word == "print")
        result += base::printable_lines(text_of(value_of(piece, dot)));
      else if (piece.word == "set")
        variables_[piece.variables[0]] = value_of(piece, dot);
      else
        result += write_block(piece, dot);
    }
    return result;
  }

 private:
  std::string write_block(const piece& piece, const json& dot) {
    const json value = value_of(piece, dot);
    if (piece.word != "range" && !piece.variables.empty())
      variables_[piece.variables[0]] = value;
    if (!is_true(value)) return write(piece.otherwise, dot);
    if (piece.word == "if") return write(piece.body, dot);
    if (piece.word == "with") return write(piece.body, value);
    if (!value.is_structured()) refuse_format("range can't iterate over this value");
    std::string result;
    for (const auto& [key, each] : value.items()) {
      if (!piece.variables.empty()) variables_[piece.variables.back()] = each;
      if (piece.variables.size() == 2)
        variables_[piece.variables.front()] =
            value.is_array() ? json(std::stoul(key)) : json(key);
      result += write(piece.body, each);
    }
    return result;
  }

  json value_of(const piece& piece, const json& dot) {
    auto word = piece.words.begin();
    json value = pipeline(word, piece.words.end(), dot);
    if (word != piece.words.end()) refuse_format("unexpected right paren");
    return value;
  }

  using at = std::vector<std::string>::const_iterator;

  json pipeline(at& word, at end, const json& dot) {
    std::optional<json> value;
    while (word != end && *word != ")") {
      value = command(word, end, dot, value);
      if (word == end || *word != "|") break;
      if (++word == end) refuse_format("missing value after |");
    }
    if (!value) refuse_format("missing value for parenthesized pipeline");
    return *value;
  }

  // Evaluates a command. `piped`, the value from a pipe, becomes its last argument.
  json command(at& word, at end, const json& dot, const std::optional<json>& piped) {
    std::string function;
    if (std::isalpha(static_cast<unsigned char>((*word)[0])) && *word != "true" &&
        *word != "false")
      function = *word++;
    if (word != end && *word == ".Label" && word + 1 != end) {
      const json name = operand(++word, end, dot);
      return label_of(dot, text_of(name));
    }
    std::vector<json> values;
    while (word != end && *word != "|" && *word != ")")
      values.push_back(operand(word, end, dot));
    if (piped) values.push_back(*piped);
    if (!function.empty()) return call_function(function, values);
    if (values.size() != 1) refuse_format("expected a function name");
    return values[0];
  }

  json operand(at& word, at end, const json& dot) {
    const std::string text = *word++;
    if (text == "(") {
      const json value = pipeline(word, end, dot);
      if (word == end) refuse_format("unclosed left paren");
      const bool more = ++word != end && word->size() > 1 && (*word)[0] == '.';
      return more ? fields(value, *word++) : value;
    }
    if (text[0] == '`') return text.substr(1, text.size() - 2);
    if (text[0] == '.') return fields(dot, text);
    if (text[0] == '$') {
      const auto name = text.substr(0, text.find('.'));
      const auto rest = text.substr(name.size());
      if (name == "$") return fields(root_, rest);
      const auto found = variables_.find(name);
      if (found == variables_.end())
        refuse_format(fmt::format("undefined variable {}", name));
      return fields(found->second, rest);
    }
    const auto value = json::parse(escaped(text), nullptr, false);  // "text", 12, true
    if (value.is_discarded())
      refuse_format(fmt::format("unexpected {} in operand", sys::quote(text)));
    return value;
  }

  // Returns the field ".A.B" of a value; "." is the value itself.
  static json fields(const json& value, const std::string& path) {
    const json* at_last = &value;
    for (std::size_t at = 1; at < path.size();) {
      const auto end = std::min(path.find('.', at), path.size());
      at_last = &field_of(*at_last, path.substr(at, end - at));
      at = end + 1;
    }
    return *at_last;
  }

  const json& root_;
  std::map<std::string, json> variables_;
};

format::format(const std::string& text) { reader(text).read(pieces_, false); }
format::format(format&&) noexcept = default;
format::~format() = default;

std::string format::render(const json& data) const {
  return writer(data).write(pieces_, data);
}

namespace {

// Replaces the two-character escapes \t and \n, which stand for tabs and line ends on a
// command line.
std::string with_tabs(std::string text) {
  for (const auto& [written, character] :
       {std::pair("\\t", "\t"), std::pair("\\n", "\n")})
    for (auto at = text.find(written); at != std::string::npos; at = text.find(written))
      text.replace(at, 2, character);
  return text;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find('\t', at), line.size());
    cells.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return cells;
}

}  // namespace

std::string render_list(const std::vector<json>& rows, const json& headings,
                        const std::string& shape, const std::string& default_shape) {
  std::string result;
  if (shape == "json") {
    for (const auto& row : rows) result += base::shown_json(row) + "\n";
    return result;
  }
  std::string text = shape.empty() || shape == "table" ? default_shape : with_tabs(shape);
  const bool as_table = text.starts_with("table ");
  if (as_table) text.erase(0, 6);
  const format each(text);
  if (!as_table) {
    for (const auto& row : rows) result += each.render(row) + "\n";
    return result;
  }
  std::vector<std::vector<std::string>> cells{cells_of(each.render(headings))};
  for (const auto& row : rows) cells.push_back(cells_of(each.render(row)));
  return table_text(cells);
}

}  // namespace zoomin::cli
