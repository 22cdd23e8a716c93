// SPDX-License-Identifier: MIT
// utf8_names: the character set in which libarchive reads and writes names.
#pragma once

#include <locale.h>

namespace zoomin::image {

// Sets the thread's character set to UTF-8 while libarchive works. libarchive converts
// names from and to the thread's character set, and alters or drops names that can't be
// converted.
class utf8_names {
 public:
  utf8_names() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (utf8_ != nullptr) before_ = ::uselocale(utf8_);
  }
  utf8_names(const utf8_names&) = delete;
  utf8_names& operator=(const utf8_names&) = delete;
  ~utf8_names() {
    if (utf8_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(utf8_);
  }

 private:
  locale_t utf8_;
  locale_t before_ = nullptr;
};

}  // namespace zoomin::image
