// SPDX-License-Identifier: MIT
// archives: image archives made by hand, so that each can be wrong in one thing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zoomin::test {

// A member of a tar archive, as tar(5) has it in its oldest form.
struct tar_member {
  std::string path;       // at most 100 bytes
  std::string content{};  // of a file; what a link says
  char kind = '0';        // '1' hard link, '2' symlink, '5' directory
  unsigned mode = 0755;
  std::optional<std::uint64_t> says_size{};  // else it is told as it is
};
std::string tar(const std::vector<tar_member>& members);

std::string sha256(const std::string& bytes);  // 64 digits
std::string gzip(const std::string& bytes);

// This machine's, as images say it.
std::string architecture();

// An OCI image layout in memory.
struct layout {
  std::map<std::string, std::string> files;
  std::string manifest;  // digests, without "sha256:"
  std::string config;
  std::vector<std::string> layers;
  // Puts another blob in the place of one, and its digest wherever that was said.
  void change(const std::string& digest, const std::string& from, const std::string& to);
};

struct image_recipe {
  std::vector<std::string> layers;  // tar archives, bottom first
  std::string name = "box:latest";
  std::string architecture = test::architecture();
  bool compressed = false;  // the layers
  std::string command = "true";
  std::string configuration{};  // JSON members more of "config", each with a ',' behind
};
layout make_layout(const image_recipe& recipe);

// As a tar archive.
std::string packed(const layout& layout);
// What docker save wrote before it knew of layouts.
std::string docker_archive(const layout& layout, const std::string& names_json);

// What `zoomin load` says of it; checks that it is taken.
std::string load_text(const std::string& archive);
// The lowest layer of an image that is there, as `zoomin save` gives it.
std::string bottom_layer(const std::string& image);

// `from` exactly once.
std::string replaced(const std::string& text, const std::string& from,
                     const std::string& to);

}  // namespace zoomin::test
