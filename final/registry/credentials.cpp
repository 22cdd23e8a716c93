// SPDX-License-Identifier: MIT
#include "registry/credentials.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "registry/challenge.hpp"
#include "registry/credential_helper.hpp"

namespace zoomin::registry {

using nlohmann::json;
using ordered = nlohmann::ordered_json;

namespace {

std::string config_directory() {
  const char* chosen = std::getenv("DOCKER_CONFIG");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr && *home != '\0' ? home : "/root") + "/.docker";
}

std::string config_path() { return config_directory() + "/config.json"; }

ordered read_config() {
  const std::string path = config_path();
  const auto file = sys::open_if_exists(path, O_RDONLY);
  if (!file) return ordered::object();
  try {
    auto config = base::parse_json<ordered>(sys::read_all(file->get(), path), "the file");
    if (config.is_object()) return config;
  } catch (const json::exception&) {
    // The message below covers this case.
  }
  throw usage_error(fmt::format("{}: expected a JSON object", path),
                    "correct the file, or remove it and log in again");
}

void write_config(const ordered& config) {
  sys::make_directory(sys::quiet, config_directory(), 0700);
  std::string path = config_path();
  if (sys::exists(path)) path = std::filesystem::canonical(path);  // a link stays
  base::replace_file(path, config.dump(1, '\t') + "\n", true);
}

// Returns the object under a key, or an empty one.
ordered object_in(const ordered& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : ordered::object();
}

// Returns the helper for a registry, or "" if the file itself has its credentials.
std::string helper_for(const ordered& config, const std::string& name) {
  const std::string own = base::text_in(object_in(config, "credHelpers"), name.c_str());
  return own.empty() ? base::text_in(config, "credsStore") : own;
}

// Returns the key of a registry in "auths", or "". Old files use its URL as the key.
std::string key_in(const ordered& auths, const std::string& name) {
  for (const auto& key : {name, "https://" + name, "http://" + name,
                          "https://" + name + "/v1/", "https://" + name + "/v2/"})
    if (auths.contains(key)) return key;
  return "";
}

std::optional<credentials> parse_entry(const ordered& entry) {
  const std::string token = base::text_in(entry, "identitytoken");
  const std::string pair = from_base64(base::text_in(entry, "auth"));
  const auto colon = pair.find(':');
  if (!token.empty()) return credentials{pair.substr(0, colon), "", token};
  if (colon == std::string::npos) return std::nullopt;
  return credentials{pair.substr(0, colon), pair.substr(colon + 1), ""};
}

}  // namespace

std::string login_name(const std::string& host) {
  return host == "docker.io" ? "https://index.docker.io/v1/" : host;
}

std::optional<credentials> find_credentials(const std::string& host) {
  const ordered config = read_config();
  const std::string name = login_name(host);
  if (const auto helper = helper_for(config, name); !helper.empty())
    return get_from_helper(helper, name);
  const ordered auths = object_in(config, "auths");
  const std::string key = key_in(auths, name);
  return key.empty() ? std::nullopt : parse_entry(object_in(auths, key));
}

std::string store_credentials(const std::string& host, const credentials& secret) {
  ordered config = read_config();
  const std::string name = login_name(host);
  const auto helper = helper_for(config, name);
  ordered entry = ordered::object();
  if (!helper.empty())
    store_in_helper(helper, name, secret);
  else
    entry["auth"] = to_base64(secret.user + ":" + secret.password);
  if (helper.empty() && !secret.identity_token.empty())
    entry = {{"auth", to_base64(secret.user + ":")},
             {"identitytoken", secret.identity_token}};
  config["auths"][name] = entry;
  write_config(config);
  return helper.empty() ? config_path() : "";
}

bool erase_credentials(const std::string& host) {
  ordered config = read_config();
  const std::string name = login_name(host);
  const auto helper = helper_for(config, name);
  if (!helper.empty()) erase_in_helper(helper, name);
  ordered auths = object_in(config, "auths");
  const std::string key = key_in(auths, name);
  if (key.empty()) return !helper.empty();
  auths.erase(key);
  config["auths"] = auths;
  write_config(config);
  return true;
}

}  // namespace zoomin::registry
