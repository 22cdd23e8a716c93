// SPDX-License-Identifier: MIT
// download: reads the bytes of a blob from a registry. A broken transfer is continued
// where it broke: RFC 9110, section 14, range requests.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "image/store.hpp"
#include "registry/session.hpp"

namespace zoomin::registry {

class download {
 public:
  // All arguments but `blob` are borrowed. `repository` is the name in the registry:
  // "library/web".
  download(session& from, connection& to, const std::string& repository,
           image::descriptor blob);
  // Reads the next bytes. Returns their number, which is 0 at the end. Throws usage_error
  // if the size of the blob differs from that in its descriptor. The caller checks the
  // digest.
  std::size_t read(std::span<char> into);

 private:
  void open();
  void skip(std::uint64_t bytes);
  std::size_t read_or_break(std::span<char> into);

  session& session_;
  connection& connection_;
  std::string path_;
  image::descriptor blob_;
  std::unique_ptr<exchange> current_;
  std::uint64_t received_ = 0;
  std::uint64_t received_before_ = 0;  // at the last break
  int breaks_ = 0;                     // without a byte in between
  int breaks_in_all_ = 0;
};

}  // namespace zoomin::registry
