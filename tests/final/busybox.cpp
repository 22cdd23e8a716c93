// SPDX-License-Identifier: MIT
#include "final/busybox.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/support.hpp"

namespace zoomin::test {

void import_busybox(const std::string& name, const std::string& changes) {
  const scratch files;
  const auto made = shell(
      "set -e; cd " + files.path() +
      "; chmod 755 .; mkdir -p bin etc home/me root tmp; cp $(command -v busybox) bin; "
      "chroot . /bin/busybox --install -s /bin; chmod 1777 tmp; "
      "echo 'root:x:0:0:root:/root:/bin/sh' > etc/passwd; "
      "echo 'me:x:1000:1000:me:/home/me:/bin/sh' >> etc/passwd; "
      "printf 'root:x:0:\\nme:x:1000:\\nothers:x:50:me\\n' > etc/group; "
      "touch etc/hosts etc/hostname etc/resolv.conf; " +
      changes +
      "; "
      "tar -c . | zoomin import -c 'CMD [\"sh\"]' - " +
      name);
  INFO(made.errors);
  REQUIRE(made.status == 0);
}

std::string output_of(const std::string& line) {
  auto text = shell(line).output;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string inside(const std::string& flags, const std::string& line) {
  return output_of(fmt::format("zoomin run --rm {} bb sh -c '{}'", flags, line));
}

nlohmann::json inspected(const std::string& container) {
  return nlohmann::json::parse(shell("zoomin inspect " + container).output).at(0);
}

void kill_monitor(const std::string& container) {
  shell(
      fmt::format("m=$(ps -o ppid= -p $(zoomin inspect -f '{{{{.State.Pid}}}}' {})); "
                  "kill -9 $m; while kill -0 $m 2>/dev/null; do sleep 0.01; done",
                  container));
}

}  // namespace zoomin::test
