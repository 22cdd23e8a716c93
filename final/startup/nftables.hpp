// SPDX-License-Identifier: MIT
// nftables: libnftables is loaded by its first use.
#pragma once

namespace zoomin::startup {

// For who waits long for the next one: gives back its 5 MB.
void unload_nftables();

}  // namespace zoomin::startup
