// SPDX-License-Identifier: MIT
// parallel_stages: builds stages that don't need each other at the same time, as many at
// once as there are processors. Each is built by its own process, because a process that
// starts containers must have one thread (01-pid/pid.hpp).
//
//   the build ── clone3 ──> the stage's process
//             <── socket ── its progress, as the calls of an observer;
//                           a request to pull a base image, which is answered;
//                           at its end the state of the stage, or its error
//
// The progress of one stage is shown at a time, so that lines don't mix; the others wait
// until it is complete. A stage that has no other to be built with it is built in this
// process.
#pragma once

#include "build/session.hpp"

namespace zoomin::build {

// Builds all stages that the plan needs, and leaves their states in the session. If one
// fails or a signal arrives, the others are stopped and remove their unfinished layers.
// Throws what stage_steps::run() throws.
void build_stages(session& build);

}  // namespace zoomin::build
