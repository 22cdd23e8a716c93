// SPDX-License-Identifier: MIT
#include "image/archive/transaction.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/gc.hpp"

namespace zoomin::image {

transaction::transaction() { use_ = lock_use(false); }

transaction::~transaction() {
  if (committed_) return;
  use_.reset();
  try {
    clean_up();
  } catch (const std::exception&) {  // the next command cleans up
  }
}

void transaction::add_blob(const staged& file) { staging::keep(file); }

void transaction::add_image(const descriptor& manifest,
                            const std::vector<std::string>& names) {
  descriptor entry = manifest;
  if (names.empty()) named_.push_back(entry);
  for (const auto& name : names) {
    entry.name = name;
    named_.push_back(entry);
  }
}

void transaction::commit() {
  const unique_fd store = sys::open(layers_directory(), O_RDONLY | O_DIRECTORY);
  sys::check("syncfs", layers_directory(), [&] { return ::syncfs(store.get()); });
  const unique_fd lock = lock_index();
  auto entries = read_index();
  for (const auto& entry : named_) give_name(entries, entry);
  write_index(entries);
  committed_ = true;
}

unique_fd open_input(const std::string& path) {
  if (path == "-")
    return unique_fd(sys::check("dup", "standard input",
                                [] { return ::fcntl(0, F_DUPFD_CLOEXEC, 3); }));
  unique_fd file = sys::open(path, O_RDONLY);
  struct stat info {};
  sys::check("fstat", path, [&] { return ::fstat(file.get(), &info); });
  if (S_ISDIR(info.st_mode))
    throw usage_error(fmt::format("{} is a directory, not an archive", sys::quote(path)),
                      fmt::format("pack it first: tar -C {} -c . -f ARCHIVE", path));
  return file;
}

}  // namespace zoomin::image
