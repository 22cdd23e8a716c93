// SPDX-License-Identifier: MIT
// inspect: the commands inspect and container inspect.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "cli/command.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "docker/diagnose.hpp"
#include "docker/images.hpp"
#include "docker/inspect_container.hpp"
#include "docker/networks.hpp"
#include "docker/volumes.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

struct object_kind {
  std::string_view type;
  // Throws usage_error if there is no such object.
  void (*find)(engine& engine, const std::string& name);
  std::string (*inspect)(const std::string& name);
};
constexpr object_kind kinds[]{
    {"container", [](auto& engine, auto& name) { engine.find_container(name); },
     docker::inspect_container},
    {"image", [](auto& engine, auto& name) { engine.find_image(name); },
     docker::inspect_image},
    {"network", [](auto&, auto& name) { docker::find_network(name); },
     docker::inspect_network},
    {"volume", [](auto& engine, auto& name) { engine.find_volume(name); },
     docker::inspect_volume}};

// Returns the text of the first object, in the order of `kinds`, that has this name.
std::string inspect_any(engine& engine, const std::string& name) {
  const auto* const found = std::ranges::find_if(kinds, [&](const object_kind& kind) {
    return exists([&] { kind.find(engine, name); });
  });
  if (found == std::end(kinds))
    throw usage_error(failure_kind::not_found,
                      fmt::format("Error: No such object: {}", name),
                      "see zoomin ps -a, images, network ls and volume ls");
  return found->inspect(name);
}

constexpr flag size_flag{"--size", 's', kind::toggle,
                         "show the file sizes of containers"};

using inspector = std::function<std::string(const std::string& name)>;

int inspect_sized(const flags& options, const inspector& inspect) {
  return inspect_each(options, [&](const std::string& name) {
    return options.on("--size") ? docker::with_sizes(inspect(name)) : inspect(name);
  });
}

int inspect(engine& engine, const arguments& words) {
  const flags options(
      "inspect",
      {short_format_flag,
       size_flag,
       {"--type", 0, kind::text, "return JSON for container, image, network or volume"},
       {"--questions", 0, kind::toggle,
        "show namespaces, cgroup and files as they are now"}},
      words);
  const std::string type = options.text("--type");
  if (options.on("--questions")) {
    if (!type.empty() && type != "container")
      throw misuse("inspect --questions: only containers are supported");
    return inspect_each(options, docker::diagnose);
  }
  if (type.empty())
    return inspect_sized(options, [&](auto& name) { return inspect_any(engine, name); });
  const auto* const found = std::ranges::find(kinds, type, &object_kind::type);
  if (found == std::end(kinds)) throw not_supported("inspect --type " + type);
  return inspect_sized(options, found->inspect);
}

int inspect_containers(const arguments& words) {
  const std::string name = "container inspect";
  return inspect_sized(flags(name, {short_format_flag, size_flag}, words),
                       docker::inspect_container);
}

const command inspect_command({"inspect"},
                              {"show low-level information on objects as JSON",
                               "NAME|ID [NAME|ID...]", "zoomin inspect web",
                               "zoomin inspect -f '{{.State.Status}}' web"},
                              inspect);
const command container_inspect({"container inspect"},
                                {"show detailed information on containers",
                                 "CONTAINER [CONTAINER...]",
                                 "zoomin container inspect web",
                                 "zoomin container inspect -f '{{.Id}}' web"},
                                inspect_containers);

}  // namespace

}  // namespace zoomin::cli
