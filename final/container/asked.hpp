// SPDX-License-Identifier: MIT
// asked: what the user asked a container to be: container.json, in the shape of the
// create request of Docker's Engine API (and so of what `inspect` prints as Config and
// HostConfig).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "02-net/ports.hpp"
#include "04-cgroups/limits.hpp"
#include "container/log_files.hpp"
#include "container/process.hpp"

namespace zoomin::container {

struct bound {
  std::string host_path;
  std::string container_path;
  bool read_only = false;
};

struct asked {
  std::string image;     // as it was named
  std::string image_id;  // "sha256:…"
  std::string hostname;
  process first;  // what becomes PID 1
  std::vector<bound> binds;
  std::vector<net::published_port> ports;
  std::string network = "default";  // "none", "host"
  cgroup::limits limits;
  bool read_only = false;
  bool init = false;
  bool remove = false;  // when it has ended
  int stop_signal = 15;
  unsigned stop_timeout_s = 10;
  bool keeps_log = true;
  log_limits log;
};

// What `run` gives (JSON text), completed by the image's configuration and checked.
// Throws usage_error, which names what can't be. The result is container.json's content.
std::string complete(const std::string& request, const std::string& image_id,
                     const std::string& image_config);

asked parse_asked(const std::string& container_json);

// The first volume names and such that aren't there yet throw `not supported`.
bound parse_bind(const std::string& text);

// "TERM", "sigterm", "15"; throws usage_error.
int parse_signal(const std::string& text);

}  // namespace zoomin::container
