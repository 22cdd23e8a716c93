// SPDX-License-Identifier: MIT
#include "docker/ports_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "common/text.hpp"

namespace zoomin::docker {

namespace {

struct port {
  std::uint16_t inner = 0;
  std::string host;  // empty if it is only exposed
  std::uint16_t outer = 0;
  std::string over;
  [[nodiscard]] auto order() const { return std::tie(inner, host, outer, over); }
};

// Parses an exposed port such as "80/tcp".
port parse_exposed(const std::string& exposed) {
  auto [number, protocol] = text::cut(exposed, '/');
  return {text::whole_number<std::uint16_t>(number).value_or(0), "", 0,
          protocol.empty() ? "tcp" : std::move(protocol)};
}

std::vector<port> ports_of(const container::state& shown) {
  std::vector<port> ports;
  for (const auto& each : shown.ports)
    ports.push_back({each.container_port, each.host.value_or(net::address{}).text(),
                     each.host_port, each.protocol_text()});
  for (const auto& each : shown.proxied_ports)
    ports.push_back(
        {each.container_port, fmt::format("[{}]", each.host), each.host_port, "tcp"});
  const auto published = ports.size();
  for (const auto& text : is_alive(shown) ? shown.exposed : std::vector<std::string>()) {
    const port exposed = parse_exposed(text);
    const auto end = ports.begin() + static_cast<std::ptrdiff_t>(published);
    if (std::none_of(ports.begin(), end, [&](const port& other) {
          return other.inner == exposed.inner && other.over == exposed.over;
        }))
      ports.push_back(exposed);
  }
  std::ranges::sort(ports, {}, &port::order);
  return ports;
}

// Holds ports that follow each other, with the same number on both sides or on one only.
struct group {
  std::string host, over;
  unsigned first = 0, last = 0;
  [[nodiscard]] std::string text() const {
    const auto range =
        first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
    return host.empty() ? fmt::format("{}/{}", range, over)
                        : fmt::format("{}:{}->{}/{}", host, range, range, over);
  }
};

}  // namespace

std::string ports_text(const container::state& shown) {
  std::vector<group> open;  // one for each address and protocol
  std::vector<std::string> texts, separate;
  for (const auto& each : ports_of(shown)) {
    if (!each.host.empty() && each.outer != each.inner) {
      separate.push_back(
          fmt::format("{}:{}->{}/{}", each.host, each.outer, each.inner, each.over));
      continue;
    }
    const auto found = std::ranges::find_if(open, [&](const group& other) {
      return other.host == each.host && other.over == each.over;
    });
    const group next{each.host, each.over, each.inner, each.inner};
    if (found == open.end()) {
      open.push_back(next);
    } else if (each.inner == found->last + 1) {
      found->last = each.inner;
    } else {
      texts.push_back(std::exchange(*found, next).text());
    }
  }
  for (const auto& left : open) texts.push_back(left.text());
  texts.insert(texts.end(), separate.begin(), separate.end());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string published_text(const container::state& shown, const std::string& wanted) {
  const bool is_whole = wanted.empty() || wanted.find('/') != std::string::npos;
  const std::string only = is_whole ? wanted : wanted + "/tcp";
  std::string text;
  const auto add = [&](const std::string& inner, const std::string& outer) {
    if (only.empty())
      text += fmt::format("{} -> {}\n", inner, outer);
    else if (only == inner)
      text += outer + "\n";
  };
  for (const auto& port : shown.ports)
    add(fmt::format("{}/{}", port.container_port, port.protocol_text()),
        fmt::format("{}:{}", port.host.value_or(net::address{}).text(), port.host_port));
  for (const auto& port : shown.proxied_ports)
    add(fmt::format("{}/tcp", port.container_port), port.outer());
  return text;
}

}  // namespace zoomin::docker
