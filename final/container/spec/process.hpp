// SPDX-License-Identifier: MIT
// process: a process of a container, as data: the container's first one, or one of exec.
#pragma once

#include <string>
#include <vector>

#include "security/security.hpp"

namespace zoomin::container {

struct window {
  unsigned short rows = 0, columns = 0;
};

struct process {
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::string user;                 // as --user says it; a name is the image's
  std::vector<std::string> groups;  // --group-add
  std::string directory = "/";
  std::string keyring;  // its session keyring's name
  bool terminal = false;
  bool has_input = false;
  window size;            // of the terminal
  int oom_score_adj = 0;  // 0: the caller's
  security::confinement confinement;
  std::vector<security::rlimit> limits;
};

}  // namespace zoomin::container
