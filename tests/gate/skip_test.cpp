// SPDX-License-Identifier: MIT
// Tests that the self-check notices each request that --skip leaves out.
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "gate/names.hpp"
#include "support/catch.hpp"
#include "support/leftovers.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// A self-check mostly waits, so several can run at once.
constexpr int at_once = 4;

const std::vector<std::string> mechanisms{"pid", "net", "mnt", "cgroups", "overlay"};

// The names that can be left out without breaking a fact: at most one in ten.
const std::map<std::string, std::string> exceptions{};

std::string first_failure(const std::string& output) {
  const auto at = output.find("FAIL ");
  return at == std::string::npos ? "" : output.substr(at, output.find('\n', at) - at);
}

// Maps each name to the mechanism of the first step that narrates it: the facts of that
// mechanism notice that the request is left out.
std::map<std::string, std::string> mechanisms_of(const std::set<std::string>& names,
                                                 int step) {
  std::map<std::string, std::string> result;
  for (int earlier = 1; earlier < step; ++earlier)
    for (const auto& name : narrated_names(earlier))
      result.emplace(name, mechanisms.at(earlier - 1));
  for (const auto& name : names) result.emplace(name, mechanisms.at(step - 1));
  return result;
}

// Runs the self-check for each name, several at once. "" stands for a run that leaves out
// nothing.
std::map<std::string, run_result> run_self_checks(int step,
                                                  const std::set<std::string>& names) {
  const std::vector<std::string> all(names.begin(), names.end());
  const auto mechanism_of = mechanisms_of(names, step);
  std::map<std::string, run_result> results;
  std::mutex guard;
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  const auto work = [&] {
    for (std::size_t i = next++; i < all.size(); i = next++) {
      std::vector<std::string> command{built(fmt::format("step{}", step)), "--self-check",
                                       "--fail-fast"};
      if (!all[i].empty())
        command.insert(command.end(),
                       {"--skip", all[i], "--facts", mechanism_of.at(all[i])});
      auto result = run(command, 120);
      const std::lock_guard<std::mutex> one_at_a_time(guard);
      results[all[i]] = std::move(result);
    }
  };
  for (int i = 0; i < at_once; ++i) workers.emplace_back(work);
  for (auto& worker : workers) worker.join();
  return results;
}

// Returns the names to leave out. Mechanisms of earlier steps are left out as a whole in
// those steps' tests; this test leaves out each of their requests.
std::set<std::string> names_of(int step) {
  auto names = narrated_names(step);
  if (step == 1) return names;
  const auto before = narrated_names(step - 1);
  std::erase_if(names, [&](const std::string& name) {
    const auto part = before.upper_bound(name + ".");
    return before.contains(name) && part != before.end() && part->starts_with(name + ".");
  });
  return names;
}

void check_each_is_noticed(int step) {
  auto names = names_of(step);
  names.insert("");
  std::size_t excepted = 0;
  for (const auto& [name, result] : run_self_checks(step, names)) {
    const std::string failure = first_failure(result.output);
    if (name.empty()) {  // together with the others, so that it runs under the same load
      INFO(result.output << result.errors);
      CHECK(result.status == 0);
      continue;
    }
    fmt::print("{:<16} {}\n", name, failure);
    if (exceptions.contains(name)) {
      ++excepted;
      continue;
    }
    INFO("--skip " << name << ": " << result.output << result.errors);
    CHECK(result.status == 1);
    CHECK(!failure.empty());
  }
  CHECK(excepted * 10 <= names.size());
}

}  // namespace

TEST_CASE("the self-check of step1 notices each request left out", "[gate]") {
  check_each_is_noticed(1);
}

TEST_CASE("the self-check of step2 notices each request left out", "[gate]") {
  check_each_is_noticed(2);
}

TEST_CASE("the self-check of step3 notices each request left out", "[gate]") {
  check_each_is_noticed(3);
}

TEST_CASE("the self-check of step4 notices each request left out", "[gate]") {
  check_each_is_noticed(4);
}

TEST_CASE("the self-check of step5 notices each request left out", "[gate]") {
  check_each_is_noticed(5);
}
