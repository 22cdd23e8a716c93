// SPDX-License-Identifier: MIT
// steps: executes the steps of one stage, or takes their results from the build cache.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "build/dockerfile.hpp"
#include "build/run_mounts.hpp"
#include "build/run_step.hpp"
#include "build/session.hpp"

namespace zoomin::build {

class copy_plan;
struct copy_request;

class stage_steps {
 public:
  stage_steps(session& build, std::size_t number);

  // Executes FROM, the ONBUILD triggers of the base image, and all steps of the stage.
  // The result is the stage's state in the session. Throws dockerfile_error,
  // base::cancelled.
  void run();

 private:
  using work = std::function<std::optional<finished_layer>(const stage_state&)>;

  template <typename Work>
  void guarded(const instruction& step, Work&& do_work);
  void begin();
  void execute(const instruction& step);
  void execute_or_reuse(const instruction& step,
                        const std::vector<std::string>& key_parts,
                        const std::string& shown, const work& do_work);
  step_title next_title(const instruction& step);
  stage_state& state() { return build_.states[number_]; }
  [[nodiscard]] image::word_rules rules() const;

  void set_arguments(const instruction& step);
  void set_author(const instruction& step);
  void change_config(const instruction& step);
  void change_directory(const instruction& step);
  void copy(const instruction& step);
  void run_command(const instruction& step);

  std::optional<finished_layer> make_directory(const stage_state& before,
                                               const std::string& path);
  void download(copy_request& request, const std::string& directory) const;
  std::optional<finished_layer> copy_into(const stage_state& before,
                                          const copy_plan& planned);
  std::optional<finished_layer> run_in(const stage_state& before, const instruction& step,
                                       run_request request,
                                       const std::vector<run_mount>& mounts);
  [[nodiscard]] std::string network_of(const instruction& step) const;
  std::string identity_of(const run_mount& mount);

  session& build_;
  std::size_t number_;
  step_title title_;
};

}  // namespace zoomin::build
