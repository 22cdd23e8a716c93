// SPDX-License-Identifier: MIT
#include "registry/login.hpp"

#include "registry/remote.hpp"
#include "registry/session.hpp"

namespace zoomin::registry {

std::string server_host(const std::string& server) {
  const std::string host = host_of(server);
  const bool is_hub = host.empty() || host == "index.docker.io" ||
                      host == "registry-1.docker.io" || host == "docker.io";
  return is_hub ? "docker.io" : host;
}

void verify_login(const std::string& host, const credentials& secret, bool verify_tls,
                  const base::cancellation& stop) {
  session with(endpoints_of(host, verify_tls).back(), {}, nullptr);
  with.use(secret);
  connection over = with.connect([&] { return stop.requested(); });
  const auto answer = with.send(over, {"GET", "/v2/"});
  if (answer->status() != 200) refuse(*answer, "log in");
}

}  // namespace zoomin::registry
