// SPDX-License-Identifier: MIT
// network: the networks that users make. Each has its own bridge (steps/02-net), and
// names for its containers (dns_records.hpp).
//
// Each network is a file root_directory()/networks/NAME.json. The default network has
// none: it is step 2's own. Containers of different networks don't reach each other: each
// network's table drops packets from elsewhere that aren't for a published port.
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
  std::optional<net::subnet>
      range{};  // addresses are chosen from it; empty: from the pool
  std::map<std::string, std::string> labels{};
  std::string bridge{};  // empty: chosen
  // Returns the network as step 2 describes it. It stays in the kernel until it is
  // removed, since making it takes longer than starting a container.
  [[nodiscard]] net::network link() const {
    return {.name = bridge,
            .pool = pool,
            .internal = internal,
            .stays = true,
            .range = range};
  }
};

// Returns whether this is a name of Docker's predefined networks: "bridge" (or
// "default"), "host", "none".
bool is_built_in(const std::string& name);

// Takes the shared lock that prevents the removal of networks while a container is made.
unique_fd hold();

// Makes a network. Throws usage_error if the name is taken or the subnet isn't free.
network make(network network);
// Returns the networks that users made. `on_damage` is called for each file that can't be
// read as a network; such a file hides no other network.
std::vector<network> all(const std::function<void(const usage_error&)>& on_damage = {});
network default_network();  // "bridge"
// Finds a network by its name, its id, or the beginning of its id, including the default
// network. Throws usage_error, "network X not found".
network find(const std::string& reference);

// Returns whether there is a network of this name, even if its file is damaged.
bool is_named(const std::string& name);

// Removes the network, even if its file is damaged. Throws usage_error if `users`, called
// with the network's name, returns names of containers that use it. Also removes what
// killed commands left.
void remove(const std::string& name,
            const std::function<std::vector<std::string>(const std::string&)>& users);
// Closes access from the host's 127.0.0.1 to networks whose rules another program removed
// from the kernel, and returns their names. The next container that starts restores the
// rules.
std::vector<std::string> close_unprotected();
// Removes the default network from the kernel; the next container makes it again. Returns
// false if a container uses it.
bool take_down_default();

}  // namespace zoomin::network
