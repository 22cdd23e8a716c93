// SPDX-License-Identifier: MIT
// run_mounts: the mounts of RUN --mount: caches that last from build to build, secrets,
// files of the context or of a stage, and tmpfs. None becomes part of the layer.
//
// A source is resolved with its root as "/" and bound by descriptor: CVE-2024-23651,
// 23652, 23653. A cache is a directory named by the digest of its id, so an id can't lead
// elsewhere: CVE-2024-9675. A secret is a file in memory, and its content isn't part of
// the cache key.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "build/builder.hpp"
#include "build/new_layer.hpp"
#include "build/tree.hpp"
#include "image/archive/words.hpp"

namespace zoomin::build {

struct run_mount {
  enum class kind { bind, cache, secret, tmpfs };
  enum class sharing { shared, exclusive, separate };
  kind type = kind::bind;
  std::string target{}, from{}, source{}, id{};
  std::string variable{};  // env= of a secret
  bool read_only = false;
  bool required = false;
  sharing use = sharing::shared;
  unsigned mode = 0;
  unsigned uid = 0, gid = 0;
  std::uint64_t size_bytes = 0;  // of a tmpfs
  std::string text{};            // as in the Dockerfile, with variables replaced
};

// Parses "type=cache,target=/root/.cache". Throws usage_error.
run_mount parse_run_mount(const std::string& text, const image::word_rules& rules,
                          const std::string& working_directory);

// Holds the mounts of one RUN, prepared on the host, until they are destroyed.
class prepared_mounts {
 public:
  // `scratch` is a private directory. `find` returns the source of a bind or a cache: a
  // stage or image by its name, or the context for "".
  using finder = std::function<source(const std::string& name)>;
  prepared_mounts(const std::vector<run_mount>& mounts,
                  const std::vector<secret>& secrets, const std::string& scratch,
                  const finder& find);
  prepared_mounts(const prepared_mounts&) = delete;
  prepared_mounts& operator=(const prepared_mounts&) = delete;
  ~prepared_mounts();

  [[nodiscard]] const std::vector<mnt::mount_entry>& entries() const { return entries_; }
  // Returns the secrets that become environment variables: "NAME=value".
  [[nodiscard]] const std::vector<std::string>& environment() const {
    return environment_;
  }

 private:
  void add_bind(const run_mount& mount, const source& from);
  void add_copy(const run_mount& mount, const source& from);
  void add_writable_bind(const run_mount& mount, const selected& found);
  void add_cache(const run_mount& mount, const finder& find);
  [[nodiscard]] std::optional<unique_fd> open_cache(const run_mount& mount,
                                                    const std::string& path,
                                                    const finder& find) const;
  void make_cache(const run_mount& mount, const std::string& path,
                  const finder& find) const;
  void add_secret(const run_mount& mount, const std::vector<secret>& secrets);
  void add_tree(const run_mount& mount, unique_fd tree, int original);
  std::string secrets_directory();

  std::string scratch_;
  bool has_secrets_ = false;
  std::vector<mnt::mount_entry> entries_;
  std::vector<std::string> environment_;
  std::vector<unique_fd> held_;     // locks of caches, sources of binds
  std::list<new_layer> discarded_;  // the writable layers of binds with rw
};

// Returns the content of a secret, or nothing if its file or variable doesn't exist.
std::optional<std::string> secret_content(const secret& secret);

}  // namespace zoomin::build
