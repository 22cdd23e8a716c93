// SPDX-License-Identifier: MIT
// spec: the settings of a container as the user requested them: container.json, in the
// shape of the create request of Docker's Engine API, which `inspect` shows as Config and
// HostConfig.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "02-net/address.hpp"
#include "cgroup/resources.hpp"
#include "container/spec/health_check.hpp"
#include "container/spec/log_config.hpp"
#include "container/spec/process.hpp"
#include "container/spec/restart_policy.hpp"
#include "network/ports.hpp"

namespace zoomin::container {

struct requested_mount {
  enum class kind { bind, volume, tmpfs };
  kind type = kind::bind;
  std::string source{};  // a path on the host, or a volume's name
  std::string target{};
  bool read_only = false;
  bool makes_source = false;  // --volume: a missing path on the host is created
  bool fills = true;          // the image's files are copied into a new volume
  std::string propagation{};  // for a bind: "rslave", "rshared"; empty: private
  bool anonymous = false;     // removed with the container
  unsigned long flags = 0;    // for a tmpfs, mount(2)
  std::string options{};      // for a tmpfs: "size=64m,mode=1777"
};

// As an address, stands for the bridge's address.
constexpr std::string_view host_gateway = "host-gateway";
struct host_entry {
  std::string name, address;
};
// A --link is stored as a host_entry, whose address is "link:ID" until the start.
constexpr std::string_view link_prefix = "link:";
// Splits "NAME:ALIAS". For "NAME" alone, the alias is the name.
std::pair<std::string, std::string> split_link(const std::string& text);
// Returns the entry for a link. Throws usage_error.
host_entry parse_link(const std::string& text);
// Settings for resolv.conf(5). An empty list keeps the host's.
struct resolv_conf {
  std::vector<std::string> servers{}, search{}, options{};
};

// Convert the name of a network from container.json to Docker's and back. Only the
// default network's names differ: "default" in container.json, and Docker's "bridge".
std::string network_for_docker(const std::string& network);
std::string network_from_docker(const std::string& name);

// A container's connection to a bridge network.
struct attachment {
  std::string network;
  std::vector<std::string> aliases{};  // further DNS names; only on user networks
  std::optional<net::address> address{};
  std::string hardware{};  // empty: derived from the address

  [[nodiscard]] bool has_names() const { return network != "default"; }
};

struct device {
  std::string host_path, container_path, access;  // "rwm"
};

// Selects a namespace: the host's, another container's, or (is_private()) a new one.
struct namespace_choice {
  bool with_host = false;
  std::string with_container{};  // its id
  [[nodiscard]] bool is_private() const { return !with_host && with_container.empty(); }
};
struct sharing {
  namespace_choice pid{}, ipc{}, uts{}, cgroup{};
};

// Returns ID for the mode "container:ID"; empty for any other mode.
constexpr std::string_view of_container = "container:";
std::string container_in(const std::string& mode);

struct container_spec {
  std::string image;     // as the user named it
  std::string image_id;  // "sha256:…"
  std::string hostname;
  process init_process;  // becomes PID 1
  std::map<std::string, std::string> labels;
  std::vector<requested_mount> mounts;
  std::uint64_t shm_bytes = 64ULL << 20;
  std::vector<network::port_binding> ports;
  // "none", "host", "container:ID", or the name of the first bridge network, which has
  // the published ports.
  std::string network = "default";
  std::vector<attachment> networks;
  std::vector<host_entry> hosts;
  resolv_conf names;
  cgroup::resources limits;
  std::string cgroup_parent;
  std::vector<std::string> exposed;  // "80/tcp"
  bool privileged = false;
  bool masks = true;  // hides parts of /proc and /sys
  std::vector<device> devices;
  std::vector<security::device_rule> device_rules;
  std::vector<std::pair<std::string, std::string>> sysctls;
  std::vector<std::pair<std::string, std::string>> annotations;  // for config.json
  sharing shares;
  bool shared_memory = true;  // mounts /dev/shm
  bool read_only = false;
  bool init = false;
  bool remove = false;  // --rm
  int stop_signal = 15;
  unsigned stop_timeout_s = 10;
  restart_policy restart;
  health_check health;
  log_config log;
  [[nodiscard]] bool on_bridge() const { return !networks.empty(); }
  // Returns the container's hardware address on a network, on which its address is `own`.
  [[nodiscard]] std::string hardware_on(const std::string& network_name,
                                        net::address own) const;
  [[nodiscard]] bool is_on(const std::string& network_name) const {
    return std::ranges::find(networks, network_name, &attachment::network) !=
           networks.end();
  }
  // Returns true if the container is on a user network, which has DNS names.
  [[nodiscard]] bool on_user_network() const {
    return std::ranges::any_of(networks, &attachment::has_names);
  }
  [[nodiscard]] bool has_own_network() const {
    return network != "host" && container_in(network).empty();
  }
};

// A create request in the shape of Docker's Engine API. It stays in memory: it is written
// once, as container.json.
using create_request = nlohmann::ordered_json;

// The text of container.json, and the spec that it contains.
struct stored_spec {
  std::string text;
  container_spec spec;
};

// Completes a create request with the image's configuration, and checks it. `new_name`
// returns a name for an anonymous volume. Throws usage_error.
stored_spec complete_request(const create_request& request, const std::string& image_id,
                             const std::string& image_config,
                             const std::function<std::string()>& new_name);

// Reads container.json. Throws usage_error if it is damaged.
container_spec parse_spec(const std::string& container_json);
// Does the same for a start: also throws usage_error if this machine lacks what the
// container needs.
container_spec parse_spec_for_start(const std::string& container_json);

// Returns container.json with the values of `host_config` (JSON text) in its HostConfig,
// checked. As with Docker, 0 and "" change nothing. Throws usage_error, also if this
// machine lacks what a new value needs.
stored_spec with_host_config(const std::string& container_json,
                             const std::string& host_config);

// Return container.json with a bridge network added or removed. Throw usage_error if the
// container is already on the network, or isn't on it, or if it uses the network of the
// host or of another container.
stored_spec with_network(const std::string& container_json, const attachment& added);
stored_spec without_network(const std::string& container_json,
                            const std::string& network);

// Convert an attachment to JSON text and back, for requests to the monitor.
std::string text_of(const attachment& attachment);
attachment parse_attachment(const std::string& json_text);

// Parses "/HOST/PATH:/PATH[:ro]" or "NAME:/PATH[:ro,nocopy]". Throws usage_error.
requested_mount parse_volume(const std::string& text);

// Parses "TERM", "sigterm", "15" or "SIGRTMIN+3". Throws usage_error.
int parse_signal(const std::string& text);

}  // namespace zoomin::container
