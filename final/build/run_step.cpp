// SPDX-License-Identifier: MIT
#include "build/run_step.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <span>

#include "base/json.hpp"
#include "cgroup/container_group.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/runtime/init.hpp"
#include "container/runtime/make_config.hpp"
#include "container/runtime/mounts.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"

namespace zoomin::build {

using nlohmann::json;

namespace {

namespace fs = std::filesystem;

// Every build has the same host name, so that no layer contains this machine's.
constexpr auto host_name = "build";

container::container_spec spec_of(const run_request& request) {
  container::create_request create = container::create_request::parse(request.limits);
  create["Hostname"] = host_name;
  create["Entrypoint"] = request.command;
  create["Env"] = request.environment;
  create["HostConfig"]["NetworkMode"] = request.network;
  create["HostConfig"]["ExtraHosts"] = request.hosts;
  auto image = json::parse(request.image_config);
  for (const char* key : {"Volumes", "Healthcheck", "ExposedPorts"})
    image["config"].erase(key);
  return container::complete_request(create, "", base::json_text(image),
                                     [] { return std::string(); })
      .spec;
}

std::vector<mnt::mount_entry> mounts_of(const run_request& request,
                                        const container::container_spec& spec,
                                        const container::endpoints& network) {
  auto mounts = container::mounts_of(spec);
  container::add_hosts(mounts, spec, network.address(), network.gateway());
  mounts.insert(mounts.end(), request.mounts.begin(), request.mounts.end());
  return mounts;
}

// Passes on the output until the container's init has ended and the pipes are empty. A
// process that still holds a pipe doesn't keep the build waiting.
class output_pump {
 public:
  output_pump(container::outer_ends& ends, int pidfd, const base::cancellation& stop,
              const std::function<void(std::string_view)>& output)
      : stop_(stop),
        output_(output),
        polled_{{{ends.out.get(), POLLIN, 0},
                 {ends.err.get(), POLLIN, 0},
                 {pidfd, POLLIN, 0},
                 {stop.fd(), POLLIN, 0}}} {}

  void run() {
    while (true) {
      sys::check("poll", "the output", [&] { return wait(); });
      stop_.check();
      const bool ended = polled_[2].revents != 0;
      bool got = false;
      for (auto& pipe : std::span(polled_).first(2)) got = drain(pipe) || got;
      if (ended && !got) return;
    }
  }

 private:
  int wait() {
    int ready = 0;
    do ready = ::poll(polled_.data(), polled_.size(), -1);
    while (ready == -1 && errno == EINTR);
    return ready;
  }

  // Reads once, and passes on the bytes. Returns false if there were none.
  bool drain(pollfd& pipe) {
    if (pipe.fd < 0) return false;
    const auto got = ::read(pipe.fd, piece_.data(), piece_.size());
    if (got > 0) output_({piece_.data(), static_cast<std::size_t>(got)});
    if (got == 0) pipe.fd = -1;
    return got > 0;
  }

  const base::cancellation& stop_;
  const std::function<void(std::string_view)>& output_;
  std::array<pollfd, 4> polled_;
  std::array<char, 65536> piece_{};
};

// Returns the status of a file below `directory`, or nothing if it doesn't exist.
// Symbolic links are resolved within `directory`, because the command may have made links
// to paths of the host.
std::optional<struct stat> status_in(const std::string& directory,
                                     const std::string& path) {
  const auto root = sys::open(directory, O_PATH | O_DIRECTORY);
  struct stat info {};
  try {
    const auto file = sys::find_in_root(root.get(), path, O_PATH | O_NOFOLLOW);
    if (!file || ::fstat(file->get(), &info) == -1) return std::nullopt;
  } catch (const sys::error&) {  // a part of the path isn't a directory
    return std::nullopt;
  }
  return info;
}

bool is_whiteout(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == 0;
}

// Returns true if the layer, which lacks the path, hides it in the layers below: the
// deepest parent that it has isn't a directory.
bool hides(const std::string& layer, fs::path path) {
  while ((path = path.parent_path()).has_relative_path())
    if (const auto info = status_in(layer, path)) return !S_ISDIR(info->st_mode);
  return false;
}

// Knows the mount points that a container needs and the image lacks, which are made in
// the writable layer. remove() removes them again if they are still empty.
class mount_points {
 public:
  mount_points(const std::vector<mnt::mount_entry>& mounts, const new_layer& layer)
      : layer_(layer) {
    for (const auto& mount : mounts)
      for (fs::path path = mount.target; path.has_relative_path();
           path = path.parent_path())
        note(path);
  }

