// SPDX-License-Identifier: MIT
#include "registry/pull.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/events.hpp"
#include "base/parallel.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"
#include "image/archive/candidate.hpp"
#include "image/archive/digest.hpp"
#include "image/archive/layer.hpp"
#include "image/gc.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"
#include "registry/download.hpp"
#include "registry/manifest.hpp"
#include "registry/remote.hpp"
#include "registry/session.hpp"
#include "registry/workers.hpp"

namespace zoomin::registry {

namespace {

// Limits the decompressed bytes of a layer, so that a small download can't fill the disk.
// Layers usually shrink to a half or a third; zeros shrink to a thousandth.
std::uint64_t max_bytes(std::uint64_t compressed) {
  return (256UL << 20) + 200 * compressed;
}

// Holds the state of a pull.
struct work {
  remote_name remote;
  std::string repository;  // as the store writes it: "web"
  session& from;
  observer& watching;
  const base::cancellation& stop;
  image::candidate image{};
  image::manifest documents{};
  std::vector<std::string> diff_ids{};
  std::mutex mutex{};  // for `result`
  pulled result{};
};

bool has_blob(const std::string& digest) { return sys::exists(image::blob_path(digest)); }

void report_existing(work& on, std::size_t number) {
  on.watching.not_requested(number, "it is in the store");
  on.watching.ended(number, "Already exists");
  const std::lock_guard counting(on.mutex);
  ++on.result.layers_existing;
}

// Fetches the blob and unpacks it while it arrives. If a layer with another compression
// has the same files, the blob is only verified and stored.
void fetch_layer(work& on, std::size_t number, connection& connection,
                 image::staging& files) {
  const auto& blob = on.documents.layers[number];
  download body(on.from, connection, on.remote.repository, blob);
  std::uint64_t received = 0;
  const auto file = files.add([&](const image::staging::sink& to) {
    const image::byte_source arriving = [&](std::span<char> into) {
      const auto size = body.read(into);
      to(into.first(size));
      on.watching.moved(number, received += size);
      return size;
    };
    image::unpack_layer(arriving, "layer " + blob.digest, on.diff_ids[number],
                        max_bytes(blob.size));
  });
  if (file.digest != blob.digest)
    throw usage_error(
        fmt::format("layer {}: the registry sent a layer with the digest {}", blob.digest,
                    file.digest));
  image::staging::keep(file);
  const std::lock_guard lock(on.mutex);
  on.result.fetched += blob.size;
}

// Waits for the layer's lock. Another command may hold it for as long as a download
// takes.
unique_fd lock_layer(const std::string& diff_id, const connection& waiting) {
  unique_fd lock = image::open_layer_lock(diff_id);
  while (!sys::try_lock(lock.get())) waiting.pause(std::chrono::milliseconds(50));
  return lock;
}

void add_layer(work& on, std::size_t number, connection& connection,
               image::staging& files) {
  const auto& blob = on.documents.layers[number];
  const std::string& diff_id = on.diff_ids[number];
  const unique_fd lock = lock_layer(diff_id, connection);
  if (!has_blob(blob.digest)) {
    fetch_layer(on, number, connection, files);
    on.watching.ended(number, "Pull complete");
    return;
  }
  if (!sys::exists(image::layer_tree(diff_id))) {
    const auto path = image::blob_path(blob.digest);
    const unique_fd file = sys::open(path, O_RDONLY);
    image::unpack_layer(image::bytes_from(file.get(), path), "layer " + blob.digest,
                        diff_id);
  }
  report_existing(on, number);
}

// Reads the documents of the image from the store, or from the registry if they are
// missing.
void read_documents(work& on, connection& connection, const pull_options& options) {
  const document_reader reader{on.from, connection, on.remote};
  const auto found = reader.manifest_for(options.platform.value_or(own_platform()));
  on.image.manifest = found.manifest;
  on.image.pulled = on.repository + "@" + found.digest;
  on.documents = image::parse_manifest(found.manifest);
  on.image.config = reader.document(on.documents.config, "blobs");
  on.diff_ids = image::diff_ids_of(on.image);
  if (options.platform) require_platform(on.image.config, *options.platform);
  if (on.remote.digest.empty()) on.image.names = {on.result.name};
  on.result.digest = found.digest;
  on.result.id = on.documents.config.digest;
  on.result.layers = on.diff_ids.size();
}

void announce(work& on) {
  std::vector<layer_line> lines;
  for (const auto& layer : on.documents.layers) {
    lines.push_back({layer.digest.substr(7, 12), layer.size});
    on.result.bytes += layer.size;
  }
  on.watching.begin(on.remote.reference(), lines);
}

// Returns true if the store has the image under this name, with this digest of the
// registry.
bool is_stored(const work& on) {
  const auto entries = image::read_index();
  const std::string digest = image::digest_of(on.image.manifest);
  return std::ranges::any_of(entries, [&](const image::descriptor& entry) {
    const std::string name = on.image.names.empty() ? "" : on.image.names.front();
    return entry.digest == digest && entry.pulled == on.image.pulled &&
           (name.empty() || entry.name == name);
  });
}

// Returns true if the name already stands for an image with this id.
bool has_same_image(const work& on) {
  try {
    return image::resolve(image::read_index(), on.result.name).id() == on.result.id;
  } catch (const usage_error&) {
    return false;
  }
}

// Returns true if nothing has to be fetched or stored.
bool is_complete(const work& on) {
  for (std::size_t i = 0; i < on.diff_ids.size(); ++i)
    if (!has_blob(on.documents.layers[i].digest) ||
        !sys::exists(image::layer_tree(on.diff_ids[i])))
      return false;
  return is_stored(on);
}

void add_layers(work& on) {
  image::clean_up();
  image::staging files;
  image::transaction store;
  work_in_parallel(on.diff_ids.size(), base::processors(), on.from, on.stop,
                   [&](std::size_t number, connection& connection) {
                     add_layer(on, number, connection, files);
                   });
  image::add_image(store, files, on.image);
  store.commit();
}

pulled pull_from(session& from, const std::string& text, const pull_options& options,
                 observer& watching, const base::cancellation& stop) {
  const auto remote = parse_remote(text);
  work on{remote, short_name(remote), from, watching, stop};
  on.result.name =
      on.repository + (remote.digest.empty() ? ":" : "@") + remote.reference();
  {
    connection first = from.connect([&] { return stop.requested(); });
    read_documents(on, first, options);
    from.keep(std::move(first));
  }
  announce(on);
  on.result.is_new = !has_same_image(on);
  if (is_complete(on))
    for (std::size_t i = 0; i < on.diff_ids.size(); ++i) report_existing(on, i);
  else
    add_layers(on);
  base::emit({"image", "pull", on.result.id, {{"name", on.result.name}}});
  return on.result;
}

// Calls `work` with a session for each mirror of the registry, and then for the registry
// itself, until it succeeds.
template <typename Work>
auto with_session(const std::string& text, const pull_options& options,
                  observer& watching, const Work& work) {
  const auto remote = parse_remote(text);
  const auto endpoints = endpoints_of(remote.host, options.verify_tls);
  const std::string scope = fmt::format("repository:{}:pull", remote.repository);
  for (std::size_t i = 0; i + 1 < endpoints.size(); ++i) {
    try {
      session mirror(endpoints[i], {scope}, &watching);
      return work(mirror);
    } catch (const usage_error& failure) {
      narration::warn(fmt::format("mirror {}: {}", endpoints[i].host, failure.what()));
    }
  }
  session from(endpoints.back(), {scope}, &watching);
  return work(from);
}

}  // namespace

pulled pull(const std::string& name, const pull_options& options, observer& watching,
            const base::cancellation& stop) {
  image::make_store();
  return with_session(name, options, watching, [&](session& from) {
    return pull_from(from, name, options, watching, stop);
  });
}

std::vector<std::string> list_tags(const std::string& name, const pull_options& options,
                                   observer& watching, const base::cancellation& stop) {
  const auto remote = parse_remote(name);
  return with_session(name, options, watching, [&](session& from) {
    connection connection = from.connect([&] { return stop.requested(); });
    std::vector<std::string> names;
    for (const auto& tag : document_reader{from, connection, remote}.tags())
      names.push_back(short_name(remote) + ":" + tag);
    return names;
  });
}

}  // namespace zoomin::registry
