// SPDX-License-Identifier: MIT
#include "image/build_lease.hpp"

#include <fcntl.h>
#include <stdlib.h>

#include <sstream>

#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::image {

namespace {

std::string leases_directory() { return root_directory() + "/cache/build/leases"; }

}  // namespace

build_lease::build_lease() {
  sys::make_path(leases_directory(), root_directory(), 0700);
  while (!file_) {  // leased_digests() may remove it before it is locked
    path_ = leases_directory() + "/XXXXXX";
    unique_fd made(sys::check("mkostemp", leases_directory(), [&] {
      return ::mkostemp(path_.data(), O_CLOEXEC | O_APPEND);
    }));
    if (sys::try_lock(made.get()) && sys::exists(path_)) file_ = std::move(made);
  }
}

build_lease::~build_lease() { ::unlink(path_.c_str()); }

void build_lease::add(const std::vector<std::string>& digests) {
  std::string text;
  for (const auto& digest : digests) text += digest + "\n";
  sys::check("write", path_,
             [&] { return ::write(file_.get(), text.data(), text.size()); });
}

std::set<std::string> leased_digests() {
  std::set<std::string> digests;
  if (!sys::exists(leases_directory())) return digests;
  for (const auto& name : sys::list_directory(leases_directory())) {
    const std::string path = leases_directory() + "/" + name;
    const auto file = sys::open_if_exists(path, O_RDONLY);
    if (!file) continue;
    if (sys::try_lock(file->get())) {
      ::unlink(path.c_str());
      continue;
    }
    std::istringstream lines(sys::read_all(file->get(), path));
    for (std::string line; std::getline(lines, line);) digests.insert(line);
  }
  return digests;
}

}  // namespace zoomin::image