  void remove() const {
    for (const auto& path : missing_) remove_if_empty(path);
    for (const auto& path : changed_) remove_if_unchanged(path);
  }

 private:
  // Returns the status of the path in the topmost layer that has it, or nothing.
  [[nodiscard]] std::optional<struct stat> in_layers(const fs::path& path) const {
    const auto& layers = layer_.layers();
    for (auto i = layers.size(); i > 0; --i) {
      if (const auto info = status_in(layers[i - 1], path))
        return is_whiteout(*info) ? std::nullopt : info;
      if (hides(layers[i - 1], path)) return std::nullopt;
    }
    return std::nullopt;
  }

  void note(const fs::path& path) {
    if (!noted_.insert(path).second || in_layers(path)) return;
    missing_.push_back(path);
    const std::string parent = path.parent_path();
    if (in_layers(parent)) changed_.push_back(parent);
  }

  // Removes an empty directory or file from the writable layer.
  void remove_from_upper(const fs::path& path, int flags) const {
    const auto root = sys::open(layer_.upper(), O_PATH | O_DIRECTORY);
    if (const auto parent = sys::find_in_root(root.get(), path.parent_path(),
                                              O_PATH | O_DIRECTORY | O_NOFOLLOW))
      static_cast<void>(::unlinkat(parent->get(), path.filename().c_str(), flags));
  }

  void remove_if_empty(const std::string& path) const {
    const auto info = status_in(layer_.upper(), path);
    if (!info) return;
    if (S_ISDIR(info->st_mode)) remove_from_upper(path, AT_REMOVEDIR);
    if (S_ISREG(info->st_mode) && info->st_size == 0) remove_from_upper(path, 0);
  }

  // Removes a directory that is in the writable layer only because a mount point was made
  // in it.
  void remove_if_unchanged(const std::string& path) const {
    const auto now = status_in(layer_.upper(), path), below = in_layers(path);
    if (path == "/" || !now || !below) return;
    if (S_ISDIR(now->st_mode) && now->st_mode == below->st_mode &&
        now->st_uid == below->st_uid && now->st_gid == below->st_gid)
      remove_from_upper(path, AT_REMOVEDIR);
  }

  const new_layer& layer_;
  std::set<std::string> noted_;  // so that a common parent is looked up once
  std::vector<std::string> missing_, changed_;
};

// Starts the command. child::start() blocks signals, so that child::wait() can forward
// them to the command; those that end a build must still arrive here.
void start_with_signals(pid::child& child) {
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  child.start();
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace

int run_in_container(const run_request& request, const new_layer& layer,
                     const base::cancellation& stop,
                     const std::function<void(std::string_view)>& output) {
  const std::string id = container::new_id();
  auto spec = spec_of(request);
  container::prepare(spec.init_process);
  const container::shared_namespaces shared(spec);
  container::endpoints network(spec, id, "build-" + id.substr(0, 12));
  auto config = container::make_config(spec, id, shared, layer.layers(),
                                       mounts_of(request, spec, network));
  config.writable = layer.directory();
  const mount_points points(config.mounts, layer);
  auto group = cgroup::create(id, config.limits, config.cgroup_parent);
  auto pipes = container::make_pipes(false);
  const container::joined_namespaces joined(config);
  auto child =
      container::spawn_init(config, {group, layer.top(), joined, network}, pipes.second);
  start_with_signals(child);
  output_pump(pipes.first, child.pidfd(), stop, output).run();
  const int status = child.wait().status();
  network.leave();
  group.remove();
  points.remove();
  return status;
}

}  // namespace zoomin::build
