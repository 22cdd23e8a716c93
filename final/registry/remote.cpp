// SPDX-License-Identifier: MIT
#include "registry/remote.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/reference.hpp"

namespace zoomin::registry {

using nlohmann::json;

namespace {

constexpr const char* hub = "docker.io";
constexpr const char* hub_url = "https://registry-1.docker.io";
constexpr const char* daemon_config = "/etc/docker/daemon.json";

// Adds the certificates in a directory such as /etc/docker/certs.d/HOST.
void add_certificates(const std::string& directory, tls_settings& tls) {
  if (!sys::exists(directory)) return;
  for (const auto& name : sys::list_directory(directory)) {
    const std::string path = directory + "/" + name;
    if (name.ends_with(".crt")) tls.authorities += sys::read_stored(path) + "\n";
    if (!name.ends_with(".cert")) continue;
    tls.certificate = path;
    tls.key = path.substr(0, path.size() - 4) + "key";
    if (!sys::exists(tls.key))
      throw usage_error(fmt::format("{}: the key {} is missing", path, tls.key));
  }
}

tls_settings tls_for(const std::string& host, bool verify) {
  tls_settings tls;
  tls.verify = verify;
  for (const char* directory : {"/etc/docker/certs.d/", "/etc/containers/certs.d/"})
    add_certificates(directory + host, tls);
  return tls;
}

endpoint endpoint_at(const std::string& host, const std::string& url, bool verify) {
  return {host, url, tls_for(host, verify), is_loopback(host) || !verify};
}

std::vector<std::string> mirrors() {
  const auto file = sys::open_if_exists(daemon_config, O_RDONLY);
  if (!file) return {};
  try {
    const auto config =
        base::parse_json(sys::read_all(file->get(), daemon_config), daemon_config);
    return config.value("registry-mirrors", std::vector<std::string>());
  } catch (const json::exception& failure) {
    throw usage_error(fmt::format("{}: {}", daemon_config, failure.what()),
                      "\"registry-mirrors\" must be a list of URLs");
  }
}

endpoint mirror_at(std::string url, bool verify) {
  const auto scheme = scheme_of(url);
  if (scheme != "http" && scheme != "https")
    throw usage_error(
        fmt::format("{}: registry-mirrors: {}: expected a URL of http or "
                    "https",
                    daemon_config, sys::quote(url)));
  while (url.ends_with('/')) url.pop_back();
  return endpoint_at(host_of(url), url, verify);
}

}  // namespace

remote_name parse_remote(const std::string& text) {
  const auto digested = image::parse_digested(text);
  const auto named = image::parse_reference(digested ? digested->repository : text);
  const std::string whole = named.full_text();
  const auto slash = whole.find('/');
  remote_name name{whole.substr(0, slash),
                   whole.substr(slash + 1, whole.rfind(':') - slash - 1), named.tag, ""};
  if (!digested) return name;
  name.tag.clear();
  name.digest = digested->digest;
  return name;
}

std::string short_name(const remote_name& name) {
  return image::parse_reference(name.host + "/" + name.repository).repository;
}

std::vector<endpoint> endpoints_of(const std::string& host, bool verify_tls) {
  std::vector<endpoint> endpoints;
  if (host == hub)
    for (const auto& url : mirrors()) endpoints.push_back(mirror_at(url, verify_tls));
  endpoints.push_back(
      endpoint_at(host, host == hub ? hub_url : "https://" + host, verify_tls));
  return endpoints;
}

}  // namespace zoomin::registry
