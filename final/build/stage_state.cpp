// SPDX-License-Identifier: MIT
#include "build/stage_state.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/events.hpp"
#include "base/json.hpp"
#include "image/archive/config_instructions.hpp"
#include "image/archive/staging.hpp"
#include "image/archive/transaction.hpp"
#include "image/image.hpp"
#include "image/resolve.hpp"

namespace zoomin::build {

using nlohmann::json;

std::vector<std::string> stage_state::trees() const {
  std::vector<std::string> trees;
  for (const auto& layer : layers) trees.push_back(image::layer_tree(layer.diff_id));
  return trees;
}

std::string stage_state::diff_ids() const {
  std::string text;
  for (const auto& layer : layers) text += layer.diff_id + "\n";
  return text;
}

image::variables stage_state::lookup() const {
  return [environment = image::lookup_in(image::list_in(config, "Env")),
          known = arguments](const std::string& name) -> std::optional<std::string> {
    if (auto value = environment(name)) return value;
    const auto found = known.find(name);
    if (found == known.end()) return std::nullopt;
    return found->second;
  };
}

std::vector<std::string> stage_state::argument_environment() const {
  const auto environment = image::lookup_in(image::list_in(config, "Env"));
  std::vector<std::string> result;
  for (const auto& [name, value] : arguments)
    if (!environment(name)) result.push_back(name + "=" + value);
  return result;
}

std::string stage_state::document() const {
  json diff_ids = json::array();
  for (const auto& layer : layers) diff_ids.push_back(layer.diff_id);
  json document{{"created", created},
                {"architecture", image::architecture()},
                {"os", "linux"},
                {"config", config},
                {"rootfs", {{"type", "layers"}, {"diff_ids", diff_ids}}},
                {"history", history}};
  if (!author.empty()) document["author"] = author;
  return base::shown_json(document);
}

void stage_state::apply(const image::cached_step& step, const std::string& comment) {
  key = step.key;
  created = step.created;
  if (step.has_layer()) layers.push_back({step.blob, step.diff_id});
  json entry{{"created", step.created}, {"created_by", step.instruction}};
  if (!comment.empty()) entry["comment"] = comment;
  if (!step.has_layer()) entry["empty_layer"] = true;
  history.push_back(std::move(entry));
}

std::string to_text(const stage_state& state) {
  json layers = json::array();
  for (const auto& [blob, diff_id] : state.layers)
    layers.push_back({blob.media_type, blob.digest, blob.size, diff_id});
  return base::json_text(json{{"key", state.key},
                              {"created", state.created},
                              {"author", state.author},
                              {"layers", layers},
                              {"config", state.config},
                              {"history", state.history},
                              {"arguments", state.arguments},
                              {"has_own_command", state.has_own_command}});
}

stage_state parse_state(const std::string& text) {
  const auto from = base::parse_own<json>(text, "a stage's state");
  stage_state state{.key = from.at("key"), .created = from.at("created"), .layers = {}};
  state.author = from.at("author");
  for (const auto& layer : from.at("layers"))
    state.layers.push_back({{layer.at(0), layer.at(1), layer.at(2)}, layer.at(3)});
  state.config = from.at("config");
  state.history = from.at("history");
  state.arguments = from.at("arguments");
  state.has_own_command = from.at("has_own_command");
  return state;
}

// An image without a base has a PATH, as with docker.
stage_state from_scratch() {
  stage_state state{.key = "scratch", .created = {}, .layers = {}};
  state.config["Env"] = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  return state;
}

stage_state from_image(const std::string& reference) {
  const auto found = image::resolve(image::read_index(), reference);
  const auto configuration = image::read_configuration(found);
  image::find(reference);  // throws if a layer is gone
  const auto document = base::parse_json(configuration.text, "the configuration");
  stage_state state{.key = found.id(), .created = configuration.created, .layers = {}};
  for (std::size_t i = 0; i < configuration.diff_ids.size(); ++i)
    state.layers.push_back({found.documents.layers.at(i), configuration.diff_ids[i]});
  state.author = base::text_in(document, "author");
  state.config = document.value("config", json::object());
  if (state.config.is_null()) state.config = json::object();
  state.history = document.value("history", json::array());
  return state;
}

std::string store_image(const stage_state& state, const std::vector<std::string>& names) {
  image::staging files;
  image::transaction store;
  const auto document = files.add_text(state.document());
  image::manifest made{
      {"application/vnd.oci.image.config.v1+json", document.digest, document.size}, {}};
  for (const auto& layer : state.layers) made.layers.push_back(layer.blob);
  const auto top = files.add_text(image::manifest_text(made));
  store.add_blob(document);
  store.add_blob(top);
  store.add_image({"", top.digest, top.size}, names);
  store.commit();
  for (const auto& name : names)
    base::emit({"image", "tag", document.digest, {{"name", name}}});
  return document.digest;
}

std::string time_text(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

}  // namespace zoomin::build
