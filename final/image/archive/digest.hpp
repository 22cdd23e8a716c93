// SPDX-License-Identifier: MIT
// digest: computes the SHA-256 digests of an image's parts, EVP_DigestInit(3ssl).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace zoomin::image {

class digester {
 public:
  digester();
  digester(digester&&) noexcept;
  ~digester();
  void add(std::span<const char> bytes);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Returns "sha256:…". No other function may be called afterwards.
  std::string finish();

 private:
  struct release {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, release> context_;
  std::uint64_t size_ = 0;
};

// Returns the digest of a text.
std::string digest_of(std::string_view text);

}  // namespace zoomin::image
