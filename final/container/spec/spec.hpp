// SPDX-License-Identifier: MIT
// spec: what the user asked a container to be: container.json, in the shape of the
// create request of Docker's Engine API (and so of what `inspect` prints as Config and
// HostConfig).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/ports.hpp"
#include "04-cgroups/limits.hpp"
#include "container/spec/health_check.hpp"
#include "container/spec/log_limits.hpp"
#include "container/spec/process.hpp"
#include "container/spec/restart_policy.hpp"
#include "network/port_proxy.hpp"

namespace zoomin::container {

struct requested_mount {
  enum class kind { bind, volume, tmpfs };
  kind type = kind::bind;
  std::string source{};  // a path of the host's, or a volume's name
  std::string target{};
  bool read_only = false;
  bool makes_source = false;  // --volume: a path that isn't there is made
  bool fills = true;          // a new volume takes over what the image has there
  std::string propagation{};  // of a bind: "rslave", "rshared"; empty: private
  bool anonymous = false;     // it goes with the container
  unsigned long flags = 0;    // of a tmpfs, mount(2)
  std::string options{};      // the same: "size=64m,mode=1777"
};

constexpr std::string_view host_gateway = "host-gateway";  // the bridge's own address
struct host_entry {
  std::string name, address;
};
// A --link is such an entry, with the address "link:ID" until the container starts.
constexpr std::string_view link_prefix = "link:";
// Splits "NAME:ALIAS"; the alias of "NAME" alone is the name.
std::pair<std::string, std::string> split_link(const std::string& text);
// Returns the entry for a link. Throws usage_error.
host_entry parse_link(const std::string& text);
// resolv.conf(5); what is empty is the host's.
struct resolv_conf {
  std::vector<std::string> servers{}, search{}, options{};
};

// The default network: Docker's "bridge" to users, "default" in container.json.
std::string network_for_docker(const std::string& network);
std::string network_from_docker(const std::string& shown);

// A bridge's network that a container is on.
struct attachment {
  std::string network;
  std::vector<std::string> aliases{};  // beside its name, on a user's network
  std::optional<net::address> address{};
  std::string hardware{};  // empty: one made of the address

  [[nodiscard]] bool has_names() const { return network != "default"; }
};

struct device {
  std::string host_path, container_path, access;  // "rwm"
};

// Whose a namespace is: the host's, another container's (its id), or its own.
struct namespace_choice {
  bool with_host = false;
  std::string with{};
  [[nodiscard]] bool none() const { return !with_host && with.empty(); }
};
struct sharing {
  namespace_choice pid{}, ipc{}, uts{}, cgroup{};
};

// "container:ID" in a mode: ID; empty of another mode.
constexpr std::string_view of_container = "container:";
std::string container_in(const std::string& mode);

struct container_spec {
  std::string image;     // as it was named
  std::string image_id;  // "sha256:…"
  std::string hostname;
  process first;  // what becomes PID 1
  std::map<std::string, std::string> labels;
  std::vector<requested_mount> mounts;
  std::uint64_t shm_bytes = 0;
  std::vector<net::published_port> ports;  // host_port 0: a free one
  std::vector<network::proxied_port> relayed;
  // "none", "host", "container:ID", or its bridges' networks, of which the first has the
  // published ports.
  std::string network = "default";
  std::vector<attachment> networks;
  std::vector<host_entry> hosts;
  resolv_conf names;
  cgroup::limits limits;
  std::string cgroup_parent;
  std::vector<std::string> exposed;  // "80/tcp": what it says that it listens at
  bool privileged = false;
  bool masks = true;  // of /proc and /sys
  std::vector<device> devices;
  std::vector<security::device_rule> device_rules;
  std::vector<std::pair<std::string, std::string>> sysctls;
  std::vector<std::pair<std::string, std::string>> annotations;  // for config.json
  sharing shares;
  bool shared_memory = true;  // a /dev/shm
  bool read_only = false;
  bool init = false;
  bool remove = false;  // when it has ended
  int stop_signal = 15;
  unsigned stop_timeout_s = 10;
  restart_policy restart;
  health_check health;
  bool keeps_log = true;
  log_limits log;
  [[nodiscard]] bool on_bridge() const { return !networks.empty(); }
  // Its hardware address on a network where it has `own`.
  [[nodiscard]] std::string hardware_on(const std::string& text, net::address own) const;
  [[nodiscard]] bool is_on(const std::string& text) const {
    return std::ranges::find(networks, text, &attachment::network) != networks.end();
  }
  // With names of its own.
  [[nodiscard]] bool on_user_network() const {
    return std::ranges::any_of(networks, &attachment::has_names);
  }
  [[nodiscard]] bool has_own_network() const {
    return network != "host" && container_in(network).empty();
  }
};

// What `run` gives (JSON text), completed by the image's configuration and checked.
// `new_name`: for a volume that nobody named. Throws usage_error, which names what can't
// be. The result is container.json's content.
std::string complete(const std::string& request, const std::string& image_id,
                     const std::string& image_config,
                     const std::function<std::string()>& new_name);

container_spec parse_spec(const std::string& container_json);

// container.json with other words in its HostConfig (JSON text), checked. Throws
// usage_error.
std::string changed(const std::string& container_json, const std::string& host_config);

// container.json with one network more, or less, of its bridges'. Throws usage_error
// where it is on it already, or isn't on it, or its network is the host's or another's.
std::string connected(const std::string& container_json, const attachment& added);
std::string disconnected(const std::string& container_json, const std::string& network);

// As it is written there, and on its way to the container's owner.
std::string text_of(const attachment& attachment);
attachment parse_attachment(const std::string& json_text);

// "/HOST/PATH:/PATH[:ro]", "NAME:/PATH[:ro,nocopy]"; throws usage_error.
requested_mount parse_volume(const std::string& text);

// Parses "TERM", "sigterm", "15" or "SIGRTMIN+3". Throws usage_error.
int parse_signal(const std::string& text);

}  // namespace zoomin::container
