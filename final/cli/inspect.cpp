// SPDX-License-Identifier: MIT
// inspect: the commands inspect, container inspect and image inspect.
#include "cli/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/text/template.hpp"
#include "common/error.hpp"
#include "container/store.hpp"
#include "docker/diagnose.hpp"
#include "docker/inspect_container.hpp"
#include "image/image.hpp"
#include "network/network.hpp"
#include "volume/volume.hpp"

namespace zoomin::cli {

int inspect_each(const flags& options,
                 const std::function<std::string(const std::string& name)>& inspect) {
  const std::string shape = options.text("--format");
  const bool as_json = shape.empty() || shape == "json";
  const format each(as_json ? "" : shape);
  std::string lines;
  json objects = json::array();
  const int status = for_each(options.rest(1), [&](const auto& name) {
    auto object = files::parse_own<json>(inspect(name), name);
    if (as_json)
      objects.push_back(std::move(object));
    else
      lines += each.of(object) + "\n";
  });
  print(as_json ? files::shown_json(objects, shape.empty() ? 4 : -1) + "\n" : lines);
  return status;
}

void forgive_missing(bool forced, const std::function<void()>& removal) {
  try {
    removal();
  } catch (const usage_error& missing) {
    if (!forced || missing.kind() != failure_kind::not_found) throw;
    complain(missing.what());
  }
}

bool finds(const std::function<void()>& search) {
  try {
    search();
    return true;
  } catch (const usage_error& missing) {
    if (missing.kind() != failure_kind::not_found) throw;
    return false;
  }
}

namespace {

struct object_kind {
  std::string_view type;
  void (*find)(const std::string& name);  // throws usage_error if there is none
  std::string (*inspect)(const std::string& name);
};
constexpr object_kind kinds[]{
    {"container", [](auto& name) { container::find(name); }, container::inspect},
    {"image", [](auto& name) { image::find(name); }, image::inspect},
    {"network", find_network, network_text},
    {"volume", [](auto& name) { volume::find(name); }, volume_text}};

// Returns the text of the first object, in the order of `kinds`, that has this name.
std::string any(const std::string& name) {
  const auto* const found = std::ranges::find_if(
      kinds, [&](const object_kind& kind) { return finds([&] { kind.find(name); }); });
  if (found == std::end(kinds))
    throw usage_error(failure_kind::not_found,
                      fmt::format("Error: No such object: {}", name),
                      "see zoomin ps -a, images, network ls and volume ls");
  return found->inspect(name);
}

constexpr flag size_flag{"--size", 's', kind::toggle, "",
                         "show the file sizes of containers"};

using inspector = std::string (*)(const std::string& name);

int inspect_sized(const flags& options, inspector by) {
  return inspect_each(options, [&](const std::string& name) {
    return options.on("--size") ? container::with_sizes(by(name)) : by(name);
  });
}

int inspect(const arguments& words) {
  const flags options("inspect",
                      {short_format_flag,
                       size_flag,
                       {"--type", 0, kind::text, "",
                        "return JSON for container, image, network or volume"},
                       {"--questions", 0, kind::toggle, "",
                        "show namespaces, cgroup and files as they are now"}},
                      words);
  const std::string type = options.text("--type");
  if (options.on("--questions")) {
    if (!type.empty() && type != "container")
      throw misuse("inspect --questions: only containers are supported");
    return inspect_each(options, container::diagnose);
  }
  if (type.empty()) return inspect_sized(options, any);
  const auto* const found = std::ranges::find(kinds, type, &object_kind::type);
  if (found == std::end(kinds)) throw not_supported("inspect --type " + type);
  return inspect_sized(options, found->inspect);
}

int inspect_containers(const arguments& words) {
  const std::string name = "container inspect";
  return inspect_sized(flags(name, {short_format_flag, size_flag}, words),
                       container::inspect);
}

int inspect_images(const arguments& words) {
  const std::string name = "image inspect";
  return inspect_each(flags(name, {short_format_flag}, words), image::inspect);
}

const command inspect_command({"inspect"},
                              {"show low-level information on objects as JSON",
                               "NAME|ID [NAME|ID...]", "zoomin inspect web",
                               "zoomin inspect -f '{{.State.Status}}' web"},
                              inspect);
const command of_containers({"container inspect"},
                            {"show detailed information on containers",
                             "CONTAINER [CONTAINER...]", "zoomin container inspect web",
                             "zoomin container inspect -f '{{.Id}}' web"},
                            inspect_containers);
const command of_images({"image inspect"},
                        {"show detailed information on images", "IMAGE [IMAGE...]",
                         "zoomin image inspect debian",
                         "zoomin image inspect -f '{{.Config.Cmd}}' debian"},
                        inspect_images);

}  // namespace

}  // namespace zoomin::cli
