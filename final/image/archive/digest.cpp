// SPDX-License-Identifier: MIT
#include "image/archive/digest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace zoomin::image {

void digester::release::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

digester::digester() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("libcrypto doesn't provide SHA-256");
}

digester::digester(digester&&) noexcept = default;
digester::~digester() = default;

void digester::add(std::span<const char> bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  size_ += bytes.size();
}

std::string digester::finish() {
  std::array<unsigned char, 32> sum{};
  EVP_DigestFinal_ex(context_.get(), sum.data(), nullptr);
  return fmt::format("sha256:{:02x}", fmt::join(sum, ""));
}

std::string digest_of(std::string_view text) {
  digester digest;
  digest.add(text);
  return digest.finish();
}

}  // namespace zoomin::image
