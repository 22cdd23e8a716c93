// SPDX-License-Identifier: MIT
// inspect_image: describes an image in the shape of Docker's API, for `image inspect`.
#include <set>

#include "base/json.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"

namespace zoomin::image {

using nlohmann::ordered_json;

namespace {

// Holds Docker's values for settings that an image's configuration omits.
constexpr const char* default_config = R"({
  "Hostname": "", "Domainname": "", "User": "", "Tty": false, "OpenStdin": false,
  "Env": null, "Cmd": null, "Volumes": null, "WorkingDir": "", "Entrypoint": null,
  "OnBuild": null, "Labels": null})";

std::string text_in(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string top_first(const std::vector<std::string>& layers) {
  std::string result;
  for (const auto& one : layers) result = one + (result.empty() ? "" : ":") + result;
  return result;
}

std::string inspect(const std::string& reference) {
  const resolved_image image = find(reference);
  const auto config =
      files::parse_json<ordered_json>(image.config, "the image's configuration");
  ordered_json names = ordered_json::array();
  std::set<std::string> digests;
  std::uint64_t size = 0;
  for (const auto& summary : list()) {
    if (summary.id != image.id) continue;
    size = summary.size_bytes;
    if (summary.repository.empty()) continue;
    if (!summary.tag.empty()) names.push_back(summary.repository + ":" + summary.tag);
    digests.insert(summary.repository + "@" + summary.digest);
  }
  auto settings = ordered_json::parse(default_config);
  settings.update(config.value("config", ordered_json::object()));
  const ordered_json shown{
      {"Id", image.id},
      {"RepoTags", names},
      {"RepoDigests", digests},
      {"Parent", ""},
      {"Comment", text_in(config, "comment")},
      {"Created", text_in(config, "created")},
      {"Author", text_in(config, "author")},
      {"Config", settings},
      {"Architecture", text_in(config, "architecture")},
      {"Os", text_in(config, "os")},
      {"Size", size},
      {"VirtualSize", size},
      {"GraphDriver",
       {{"Name", "overlay2"}, {"Data", {{"LowerDir", top_first(image.layers)}}}}},
      {"RootFS", {{"Type", "layers"}, {"Layers", config.at("rootfs").at("diff_ids")}}}};
  return files::json_text(shown);
}

}  // namespace zoomin::image
