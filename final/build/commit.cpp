// SPDX-License-Identifier: MIT
#include "build/commit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <ctime>
#include <set>

#include "base/events.hpp"
#include "base/json.hpp"
#include "build/new_layer.hpp"
#include "build/stage_state.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "image/archive/config_instructions.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"

namespace zoomin::build {

using nlohmann::json;

namespace {

// While it lives, a running container stays frozen, and a stopped one can't be started.
class held_container {
 public:
  held_container(const std::string& id, bool pauses) : id_(id) {
    const auto now = container::reconcile(id);
    if (!container::is_alive(now)) {
      lock_ = container::try_lock(id);
    } else if (pauses && !now.paused) {
      container::begin_pause(id, true).finish();
      paused_ = true;
    }
  }
  held_container(const held_container&) = delete;
  held_container& operator=(const held_container&) = delete;
  ~held_container() {
    if (!paused_) return;
    try {
      container::begin_pause(id_, false).finish();
    } catch (const std::exception&) {  // the container has just ended
    }
  }

 private:
  std::string id_;
  std::optional<unique_fd> lock_;
  bool paused_ = false;
};

// Returns the configuration of the new image: the old image's, with the settings of the
// container.
json config_of(const json& image_config, const json& container_json) {
  json config = image_config;
  for (const char* key : {"Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck",
                          "Labels", "StopSignal", "User", "Volumes", "WorkingDir"}) {
    const auto found = container_json.find(key);
    if (found != container_json.end() && !found->empty() && *found != json(""))
      config[key] = *found;
  }
  return config;
}

std::string command_of(const json& container_json) {
  auto words = image::list_in(container_json, "Entrypoint");
  for (auto& word : image::list_in(container_json, "Cmd")) words.push_back(word);
  return fmt::format("{}", fmt::join(words, " "));
}

void apply(json& config, const std::vector<std::string>& changes) {
  for (const auto& line : changes) try {
      image::change(config, line);
    } catch (const usage_error& refused) {
      throw usage_error(fmt::format("--change {}: {}", sys::quote(line), refused.what()),
                        refused.hint());
    }
}

}  // namespace

std::string commit(const commit_options& options) {
  std::vector<std::string> names;
  if (!options.name.empty()) names.push_back(image::parse_reference(options.name).text());
  const std::string id = container::find(options.container);
  const std::string text = container::container_json(id);
  const auto spec_json = base::parse_own<json>(text, "container.json");
  const unique_fd use = image::hold();
  stage_state state = from_image(container::parse_spec(text).image_id);
  state.config = config_of(state.config, spec_json);
  apply(state.config, options.changes);

  image::staging files;
  image::cached_step step{.key = {},
                          .created = time_text(options.epoch.value_or(::time(nullptr))),
                          .instruction = command_of(spec_json)};
  const std::string upper = container::directory_of(id) + "/layer/upper";
  {
    const held_container held(id, options.pauses);
    if (sys::exists(upper))  // the container was started at least once
      if (const auto layer = store_copy(
              upper, state.trees(), container::mount_targets(id), options.epoch, files)) {
        step.blob = layer->blob;
        step.diff_id = layer->diff_id;
      }
  }
  state.apply(step, options.message);
  state.author = options.author;
  const std::string image_id = store_image(state, names);
  base::emit({"container", "commit", id, {{"imageID", image_id}}});
  return image_id;
}

}  // namespace zoomin::build
