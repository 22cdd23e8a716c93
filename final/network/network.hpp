// SPDX-License-Identifier: MIT
// network: the networks that users make: each a bridge of its own (steps/02-net), with
// names for its containers (names.hpp).
//
// root_directory()/networks/NAME.json. The default one is made of nothing: step 2's own.
// Containers of two networks don't reach each other: each network's table drops what
// comes from elsewhere and isn't for a published port.
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
  net::subnet pool{};  // where it is of prefix 0, a free one is chosen
  bool internal = false;
  std::optional<net::subnet> range{};  // where addresses are chosen from
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

// Docker's words for what isn't made: "bridge" (or "default"), "host", "none".
bool is_built_in(const std::string& name);

// Shared, for who makes a container: no network is removed meanwhile.
unique_fd hold();

// Makes it, or throws usage_error where the name is taken or the subnet isn't free.
network make(network wanted);
// Returns the networks that users made. `on_damage` is called for each file that can't be
// read as a network; such a file hides no other network.
std::vector<network> all(const std::function<void(const usage_error&)>& on_damage = {});
network default_network();  // "bridge"
// By name, id, or the beginning of one; the usual one too. Throws usage_error, "network X
// not found".
network find(const std::string& reference);

// Tells whether there is a network of this name, even if its file is damaged.
bool is_named(const std::string& name);

// Removes the network, damaged or not, unless `users` (of a network's name) says that it
// is used; throws usage_error, which names them. Also removes what killed commands left.
void remove(const std::string& name,
            const std::function<std::vector<std::string>(const std::string&)>& users);
// Returns the names of the networks whose rules another program took out of the kernel.
// Their access from the host's 127.0.0.1 is closed; the next container that starts
// restores all.
std::vector<std::string> without_rules();
// Removes the default network from the kernel; the next container makes it again. Returns
// false where a container uses it.
bool take_down_default();

}  // namespace zoomin::network
