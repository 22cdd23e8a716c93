// SPDX-License-Identifier: MIT
#include "docker/images.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <set>

#include "base/json.hpp"
#include "docker/units.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"

namespace zoomin::docker {

namespace {

using image::summary;

// Returns true if the image's name, with or without its tag, matches a pattern,
// fnmatch(3).
bool matches_pattern(const summary& summary, const std::string& pattern) {
  if (summary.repository.empty()) return false;
  const std::string tagged = summary.repository + ":" + summary.tag;
  return ::fnmatch(pattern.c_str(), summary.repository.c_str(), FNM_PATHNAME) == 0 ||
         ::fnmatch(pattern.c_str(), tagged.c_str(), FNM_PATHNAME) == 0;
}

bool matches_name(const summary& summary, const std::string& text) {
  if (summary.repository.empty()) return false;
  if (text.find_first_of("*?[") != std::string::npos)
    return matches_pattern(summary, text);
  if (const auto digested = image::parse_digested(text))
    return summary.repository == digested->repository &&
           summary.digest == digested->digest;
  const auto reference = image::parse_reference(text);
  return summary.repository == reference.repository &&
         (!image::has_tag(text) || summary.tag == reference.tag);
}

std::int64_t creation_seconds(const std::string& image) {
  const auto config = image::parse_configuration(image::find(image).config);
  return image::parse_time(config.created);
}

bool matches_filter(const summary& summary, std::string_view key,
                    const std::string& value) {
  if (key == "reference") return matches_pattern(summary, value);
  if (key == "dangling") return parse_truth(value) == summary.tag.empty();
  if (key == "before") return summary.created < creation_seconds(value);
  if (key == "since") return summary.created > creation_seconds(value);
  return has_label(image_labels(summary.id), value);
}

struct image_row {
  summary image;
  std::int64_t now;
  bool no_trunc;
};

constexpr column<image_row> image_columns[]{
    {"Repository", "REPOSITORY", [](auto& r) { return or_none(r.image.repository); }},
    {"Tag", "TAG", [](auto& r) { return or_none(r.image.tag); }},
    {"Digest", "DIGEST", [](auto& r) { return or_none(r.image.digest); }},
    {"ID", "IMAGE ID", [](auto& r) { return id_text(r.image.id, r.no_trunc); }},
    {"CreatedSince", "CREATED", [](auto& r) { return ago_text(r.image.created, r.now); }},
    {"CreatedAt", "CREATED AT", [](auto& r) { return date_text(r.image.created); }},
    {"Size", "SIZE", [](auto& r) { return size_text(r.image.size_bytes); }}};

constexpr std::size_t max_command = 45;  // characters

struct step_row {
  image::step step;
  std::int64_t now;
  bool no_trunc, human;
  std::string shared_with;
};

// Returns the names of the images except the image with this id: "debian:12, web:1".
std::string names_of_others(const image::names_and_ids& images,
                            const std::string& own_id) {
  std::vector<std::string> names;
  for (const auto& [name, id] : images)
    if (id != own_id) names.push_back(name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string command_text(const step_row& row) {
  std::string text = row.step.created_by;
  std::ranges::replace(text, '\t', ' ');
  return row.no_trunc ? text : shortened(text, max_command);
}

std::string step_id_text(const step_row& row) {
  return row.step.id.empty() ? "<missing>" : id_text(row.step.id, row.no_trunc);
}

std::string step_size_text(const step_row& row) {
  const auto bytes = row.step.size_bytes;
  return row.human ? size_text(bytes) : std::to_string(bytes);
}

std::string time_text(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

constexpr column<step_row> step_columns[]{
    {"ID", "IMAGE", [](auto& r) { return step_id_text(r); }},
    {"CreatedSince", "CREATED", [](auto& r) { return ago_text(r.step.created, r.now); }},
    {"CreatedAt", "CREATED AT", [](auto& r) { return time_text(r.step.created); }},
    {"CreatedBy", "CREATED BY", [](auto& r) { return command_text(r); }},
    {"Size", "SIZE", [](auto& r) { return step_size_text(r); }},
    {"Comment", "COMMENT", [](auto& r) { return r.step.comment; }},
    {"SharedWith", "SHARED WITH", [](auto& r) { return r.shared_with; }}};

// Holds Docker's values for settings that an image's configuration omits.
constexpr const char* default_config = R"({
  "Hostname": "", "Domainname": "", "User": "", "Tty": false, "OpenStdin": false,
  "Env": null, "Cmd": null, "Volumes": null, "WorkingDir": "", "Entrypoint": null,
  "OnBuild": null, "Labels": null})";

}  // namespace

std::vector<summary> list_images(const image_query& query, const on_damage& report) {
  auto images = image::list(report);
  if (!query.name.empty())
    std::erase_if(images,
                  [&](const summary& image) { return !matches_name(image, query.name); });
  const filters filter(query.filters,
                       {"reference", "dangling", "before", "since", "label"});
  for (const auto* key : {"before", "since"})
    for (const auto& value : filter.values(key)) image::find(value);
  std::erase_if(images, [&](const summary& image) {
    return !filter.pass(
        [&](auto key, auto& value) { return matches_filter(image, key, value); });
  });
  return images;
}

listing image_listing(const std::vector<summary>& images, bool no_trunc) {
  std::vector<image_row> rows;
  const std::int64_t now = ::time(nullptr);
  for (const auto& image : images) rows.push_back({image, now, no_trunc});
  return listing_of(image_columns, rows);
}

std::string inspect_image(const std::string& reference) {
  const image::resolved_image found = image::find(reference);
  const auto config = base::parse_json<json>(found.config, "the image's configuration");
  json names = json::array();
  std::set<std::string> digests;
  std::uint64_t size = 0;
  for (const auto& summary : image::list()) {
    if (summary.id != found.id) continue;
    size = summary.size_bytes;
    if (summary.repository.empty()) continue;
    if (!summary.tag.empty()) names.push_back(summary.repository + ":" + summary.tag);
    digests.insert(summary.repository + "@" + summary.digest);
  }
  auto settings = json::parse(default_config);
  const auto own_settings = base::value(config, "config", json(json::object()));
  for (const auto& [key, value] : own_settings.items())
    if (!value.is_null()) settings[key] = value;
  const json shown{
      {"Id", found.id},
      {"RepoTags", names},
      {"RepoDigests", digests},
      {"Parent", ""},
      {"Comment", base::text_in(config, "comment")},
      {"Created", base::text_in(config, "created")},
      {"Author", base::text_in(config, "author")},
      {"Config", settings},
      {"Architecture", base::text_in(config, "architecture")},
      {"Os", base::text_in(config, "os")},
      {"Size", size},
      {"VirtualSize", size},
      {"GraphDriver",
       {{"Name", "overlay2"}, {"Data", {{"LowerDir", image::top_first(found.layers)}}}}},
      {"RootFS", {{"Type", "layers"}, {"Layers", config.at("rootfs").at("diff_ids")}}}};
  return base::json_text(shown);
}

label_map image_labels(const std::string& reference) {
  const auto image = base::parse_own<json>(inspect_image(reference), reference);
  const auto& labels = image.at("Config").at("Labels");
  return labels.is_object() ? labels.get<label_map>() : label_map();
}

listing history_listing(const std::string& reference, bool no_trunc, bool human) {
  std::vector<step_row> rows;
  const std::int64_t now = ::time(nullptr);
  const auto users = image::layer_users();
  const auto steps = image::history(reference);
  for (const auto& step : steps) {
    rows.push_back({step, now, no_trunc, human, {}});
    if (const auto found = users.find(step.layer); found != users.end())
      rows.back().shared_with = names_of_others(found->second, steps.front().id);
  }
  return listing_of(step_columns, rows);
}

}  // namespace zoomin::docker
