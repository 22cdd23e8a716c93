// SPDX-License-Identifier: MIT
#include "network/dns_records.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "02-net/net.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

using sys::quiet;

namespace {

std::string of_bridge(const network& of) { return run_directory() + "/" + of.bridge; }

// A name is a directory's: no '/', and none that leads upwards.
std::string directory_of(const network& of, std::string name) {
  name = sys::lower_case(std::move(name));
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
      name.size() > 255)
    return {};
  return fmt::format("{}/names/{}", of_bridge(of), name);
}

// Whether container `id` has that address now.
bool holds(const network& of, const std::string& id, const std::string& address) {
  const std::string path = fmt::format("{}/{}.lock", of_bridge(of), address);
  const auto file = sys::open_if_exists(path, O_RDONLY);
  return file && !sys::try_lock(file->get(), false) && sys::read_file(path) == id;
}

}  // namespace

names::names(const network& of, std::string id, net::lease& lease,
             const std::vector<std::string>& all)
    : id_(std::move(id)) {
  lease.file.write(id_);
  sys::make_directory(quiet, of_bridge(of) + "/names");
  for (const auto& name : all) {
    const std::string directory = directory_of(of, name);
    if (directory.empty()) continue;
    sys::make_directory(quiet, directory);
    const std::string link = directory + "/" + id_;
    ::unlink(link.c_str());
    sys::symlink(quiet, lease.place.own.text(), link);
    directories_.push_back(directory);
  }
}

names::~names() {
  for (const auto& one : directories_) {
    std::error_code stays;  // where another is called so, too
    std::filesystem::remove(one + "/" + id_, stays);
    std::filesystem::remove(one, stays);
  }
}

std::vector<net::address> addresses_of(const network& of, const std::string& name) {
  std::vector<net::address> all;
  const std::string directory = directory_of(of, name);
  if (directory.empty() || !sys::exists(directory)) return all;
  std::error_code gone;
  for (const auto& one : std::filesystem::directory_iterator(directory, gone)) {
    const std::string says = std::filesystem::read_symlink(one.path(), gone);
    const auto address = net::parse_address(says);
    if (address && holds(of, one.path().filename(), says)) all.push_back(*address);
  }
  return all;
}

}  // namespace zoomin::network
