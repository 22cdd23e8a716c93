// SPDX-License-Identifier: MIT
// import: creates an image of one layer from an archive of a root file system.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include "base/events.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/byte_source.hpp"
#include "image/archive/config_instructions.hpp"
#include "image/archive/layer.hpp"
#include "image/archive/load.hpp"
#include "image/archive/tar_reader.hpp"
#include "image/archive/transaction.hpp"
#include "image/gc.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

staged copy_of(const std::string& path, staging& files) {
  const unique_fd input = open_input(path);
  return files.add(
      [&](const staging::sink& to) { each_piece(bytes_from(input.get(), path), to); });
}

// Decompresses the archive, unless its compression is one that a layer may have, gzip or
// zstd: image-spec, layer.md.
staged layer_of(staged copy, const std::string& path, staging& files) {
  if (compression_of(copy) != compression::other) return copy;
  const unique_fd file = sys::open(copy.path, O_RDONLY);
  decompressed bytes(bytes_from(file.get(), path), path);
  return files.add([&](const staging::sink& to) {
    each_piece([&](std::span<char> into) { return bytes.read(into); }, to);
  });
}

std::string configuration_text(const std::string& diff_id, const std::string& message,
                               const json& config) {
  const std::string now =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(::time(nullptr)));
  const std::string comment = message.empty() ? "Imported from -" : message;
  return base::shown_json(json{{"created", now},
                               {"architecture", architecture()},
                               {"os", "linux"},
                               {"config", config},
                               {"rootfs", {{"type", "layers"}, {"diff_ids", {diff_id}}}},
                               {"history", {{{"created", now}, {"comment", comment}}}}});
}

}  // namespace

std::string import(const std::string& path, const std::string& name,
                   const std::vector<std::string>& changes, const std::string& message) {
  std::vector<std::string> names;
  if (!name.empty()) names.push_back(parse_reference(name).text());
  json config = json::object();
  for (const auto& line : changes) try {
      change(config, line);
    } catch (const usage_error& refused) {
      throw usage_error(fmt::format("--change {}: {}", sys::quote(line), refused.what()),
                        refused.hint());
    }
  make_store();
  clean_up();     // removes leftovers of killed commands
  staging files;  // filled before the store is locked: standard input may be slow
  const staged archive = layer_of(copy_of(path, files), path, files);
  transaction store;
  const unique_fd file = sys::open(archive.path, O_RDONLY);
  const std::string diff_id = unpack_layer(file.get(), path, "");
  const staged document = files.add_text(configuration_text(diff_id, message, config));
  manifest made{
      {"application/vnd.oci.image.config.v1+json", document.digest, document.size},
      {{layer_type(archive), archive.digest, archive.size}}};
  const staged top = files.add_text(manifest_text(made));
  for (const auto& blob : {archive, document, top}) store.add_blob(blob);
  store.add_image({"", top.digest, top.size}, names);
  store.commit();
  const std::string& known_as = names.empty() ? document.digest : names.front();
  base::emit({"image", "import", document.digest, {{"name", known_as}}});
  return document.digest;
}

}  // namespace zoomin::image
