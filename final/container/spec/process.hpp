// SPDX-License-Identifier: MIT
// process: describes a process in a container: its init, or an exec.
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
  std::string user;                 // as in --user; names are looked up in the image
  std::vector<std::string> groups;  // --group-add
  std::string directory = "/";
  std::string keyring;  // the name of its session keyring
  bool terminal = false;
  bool has_input = false;
  window size;            // of the terminal
  int oom_score_adj = 0;  // 0: inherited
  security::confinement confinement;
  std::vector<security::rlimit> limits;
};

}  // namespace zoomin::container
