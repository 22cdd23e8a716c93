// SPDX-License-Identifier: MIT
#include "common/lab/recording.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "common/lab/record_page.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"

namespace zoomin {

namespace {

constexpr std::string_view data_mark = R"(id="data">null)";

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false,
                                   nlohmann::json::error_handler_t::replace);
}

// Returns the runs as JSON. A line {"run": NAME} begins each.
std::string runs_of(const std::string& lines) {
  std::string runs;
  std::istringstream input(lines);
  bool first = true;
  for (std::string line; std::getline(input, line);) {
    if (line.starts_with(R"({"run":)")) {
      const std::string name = nlohmann::json::parse(line).at("run");
      runs += fmt::format(R"({}{{"name":{},"lines":[)", runs.empty() ? "" : "]},",
                          quoted(name));
      first = true;
      continue;
    }
    runs += (first ? "" : ",\n") + line;
    first = false;
  }
  return runs.empty() ? "" : runs + "]}";
}

// Escapes '<', so that no text can end the page's <script>.
std::string for_script(const std::string& json) {
  std::string result;
  for (const char c : json) c == '<' ? result += "\\u003c" : result += c;
  return result;
}

}  // namespace

recording::recording(const std::string& path)
    : path_(path),
      page_(sys::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644)),
      lines_(narration::start_record()) {}

void recording::begin_run(const std::string& name) { narration::record({{"run", name}}); }

void recording::write(const std::string& title) const {
  sys::check("lseek", path_, [&] { return ::lseek(lines_.get(), 0, SEEK_SET); });
  const std::string json = fmt::format(R"({{"title":{},"runs":[{}]}})", quoted(title),
                                       runs_of(sys::read_all(lines_.get(), path_)));
  std::string page(record_page);
  const auto at = page.find(data_mark);
  page.replace(at, data_mark.size(), R"(id="data">)" + for_script(json));
  for (std::string_view rest = page; !rest.empty();) {
    const auto written = sys::check(
        "write", path_, [&] { return ::write(page_.get(), rest.data(), rest.size()); });
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace zoomin
