// SPDX-License-Identifier: MIT
#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "common/sys.hpp"

namespace zoomin::base {

namespace {

void write_all(const unique_fd& file, const std::string& path, std::string_view content) {
  for (std::size_t done = 0; done < content.size();)
    done += static_cast<std::size_t>(sys::check("write", path, [&] {
      return ::write(file.get(), content.data() + done, content.size() - done);
    }));
}

}  // namespace

void replace_file(const std::string& path, const std::string& content, bool durable) {
  const std::string temporary = path + ".new";
  const unique_fd file = sys::open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  try {
    write_all(file, path, content);
    if (durable) sys::check("fsync", path, [&] { return ::fsync(file.get()); });
    sys::check("rename", path, [&] { return ::rename(temporary.c_str(), path.c_str()); });
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void overwrite_in_place(const std::string& path, const std::string& content) {
  const unique_fd file = sys::open(path, O_WRONLY);
  write_all(file, path, content);
  sys::check("ftruncate", path,
             [&] { return ::ftruncate(file.get(), static_cast<off_t>(content.size())); });
}

}  // namespace zoomin::base
