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

std::string of_bridge(const network& network) {
  return run_directory() + "/" + network.bridge;
}

// A name is a directory's: no '/', and none that leads upwards.
std::string directory_of(const network& network, std::string name) {
  name = sys::lower_case(std::move(name));
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
      name.size() > 255)
    return {};
  return fmt::format("{}/names/{}", of_bridge(network), name);
}

// Whether container `id` has that address now.
bool holds(const network& network, const std::string& id, const std::string& address) {
  const std::string path = fmt::format("{}/{}.lock", of_bridge(network), address);
  const auto file = sys::open_if_exists(path, O_RDONLY);
  return file && !sys::try_lock(file->get(), false) && sys::read_file(path) == id;
}

}  // namespace

dns_records::dns_records(const network& network, std::string id, net::lease& lease,
                         const std::vector<std::string>& items)
    : id_(std::move(id)) {
  lease.file.write(id_);
  sys::make_directory(quiet, of_bridge(network) + "/names");
  for (const auto& name : items) {
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
    std::error_code stays;  // where another is called so, too
    std::filesystem::remove(directory + "/" + id_, stays);
    std::filesystem::remove(directory, stays);
  }
}

std::vector<net::address> addresses_of(const network& network, const std::string& name) {
  std::vector<net::address> addresses;
  const std::string directory = directory_of(network, name);
  if (directory.empty() || !sys::exists(directory)) return addresses;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(directory, gone)) {
    const std::string says = std::filesystem::read_symlink(entry.path(), gone);
    const auto address = net::parse_address(says);
    if (address && holds(network, entry.path().filename(), says))
      addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace zoomin::network
