// SPDX-License-Identifier: MIT
// step3: a process with files of its own: PID, UTS, NET and MNT namespaces.
#include <optional>
#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "03-mnt/asked.hpp"
#include "03-mnt/look.hpp"
#include "03-mnt/mnt.hpp"
#include "common/look.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

std::vector<look::row> facts(pid_t container) {
  auto rows = pid::facts(container);
  for (auto& row : mnt::facts(container)) rows.push_back(std::move(row));
  return rows;
}

int run(request& asked, const mnt::asked& files) {
  pid::validate_hostname(asked.hostname);
  const auto wanted = mnt::understood(files, asked.hostname);
  if (asked.command.empty()) asked.command = {"sh"};

  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS,
                           .command = asked.command,
                           .environment = mnt::environment(asked.hostname),
                           .init = asked.init},
                          [&](pid::gate&) {
                            pid::set_hostname(asked.hostname);
                            mnt::make_private();
                            mnt::enter_root(mnt::bind_root(wanted.root), wanted.places,
                                            wanted.read_only);
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
  mnt::asked files;
  files.add_to(step3.add());
  auto proofs = pid::proofs();
  for (auto& one : mnt::proofs()) proofs.push_back(std::move(one));
  step3.proves(std::move(proofs));
  return step3.run(argc, argv, [&](request& asked) { return run(asked, files); });
}
