// SPDX-License-Identifier: MIT
// download: the bytes of a blob. A transfer that breaks is continued where it broke:
// RFC 9110, section 14, range requests.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "image/store.hpp"
#include "registry/session.hpp"

namespace zoomin::registry {

class download {
 public:
  // All but `blob` are borrowed. `repository` is the registry's: "library/web".
  download(session& from, connection& to, const std::string& repository,
           image::descriptor blob);
  // Reads the next bytes. Returns their number, which is 0 at the end. Throws usage_error
  // if the blob hasn't the size that its descriptor says. The caller checks its digest.
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
  std::uint64_t received_before_ = 0;  // the last break
  int breaks_ = 0;                     // since bytes have arrived
  int all_breaks_ = 0;
};

}  // namespace zoomin::registry
