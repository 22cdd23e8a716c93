// SPDX-License-Identifier: MIT
// Tests of --record: the page contains the narration, and a browser shows it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "common/sys.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
using nlohmann::json;

namespace {

const std::string step5 = built("step5");

std::string between(const std::string& text, const std::string& begin,
                    const std::string& end) {
  const auto at = text.find(begin);
  REQUIRE(at != std::string::npos);
  const auto from = at + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

json data_of(const std::string& page) {
  return json::parse(between(page, "id=\"data\">", "</script>"));
}

// Returns the requests, "C3 mount(…) its own processes: /proc"; the two sides have no
// common order.
std::set<std::string> requests_in(const json& lines) {
  std::set<std::string> result;
  for (const auto& line : lines)
    if (line.contains("id"))
      result.insert(fmt::format("{} {} {}", line["n"].get<std::string>(),
                                line["call"].get<std::string>(),
                                line["words"].get<std::string>()));
  return result;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

// Shows each position of each run in a browser. Returns what it saw at the command's
// start, and the faults.
json seen_in_browser(const std::string& page, int width, const std::string& directory) {
  const std::string errors =
      "<head><script>const faults = []; onerror = fault => { faults.push(fault); };"
      "</script>";
  const std::string probe = R"(<script>
let widest = 0;
for (const one of data.runs) {
  choose(one);
  for (let at = 0; at <= run.steps.length; ++at) {
    show(at);
    widest = Math.max(widest, document.documentElement.scrollWidth);
  }
}
choose(data.runs[0]);
show(finished());
parent.postMessage(JSON.stringify({ faults, widest, width: innerWidth,
  fetched: performance.getEntriesByType("resource").length,
  stage: by("stage").textContent, request: by("request").textContent,
  difference: by("difference").textContent, tables: by("tables").textContent }), "*");
</script></body>)";
  std::string probed = page;
  probed.replace(probed.find("<head>"), 6, errors);
  probed.replace(probed.find("</body>"), 7, probe);
  write_file(directory + "/page.html", probed);
  // A window has at least 500 pixels, a frame as many as we want.
  write_file(directory + "/frame.html",
             fmt::format("<script>onmessage = message => {{"
                         "const seen = document.createElement('pre');"
                         "seen.id = 'seen'; seen.textContent = message.data;"
                         "document.body.append(seen); }};</script>"
                         "<iframe src='page.html' width='{}' height='800' "
                         "style='border: 0'></iframe>",
                         width));
  const auto shown = run({"chromium", "--headless", "--no-sandbox", "--disable-gpu",
                          "--disable-dev-shm-usage", "--user-data-dir=" + directory,
                          "--window-size=1400,900", "--virtual-time-budget=30000",
                          "--dump-dom", "file://" + directory + "/frame.html"},
                         120);
  INFO(shown.errors);
  std::string text = between(shown.output, "<pre id=\"seen\">", "</pre>");
  for (const auto& [entity, character] :
       {std::pair{"&lt;", "<"}, std::pair{"&gt;", ">"}, std::pair{"&amp;", "&"}})
    for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity, at))
      text.replace(at, std::string(entity).size(), character);
  return json::parse(text);
}

void require_browser() {
  if (shell("command -v chromium").status != 0) skip_loudly("chromium isn't installed");
}

}  // namespace

TEST_CASE("the page of --record has the narration's requests, and needs nothing else",
          "[gate]") {
  const scratch files;
  const auto result = run({step5, "--explain=json", "--record", files / "run.html", "-m",
                           "64m", "--", "sh", "-c", "echo hi > /x"});
  REQUIRE(result.status == 0);
  json narrated = json::array();
  std::istringstream lines(result.errors);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('{')) narrated.push_back(json::parse(line));
  const std::string page = zoomin::sys::read_file(files / "run.html");
  const json data = data_of(page);
  REQUIRE(data["runs"].size() == 1);
  const json& recorded = data["runs"][0]["lines"];
  CHECK(requests_in(recorded).size() > 80);
  CHECK(requests_in(recorded) == requests_in(narrated));
  for (const char* when : {"before", "after"})
    CHECK(std::ranges::any_of(recorded, [&](const json& line) {
      return line.value("fact", "") == "pid" && line["when"] == when;
    }));
  for (const char* foreign : {"src=", "@import", "url(", "<link", "fetch("})
    CHECK(!contains(page, foreign));
  CHECK(count(page, "http") == 1);  // the manual pages
}

TEST_CASE("no text of a command can become a part of the page", "[gate]") {
  const scratch files;
  run({step5, "-q", "--record", files / "run.html", "--", "echo",
       "</script><script>alert(1)</script>"});
  const std::string page = zoomin::sys::read_file(files / "run.html");
  CHECK(count(page, "</script>") == 2);
  CHECK(contains(data_of(page)["title"], "</script>"));
}

TEST_CASE(
    "option --record with --skip also shows the normal run, and the reason of the "
    "failure",
    "[gate]") {
  const scratch files;
  const auto result =
      run({step5, "--record", files / "run.html", "--skip", "private", "--", "true"});
  CHECK(result.status == 125);
  const json data = data_of(zoomin::sys::read_file(files / "run.html"));
  REQUIRE(data["runs"].size() == 2);
  const json& normal = data["runs"][0];
  const json& other = data["runs"][1];
  CHECK(normal["name"] == "the normal run");
  CHECK(other["name"] == "without private");
  const auto has = [](const json& run, const auto& holds) {
    return std::ranges::any_of(run["lines"], holds);
  };
  const auto executes = [](const json& line) { return line.value("id", "") == "execve"; };
  CHECK(has(normal, executes));
  CHECK(!has(other, executes));
  CHECK(has(other, [](const json& line) {
    return line.value("id", "") == "private" && line.value("left_out", false);
  }));
  CHECK(has(other, [](const json& line) {
    return contains(line.value("failure", ""), "pivot_root");
  }));
}

TEST_CASE("a page that can't be written is refused before anything is made", "[gate]") {
  const auto result = run({step5, "--record", "/nowhere/run.html", "--", "echo", "hi"});
  CHECK(result.status == 125);
  CHECK(result.output.empty());
  CHECK(contains(result.errors, "/nowhere/run.html"));
}

TEST_CASE("a browser shows the page at the width of a phone and of a projector",
          "[gate]") {
  require_browser();
  const scratch files;
  run({step5, "-q", "--record", files / "run.html", "-m", "64m", "--hostname", "den",
       "--skip", "private", "--", "true"});
  const std::string page = zoomin::sys::read_file(files / "run.html");
  for (const int width : {390, 1280}) {
    const json seen = seen_in_browser(page, width, files.path());
    INFO(seen.dump(1));
    CHECK(seen["faults"].empty());
    CHECK(seen["fetched"] == 0);
    CHECK(seen["width"] == width);
    CHECK(seen["widest"] <= width);
    for (const char* part :
         {"zoomin0 10.79.0.1/16", "at most 64 MiB", "hostname den", "eth0 10.79.",
          "default via 10.79.0.1", "is overlay", "/proc", "PID 1: /bin/true", "cable"})
      CHECK(contains(seen["stage"], part));
    CHECK(contains(seen["request"], "execve(2)"));
    CHECK(contains(seen["difference"], "private left out"));
    CHECK(contains(seen["difference"], "pivot = EINVAL"));
    CHECK(contains(seen["tables"], "Before"));
  }
}
