// SPDX-License-Identifier: MIT
// store: where images are on disk, and what their JSON documents say.
//
// The OCI image layout and its documents: opencontainers/image-spec, image-layout.md,
// manifest.md, config.md. Each document is bounded, and a digest is checked for its form
// before it becomes part of a path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::image {

// One document or layer, as another names it.
struct descriptor {
  std::string media_type;
  std::string digest;
  std::uint64_t size = 0;
  std::string name{};  // in index.json: "web:latest", empty where it has none
};

struct manifest {
  descriptor config;
  std::vector<descriptor> layers;  // bottom first
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

// A document as large as this is no document.
constexpr std::uint64_t largest_document = 4U << 20;

std::string images_directory();
std::string layers_directory();
std::string blob_path(const std::string& digest);         // throws usage_error
std::string layer_directory(const std::string& diff_id);  // throws usage_error
std::string layer_tree(const std::string& diff_id);
// What its files hold; 0 where the layer isn't there.
std::uint64_t layer_size(const std::string& diff_id);

// All directories, the two locks and an empty index, where they aren't there yet.
void make_store();
unique_fd lock_index();
unique_fd lock_use(bool exclusive);
// The latter exclusively, where nobody holds it.
std::optional<unique_fd> try_lock_use();

// A document by its digest, of at most largest_document bytes.
std::string read_document(const std::string& digest);

// What is malformed throws usage_error: a manifest that is an index as well, a digest
// that is none, a missing member.
std::vector<descriptor> parse_index(const std::string& text);
manifest parse_manifest(const std::string& text);
std::string manifest_text(const manifest& manifest);
configuration parse_configuration(const std::string& text);
// Whether the document is an index rather than a manifest; throws where it is both.
bool is_index(const std::string& text);

std::string index_text(const std::vector<descriptor>& entries);

// index.json: every name, and every image without one.
std::vector<descriptor> read_index();
// Whole, by rename(2). Hold lock_index().
void write_index(const std::vector<descriptor>& entries);

// Puts `named` among the entries: who had its name loses it, and an image that has a name
// has no entry without one.
void give_name(std::vector<descriptor>& entries, const descriptor& named);

// In an index for several platforms, this machine's entries stand first to last.
std::vector<descriptor> for_this_machine(const std::string& index_text);

// This machine's, in Go's words, which the OCI's documents use: "amd64".
std::string architecture();

// "2026-01-31T12:00:00.5Z" in seconds since 1970; 0 where it is no such time.
std::int64_t parse_time(const std::string& text);

}  // namespace zoomin::image
