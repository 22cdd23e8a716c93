// SPDX-License-Identifier: MIT
// archives: builds image archives, each of which can be invalid in one detail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zoomin::test {

// Describes a member of a tar archive in the oldest format of tar(5).
struct tar_member {
  std::string path;       // at most 100 bytes
  std::string content{};  // of a file; or the target of a link
  char kind = '0';        // '1' hard link, '2' symlink, '5' directory
  unsigned mode = 0755;
  std::optional<std::uint64_t> stated_size{};  // by default the content's size
};
std::string tar(const std::vector<tar_member>& members);

std::string sha256(const std::string& bytes);  // 64 digits
std::string gzip(const std::string& bytes);

// Returns this machine's architecture as images name it.
std::string architecture();

// Holds an OCI image layout in memory.
struct layout {
  std::map<std::string, std::string> files;
  std::string manifest;  // digests, without "sha256:"
  std::string config;
  std::vector<std::string> layers;
  // Replaces a blob, and its digest in all documents.
  void change(const std::string& digest, const std::string& from, const std::string& to);
};

struct image_recipe {
  std::vector<std::string> layers;  // tar archives, bottom first
  std::string name = "box:latest";
  std::string architecture = test::architecture();
  bool compressed = false;  // the layers
  std::string command = "true";
  std::string configuration{};  // further members of "config", each followed by ','
};
layout make_layout(const image_recipe& recipe);

// Returns the layout as a tar archive.
std::string packed(const layout& layout);
// Returns an archive in the format of docker save before version 25.
std::string docker_archive(const layout& layout, const std::string& names_json);

// Loads the archive and returns the output. Checks that it succeeds.
std::string load_text(const std::string& archive);
// Returns the lowest layer of a stored image, as `zoomin save` writes it.
std::string bottom_layer(const std::string& image);

// Replaces `from`, which must occur exactly once.
std::string replaced(const std::string& text, const std::string& from,
                     const std::string& to);

}  // namespace zoomin::test
