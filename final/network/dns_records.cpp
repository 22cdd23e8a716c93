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

std::string bridge_directory(const network& network) {
  return run_directory() + "/" + network.bridge;
}

// Returns the directory of a name; empty if the name isn't valid, for instance because it
// contains '/' or begins with '.'.
std::string directory_of(const network& network, std::string name) {
  name = sys::lower_case(std::move(name));
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
      name.size() > 255)
    return {};
  return fmt::format("{}/names/{}", bridge_directory(network), name);
}

// Returns true if container `id` has the address now.
bool holds(const network& network, const std::string& id, const std::string& address) {
  const std::string path = fmt::format("{}/{}.lock", bridge_directory(network), address);
  const auto file = sys::open_if_exists(path, O_RDONLY);
  return file && !sys::try_lock(file->get(), false) && sys::read_file(path) == id;
}

}  // namespace

dns_records::dns_records(const network& network, std::string id, net::lease& lease,
                         const std::vector<std::string>& names)
    : id_(std::move(id)) {
  lease.file.write(id_);
  sys::make_directory(quiet, bridge_directory(network) + "/names");
  for (const auto& name : names) {
    const std::string directory = directory_of(network, name);
    if (directory.empty()) continue;
    sys::make_directory(quiet, directory);
    const std::string link = directory + "/" + id_;
    ::unlink(link.c_str());
    sys::symlink(quiet, lease.endpoint.own.text(), link);
    directories_.push_back(directory);
  }
}

dns_records::~dns_records() {
  for (const auto& directory : directories_) {
    std::error_code ignored;  // the directory stays if another container has the name too
    std::filesystem::remove(directory + "/" + id_, ignored);
    std::filesystem::remove(directory, ignored);
  }
}

std::vector<net::address> addresses_of(const network& network, const std::string& name) {
  std::vector<net::address> addresses;
  const std::string directory = directory_of(network, name);
  if (directory.empty() || !sys::exists(directory)) return addresses;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const std::string target = std::filesystem::read_symlink(entry.path(), ignored);
    const auto address = net::parse_address(target);
    if (address && holds(network, entry.path().filename(), target))
      addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace zoomin::network
