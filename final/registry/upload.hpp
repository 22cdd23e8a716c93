// SPDX-License-Identifier: MIT
// upload: sends a blob to a registry in pieces: distribution-spec, "Pushing blobs".
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "image/store.hpp"
#include "registry/session.hpp"

namespace zoomin::registry {

// How the registry got a blob.
enum class blob_state { there, mounted, sent };

// Sends a stored blob to the repository, unless it is there. If `mount_from`, another
// repository of the registry, has the blob, it is mounted from there and no byte is sent.
// `moved` is called with the number of bytes sent so far. Throws usage_error,
// http_failure.
blob_state upload(session& to, connection& over, const std::string& repository,
                  const image::descriptor& blob, const std::string& mount_from,
                  const std::function<void(std::uint64_t)>& moved);

}  // namespace zoomin::registry
