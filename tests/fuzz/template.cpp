// SPDX-License-Identifier: MIT
// Parses templates of --format, and fills them with data of each kind.
#include "cli/text/template.hpp"

#include "fuzz.hpp"

using namespace zoomin;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto data = cli::json::parse(R"({
    "Name": "/web", "Running": true, "Pid": 4711, "Nothing": null, "Empty": [],
    "Config": {"Env": ["A=1", "B=2"], "Labels": {"tier": "front"}}, "Share": 0.5,
    "Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "53/udp": []}})");
  const std::string text = fuzz::text_of(bytes, size);
  fuzz::accepts([&] { (void)cli::format(text).render(data); });
  fuzz::accepts([&] { cli::listed({data, data}, data, text, "table {{.Name}}"); });
  return 0;
}
