// SPDX-License-Identifier: MIT
// Compares netlink requests with the kernel's own reports: ip monitor, nft monitor.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// A monitor prints nothing when it starts to listen. So this makes objects until one is
// reported; another object at the end marks the end of the reports.
std::string reported_of(const std::vector<std::string>& monitor, const std::string& make,
                        const std::string& unmake, const std::function<void()>& play) {
  subprocess program(monitor);
  bool listens = false;
  while (!listens) {
    shell(fmt::format(fmt::runtime(make), "begin") + "; " +
          fmt::format(fmt::runtime(unmake), "begin"));
    try {
      for (listens = true; program.line(1).find("begin") == std::string::npos;) {
      }
    } catch (const zoomin::check::failed&) {
      listens = false;
    }
  }
  play();
  shell(fmt::format(fmt::runtime(make), "done") + "; " +
        fmt::format(fmt::runtime(unmake), "done"));
  std::string result;
  for (std::string line = program.line(); line.find("done") == std::string::npos;
       line = program.line())
    if (line.find("begin") == std::string::npos) result += line + "\n";
  return result;
}

// Returns the narrated calls of the host's side that begin with a given text.
std::vector<std::string> narrated_calls(const std::string& errors,
                                        const std::string& beginning) {
  std::vector<std::string> calls;
  std::istringstream lines(errors);
  for (std::string text; std::getline(lines, text);) {
    const auto line = nlohmann::json::parse(text);
    if (!line.contains("call") || line["side"] != "host") continue;
    const auto call = line["call"].get<std::string>();
    if (call.starts_with(beginning)) calls.push_back(call.substr(beginning.size()));
  }
  return calls;
}

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::set<std::string> result;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end;
       ++at)
    result.insert(at->str(1));
  return result;
}

std::string joined(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

const std::vector<std::string> published{
    built("step2"), "--explain=json", "--publish", "8080:80", "--", "true"};

}  // namespace

TEST_CASE("narrated links and addresses are those that ip monitor reports", "[gate]") {
  run_result result;
  const std::string reports = reported_of(
      {"stdbuf", "-oL", "ip", "-o", "monitor", "link", "address"},
      "ip link add {} type bridge", "ip link del {}", [&] { result = run(published); });
  INFO(reports);
  REQUIRE(result.status == 0);
  const std::string links = joined(narrated_calls(result.errors, "RTM_NEWLINK("));
  const std::string addresses = joined(narrated_calls(result.errors, "RTM_NEWADDR("));
  const std::string removed = joined(narrated_calls(result.errors, "RTM_DELLINK("));
  CHECK(matches(links, "(?:^|\n)([a-z0-9]+),") ==
        matches(reports, "(?:^|\n)[0-9]+: ([a-z0-9]+)(?:@[^:]+)?: <"));
  CHECK(matches(addresses, "([a-z0-9]+, [0-9./]+)\\)") == [&] {
    std::set<std::string> seen;
    for (const auto& match : matches(reports, "(zoomin0 +inet [0-9./]+)"))
      seen.insert(std::regex_replace(match, std::regex(" +inet "), ", "));
    return seen;
  }());
  CHECK(removed == "zoomin0)");
  CHECK(reports.find("Deleted") != std::string::npos);
}

TEST_CASE("narrated rules are those that nft monitor reports", "[gate]") {
  run_result result;
  const std::string reports =
      reported_of({"stdbuf", "-oL", "nft", "monitor"}, "nft add table ip {}",
                  "nft delete table ip {}", [&] { result = run(published); });
  INFO(reports);
  REQUIRE(result.status == 0);
  const std::string calls = joined(narrated_calls(result.errors, "nft "));
  INFO(calls);
  const auto both = [&](const std::string& pattern) {
    CHECK(!matches(calls, pattern).empty());
    CHECK(matches(calls, pattern) == matches(reports, pattern));
  };
  both("add chain ip zoomin0 ([a-z_]+)");
  both("add map ip zoomin0 ([a-z_]+)");
  both("add element ip zoomin0 [a-z]+ \\{ (tcp . 8080 : [0-9.]+ . 80)");
  both("(delete table ip zoomin0)");
  CHECK(matches(calls, "(create table ip zoomin0)").size() == 1);
  CHECK(matches(reports, "((?:add|create) table ip zoomin0)").size() == 1);
  // The kernel must report each rule inside a chain's braces, with the same words except
  // for the family, which nft adds.
  const std::string rules =
      std::regex_replace(reports, std::regex("dnat ip to"), "dnat to");
  for (const auto& rule :
       matches(calls, "[{;] ([^;{}]*(?:masquerade|drop|published|map @[a-z_]+))(?=;)")) {
    INFO(rule);
    CHECK(rules.find(" " + rule + "\n") != std::string::npos);
  }
}
