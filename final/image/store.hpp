// SPDX-License-Identifier: MIT
// store: reads and writes the images on disk, and their JSON documents.
//
// The layout and the documents are the OCI's: opencontainers/image-spec, image-layout.md,
// manifest.md, config.md. The size of a document is bounded, and a digest is validated
// before it becomes part of a path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::image {

// Refers to a document or a layer by its digest and size.
struct descriptor {
  std::string media_type;
  std::string digest;
  std::uint64_t size = 0;
  std::string name{};  // in index.json: "web:latest", or empty
  // In index.json, for an image from a registry: "web@sha256:…", the digest by which the
  // registry has it. For an image for several platforms that is the digest of the index.
  std::string pulled{};
};

struct manifest {
  descriptor config;
  std::vector<descriptor> layers;  // bottom first
  std::string media_type{};        // may be empty
};

struct history_entry {
  std::string created;
  std::string created_by;
  std::string comment;
  bool empty_layer = false;
};

struct configuration {
  std::string text;
  std::string created;
  std::string architecture;
  std::string os;
  std::vector<std::string> diff_ids;  // bottom first
  std::vector<history_entry> history;
};

// The largest size of a document.
constexpr std::uint64_t largest_document = 4U << 20;

std::string images_directory();
std::string layers_directory();
std::string blob_path(const std::string& digest);         // throws usage_error
std::string layer_directory(const std::string& diff_id);  // throws usage_error
// Returns the directory that overlay mounts.
std::string layer_tree(const std::string& diff_id);
// Returns the size of the layer's files, or 0 if there is no such layer.
std::uint64_t layer_size(const std::string& diff_id);

// Creates the directories, an empty index, and the spare file that write_shorter_index()
// may need, unless they exist.
void make_store();
// Each takes a lock of image.hpp, and waits for it.
unique_fd lock_index();
unique_fd lock_use(bool exclusive);
// Takes lock_use(true) if no other process holds the lock.
std::optional<unique_fd> try_lock_use();

// Reads a document of at most largest_document bytes by its digest.
std::string read_document(const std::string& digest);

// Each parses a document. Throws usage_error if it is malformed: if a manifest is also an
// index, if a digest is invalid, or if a member is missing.
std::vector<descriptor> parse_index(const std::string& text);
manifest parse_manifest(const std::string& text);
std::string manifest_text(const manifest& manifest);
// Also throws if a field of the configuration, such as "Env", has a wrong type. Null is
// like a missing field.
configuration parse_configuration(const std::string& text);
// Returns true for an index, false for a manifest. Throws usage_error if the document is
// both.
bool is_index(const std::string& text);

std::string index_text(const std::vector<descriptor>& entries);

// Reads index.json, which has an entry for each name and for each image without a name.
std::vector<descriptor> read_index();
// Replaces index.json by rename(2). The caller holds lock_index().
void write_index(const std::vector<descriptor>& entries);
// Replaces index.json by one with fewer entries. This also works on a full disk, so that
// images can be removed there: it removes the spare file of make_store() first.
void write_shorter_index(const std::vector<descriptor>& entries);

// Adds `named` to the entries. An image that had this name loses it. An image that has a
// name has no entry without one.
void give_name(std::vector<descriptor>& entries, const descriptor& named);

// Returns those entries of an index for several platforms that are for this machine, in
// the index's order.
std::vector<descriptor> for_this_machine(const std::string& index_text);

// Returns this machine's architecture as Go and the OCI's documents name it: "amd64".
std::string architecture();

// Parses a time such as "2026-01-31T12:00:00.5Z" into seconds since 1970. Returns 0 if it
// is malformed.
std::int64_t parse_time(const std::string& text);

}  // namespace zoomin::image
