// SPDX-License-Identifier: MIT
// Unit tests of the engine's answers to its clients: kinds of failures, the settings that
// messages name, warnings, and the directories of a context.
#include <cerrno>
#include <set>

#include "01-pid/gate.hpp"
#include "base/field_error.hpp"
#include "cli/console.hpp"
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "container/failure_line.hpp"
#include "container/spec/fields.hpp"
#include "support/catch.hpp"

using namespace zoomin;

TEST_CASE("a setting that can't be accepted is named as inspect shows it") {
  const auto problem_of = [](const char* request) -> base::field_error {
    try {
      container::read_spec(container::json::parse(request));
    } catch (const base::field_error& refused) {
      return refused;
    }
    return {"", "accepted"};
  };
  const auto both =
      problem_of(R"({"HostConfig": {"NanoCpus": 500000000, "CpuQuota": 5000}})");
  CHECK(both.field() == "HostConfig.NanoCpus");
  CHECK(both.kind() == failure_kind::invalid);
  CHECK(both.what() ==
        std::string("HostConfig.NanoCpus can't be combined with HostConfig.CpuQuota"));
  const auto own =
      problem_of(R"({"Hostname": "box", "HostConfig": {"UTSMode": "host"}})");
  CHECK(own.field() == "Config.Hostname");
}

TEST_CASE("reading a container's settings doesn't ask this machine") {
  const auto request = [](const char* key, const container::json& value) {
    return container::json{{"HostConfig", {{key, value}, {"Memory", 64 << 20}}}};
  };
  for (const char* key : {"CpusetCpus", "CpusetMems"}) {
    const auto elsewhere = request(key, "1023");
    const auto spec = container::read_spec(elsewhere);
    CHECK((spec.limits.processors == std::set{1023U} ||
           spec.limits.memory_nodes == std::set{1023U}));
    CHECK(container::parse_spec(elsewhere.dump()).limits.needs_cpuset());
    CHECK_THROWS_AS(container::require_of_machine(elsewhere), usage_error);
    CHECK_THROWS_AS(container::parse_spec_for_start(elsewhere.dump()), usage_error);
    CHECK_THROWS_AS(container::read_spec(request(key, "x")), base::field_error);
  }
  CHECK(container::read_spec(request("OomGroup", true)).limits.oom_kills_all);
  CHECK_NOTHROW(container::require_of_machine(request("CpusetCpus", "")));
}

TEST_CASE("the command line shows a setting's flag in its place") {
  CHECK(cli::in_flags("HostConfig.OomGroup requires HostConfig.Memory") ==
        "--oom-group requires --memory");
  CHECK(cli::in_flags("Config.User \"x:\": not a user") == "--user \"x:\": not a user");
  CHECK(
      cli::in_flags("HostConfig.Binds a:b; HostConfig.Mounts; HostConfig.NetworkMode") ==
      "--volume a:b; --mount; --network");
  CHECK(cli::in_flags("Config.Healthcheck.Interval") == "--health-interval");
  CHECK(cli::in_flags("HostConfig.MemorySwap HostConfig.Memory") ==
        "--memory-swap --memory");
  for (const char* other : {"", "HostConfig", "HostConfig.", "HostConfig.Nothing",
                            "xHostConfig.Memory", "the Config.json", "/é\n"})
    CHECK(cli::in_flags(other) == other);
}

TEST_CASE("each setting that a flag sets has a name that leads back to the flag") {
  for (const auto& field : container::all_fields()) {
    if (field.name.empty() || field.pointer.empty()) continue;
    if (field.takes == container::kind::unsupported) continue;
    INFO(field.name);
    const auto setting = container::setting_of(field);
    const auto flag = container::flag_of(setting);
    CHECK((flag == field.name || field.name == "--net" || field.name == "--dns-opt"));
  }
}

