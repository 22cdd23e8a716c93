// SPDX-License-Identifier: MIT
// step4: the container in a cgroup of its own, with limits.
#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "04-cgroups/look.hpp"
#include "04-cgroups/options.hpp"
#include "common/look.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

std::vector<std::string> callers_environment() {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) all.emplace_back(*one);
  return all;
}

void say(const std::string& text) { fmt::print(stderr, "{}\n", text); }

// What the container used; and whether the kernel ended it, or some of it.
void report(const cgroup::group& group, const pid::ending& how, bool explain) {
  const auto used = group.read();
  const auto met = group.happened();
  if (explain) say(" " + cgroup::used_text(used, met));
  if (met.oom_kills == 0) return;
  if (how.status() == 128 + SIGKILL) return say("step4: " + cgroup::oom_text(used));
  say(fmt::format("step4: {} of its processes: {}", met.oom_kills,
                  cgroup::oom_text(used)));
}

int run(request& asked, const cgroup::options& own) {
  pid::validate_hostname(asked.hostname);
  if (asked.command.empty()) asked.command = {"sh"};
  const std::string name = fmt::format("{}-{}", asked.hostname, ::getpid());

  auto group = cgroup::create(name, own.wanted(), own.parent.value_or(""));
  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS,
                           .cgroup = group.fd(),
                           .command = asked.command,
                           .environment = callers_environment(),
                           .init = asked.init},
                          [&](pid::gate&) {
                            cgroup::enter();
                            pid::set_hostname(asked.hostname);
                          });
  if (group.fd() < 0) group.add(child.id());
  child.release();
  if (asked.look || asked.explain) {
    auto rows = pid::facts(child.id());
    for (auto& row : cgroup::facts(child.id())) rows.push_back(std::move(row));
    look::print(rows);
  }
  child.start();
  const auto ending = child.wait();

  report(group, ending, asked.explain);
  const auto directories = group.directories();
  group.remove();
  if (asked.explain) look::print_remains({cgroup::remains(name, directories)});
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step4("step4", "A container in a cgroup of its own, with limits.");
  cgroup::options own;
  cgroup::add_options(step4.add(), own);
  auto proofs = pid::proofs();
  for (auto& one : cgroup::proofs()) proofs.push_back(std::move(one));
  step4.proves(std::move(proofs));
  return step4.run(argc, argv, [&](request& asked) { return run(asked, own); });
}
