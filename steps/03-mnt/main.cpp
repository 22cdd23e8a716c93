// SPDX-License-Identifier: MIT
// step3: a process with files of its own: PID, UTS, NET and MNT namespaces.
#include <optional>
#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "03-mnt/demo_root.hpp"
#include "03-mnt/look.hpp"
#include "03-mnt/mnt.hpp"
#include "common/look.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

struct step3_options {
  std::optional<std::string> rootfs;
  std::vector<std::string> mounts;
  bool read_only = false;
};

std::vector<mnt::place> places(const request& asked, const step3_options& own) {
  auto all = mnt::defaults(asked.hostname);
  const auto append = [&](std::vector<mnt::place> more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  if (!own.rootfs) append(mnt::demo_places());
  for (const auto& option : own.mounts) append({mnt::asked_for(option)});
  return all;
}

std::vector<look::row> facts(pid_t container) {
  auto rows = pid::facts(container);
  for (auto& row : mnt::facts(container)) rows.push_back(std::move(row));
  return rows;
}

int run(request& asked, const step3_options& own) {
  pid::validate_hostname(asked.hostname);
  if (asked.command.empty()) asked.command = {"sh"};
  const std::string rootfs = own.rootfs ? *own.rootfs : mnt::demo_root();
  // The demo root is shared by all who ask for none: nobody writes to it.
  const bool read_only = own.read_only || !own.rootfs;
  const auto mounts = places(asked, own);

  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS,
                           .command = asked.command,
                           .environment = mnt::environment(asked.hostname),
                           .init = asked.init},
                          [&](pid::gate&) {
                            pid::set_hostname(asked.hostname);
                            mnt::make_private();
                            mnt::enter_root(mnt::bind_root(rootfs), mounts, read_only);
                          });
  child.release();
  if (asked.look || asked.explain) look::print(facts(child.id()));
  const std::string its_mounts = look::namespace_number(child.id(), "mnt");
  child.start();
  const auto ending = child.wait();

  if (asked.explain)
    look::print_remains(
        {{"process " + std::to_string(child.id()), pid::alive(child.id())},
         {"mnt namespace " + its_mounts, mnt::namespace_in_use(its_mounts)}});
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step3("step3", "A process with files of its own, beside its own processes.");
  step3_options own;
  step3.add().value("--rootfs", own.rootfs, "a directory to be its root (a demo root)");
  step3.add().list("--mount", own.mounts,
                   "type=bind|tmpfs,source=,target=,readonly; repeat for more");
  step3.add().toggle("--read-only", own.read_only, "its root can't be written to");
  auto facts = pid::proofs();
  for (auto& fact : mnt::proofs()) facts.push_back(std::move(fact));
  step3.proves(std::move(facts));
  return step3.run(argc, argv, [&](request& asked) { return run(asked, own); });
}