TEST_CASE("a failure keeps its kind on the way from a child") {
  for (const auto kind :
       {failure_kind::invalid, failure_kind::not_found, failure_kind::conflict,
        failure_kind::not_running, failure_kind::unsupported, failure_kind::damaged}) {
    auto [parent, child] = pid::gate::make();
    child.report(usage_error(kind, "why", "hint"));
    try {
      parent.receive();
      FAIL("no failure arrived");
    } catch (const usage_error& refused) {
      CHECK(refused.kind() == kind);
      CHECK(refused.what() == std::string("why"));
      CHECK(refused.hint() == "hint");
    }
  }
}

TEST_CASE("the field of a failure is found again in its text") {
  CHECK(base::field_in("HostConfig.Ulimits nofile=1") == "HostConfig.Ulimits");
  CHECK(base::field_in("Config.User: not a user") == "Config.User");
  for (const char* other : {"", "Config", "the HostConfig.Memory", "/bin/x"})
    CHECK(base::field_in(other).empty());
  for (const char* problem : {": too small", "is too small"}) {
    const base::field_error sent("HostConfig.Memory", problem, "hint",
                                 failure_kind::unsupported);
    auto [parent, child] = pid::gate::make();
    child.report(sent);
    try {
      parent.receive();
      FAIL("no failure arrived");
    } catch (const usage_error& arrived) {
      try {
        base::throw_received(arrived);
      } catch (const base::field_error& refused) {
        CHECK(refused.field() == "HostConfig.Memory");
        CHECK(refused.what() == std::string(sent.what()));
        CHECK(refused.hint() == "hint");
        CHECK(refused.kind() == failure_kind::unsupported);
      }
    }
  }
}

TEST_CASE("a failure keeps all its parts on the way through the control protocol") {
  const auto received = [](const std::exception& sent, int version) {
    const auto line = container::failure_line(sent, version);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(container::is_failure_line(line));
    container::throw_failure(line);
  };
  for (const auto kind :
       {failure_kind::invalid, failure_kind::not_found, failure_kind::conflict,
        failure_kind::not_running, failure_kind::unsupported, failure_kind::damaged})
    try {
      received(usage_error(kind, "why\n\xff", "hint"), 2);
    } catch (const usage_error& refused) {
      CHECK(refused.kind() == kind);
      CHECK(refused.what() == std::string("why\n\xff"));
      CHECK(refused.hint() == "hint");
    }
  for (const char* problem : {": too small", "is too small"}) {
    const base::field_error sent("HostConfig.Memory", problem, "hint");
    try {
      received(sent, 2);
    } catch (const base::field_error& refused) {
      CHECK(refused.field() == "HostConfig.Memory");
      CHECK(refused.what() == std::string(sent.what()));
      CHECK(refused.hint() == "hint");
    }
  }
  try {
    received(sys::error(ENOENT, "execve", "/bin/x", "hint"), 2);
  } catch (const sys::error& refused) {
    CHECK(exit_status_of(refused) == 127);
    CHECK(refused.object() == "/bin/x");
    CHECK(refused.hint() == "hint");
  }
  try {
    received(usage_error(failure_kind::damaged, "one\ntwo", "hint"), 1);
  } catch (const usage_error& refused) {
    CHECK(refused.kind() == failure_kind::conflict);
    CHECK(refused.what() == std::string("one two"));
  }
  CHECK_FALSE(container::is_failure_line("ok"));
  CHECK_FALSE(container::is_failure_line("ended 1 "));
}

TEST_CASE("a warning goes to the innermost scope") {
  std::string outer, inner;
  const auto into = [](std::string& text) {
    return [&](std::string_view warning) { text += warning; };
  };
  const narration::warning_scope first(into(outer));
  narration::warn("a");
  {
    const narration::warning_scope second(into(inner));
    narration::warn("b");
  }
  narration::warn("c");
  CHECK(outer == "ac");
  CHECK(inner == "b");
}

TEST_CASE("the directories in use are those of the last context") {
  const context before = use_context({.root = "/a", .run = "/b"});
  CHECK(root_directory() == "/a");
  CHECK(run_directory() == "/b");
  CHECK(use_context(before).root == "/a");
  CHECK(root_directory() == before.root);
}
