// SPDX-License-Identifier: MIT
// network: the networks that users create. Each has its own bridge (steps/02-net), and
// names for its containers (dns_records.hpp).
//
// Each network is a file root_directory()/networks/NAME.json. The default network has no
// file; it is the network of step 2. Containers of different networks can't reach each
// other: each network's nftables table drops packets from elsewhere unless they are for a
// published port.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "02-net/net.hpp"
#include "common/error.hpp"
#include "common/fd.hpp"

namespace zoomin::network {

struct network {
  std::string name, id;  // 64 hexadecimal digits
  std::string created{};
  net::subnet pool{};  // prefix 0: a free subnet is chosen
  bool internal = false;
  std::optional<net::subnet> range{};  // of chosen addresses; empty: the whole pool
  std::map<std::string, std::string> labels{};
  std::string bridge{};  // empty: chosen
  // Returns the network as step 2 describes it. Its bridge stays in the kernel until the
  // network is removed, since creating it takes longer than starting a container.
  [[nodiscard]] net::network link() const {
    return {.name = bridge,
            .pool = pool,
            .internal = internal,
            .stays = true,
            .range = range};
  }
};

// Returns true for the names of Docker's predefined networks: "bridge" (or "default"),
// "host", "none".
bool is_built_in(const std::string& name);

// Takes the shared lock that prevents the removal of networks while a container is
// created.
unique_fd hold();

// Creates a network. Throws usage_error if the name is taken or the subnet isn't free.
network make(network network);
// Returns the networks that users created. Calls `on_damage` for each network whose file
// is damaged, and returns the others.
std::vector<network> all(const std::function<void(const usage_error&)>& on_damage = {});
network default_network();  // "bridge"
// Finds a network by its name, its id, or the beginning of its id, including the default
// network. Throws usage_error, "network X not found".
network find(const std::string& reference);

// Returns true if there is a network of this name, even if its file is damaged.
bool name_exists(const std::string& name);

// Removes the network, even if its file is damaged. Throws usage_error if `users`, called
// with the network's name, returns names of containers that use it. Also removes
// leftovers of killed commands.
void remove(const std::string& name,
            const std::function<std::vector<std::string>(const std::string&)>& users);
// Closes access from the host's 127.0.0.1 to networks whose rules another program removed
// from the kernel, and returns their names. The next container that starts restores the
// rules.
std::vector<std::string> close_unprotected();
// Removes the default network from the kernel; the next container creates it again.
// Returns false if a container uses it.
bool take_down_default();

}  // namespace zoomin::network
