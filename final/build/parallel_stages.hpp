// SPDX-License-Identifier: MIT
// parallel_stages: builds the stages that don't need each other at the same time, as many
// at once as there are processors, each in a process of its own: a process that starts
// containers has one thread (01-pid/pid.hpp).
//
//   the build ── clone3 ──> the stage's process
//             <── socket ── what it does, in the words of an observer;
//                           a base image that is to be fetched, and waits for the answer;
//                           at its end the state of the stage, or its error
//
// One stage is shown at a time, and the others when it is complete, so lines don't mix. A
// stage that is alone is built in this process.
#pragma once

#include "build/session.hpp"

namespace zoomin::build {

// Builds all stages that the plan needs; their states are in the session then. If one
// fails, or a signal arrives, the others are ended, and remove what they have begun.
// Throws what stage_steps::run() throws.
void build_stages(session& build);

}  // namespace zoomin::build
