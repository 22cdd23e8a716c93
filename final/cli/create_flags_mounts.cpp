// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "04-cgroups/limits.hpp"
#include "cli/create_flags_parts.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

std::vector<field> fields_of(const std::string& text) {
  std::vector<field> fields;
  std::istringstream parts(text);
  for (std::string item; std::getline(parts, item, ',');) {
    const auto equals = item.find('=');
    const bool has_value = equals != std::string::npos;
    fields.push_back(
        {item.substr(0, equals), has_value ? item.substr(equals + 1) : "", has_value});
  }
  return fields;
}

namespace {

using container::requested_mount;

// Returns all parts between the marks, including empty ones.
arguments parts_of(const std::string& text, char mark) {
  arguments result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(mark, begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

bool yes_or_no(const field& field) {
  if (!field.has_value || field.value == "true" || field.value == "1") return true;
  if (field.value == "false" || field.value == "0") return false;
  throw usage_error(fmt::format("{}={}: expected true or false", field.key, field.value));
}

unsigned parse_mode(const std::string& text) {
  unsigned mode = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, mode, 8);
  if (text.empty() || bad != std::errc() || stopped != end || mode > 07777)
    throw usage_error(
        fmt::format("tmpfs-mode={}: expected an octal mode such as 1777", text));
  return mode;
}

// Accepts the values of `consistency` for Docker on a Mac; on Linux they have no effect.
void require_consistency(const std::string& text) {
  constexpr std::array<std::string_view, 4> result{"default", "consistent", "cached",
                                                   "delegated"};
  if (std::ranges::find(result, text) == result.end())
    throw usage_error(
        fmt::format("consistency={}: expected default, consistent, cached "
                    "or delegated",
                    sys::quote(text)));
}

// Returns the main name of a key of --mount, which may have several.
std::string key_of(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> others{
      {{"src", "source"},
       {"dst", "target"},
       {"destination", "target"},
       {"ro", "readonly"}}};
  const auto* const found = std::ranges::find_if(
      others, [&](const auto& known) { return known.first == word; });
  return found == others.end() ? word : std::string(found->second);
}

void put_field(const std::string& key, const field& field, json& to) {
  const std::string& value = field.value;
  if (key == "type")
    to["Type"] = value;
  else if (key == "source")
    to["Source"] = value;
  else if (key == "target")
    to["Target"] = value;
  else if (key == "readonly")
    to["ReadOnly"] = yes_or_no(field);
  else if (key == "volume-nocopy")
    to["VolumeOptions"]["NoCopy"] = yes_or_no(field);
  else if (key == "bind-propagation")
    to["BindOptions"]["Propagation"] = value;
  else if (key == "tmpfs-size")
    to["TmpfsOptions"]["SizeBytes"] = cgroup::parse_size("tmpfs-size", value, 4096);
  else if (key == "tmpfs-mode")
    to["TmpfsOptions"]["Mode"] = parse_mode(value);
  else if (key == "consistency")
    require_consistency(value);
  else
    throw not_supported(fmt::format("\"{}\"", key));
}

json mount_of(const std::string& text) try {
  json mount{{"Type", "volume"}};
  std::set<std::string> seen;
  for (const auto& field : fields_of(text)) {
    const std::string key = key_of(field.key);
    if (!seen.insert(key).second)
      throw usage_error(fmt::format("{} is given twice", key));
    put_field(key, field, mount);
  }
  const std::string source = mount.value("Source", "");
  if (mount["Type"] == "bind" && source.starts_with('/') && !sys::exists(source))
    throw usage_error(fmt::format("bind source path does not exist: {}", source));
  return mount;
} catch (const usage_error& why) {
  throw usage_error(fmt::format("--mount \"{}\": {}", text, why.what()),
                    why.hint().empty()
                        ? "write type=bind|volume|tmpfs,source=,target=/path[,readonly]"
                        : why.hint());
}

// Returns true for a volume without a name, which is requested as by -v. It is new, and
// so writable.
bool is_anonymous(const json& mount) {
  return mount.at("Type") == "volume" && mount.contains("Target") && mount.size() == 2;
}

// Makes a source such as "./data" absolute. Later stages expect an absolute path.
std::string absolute(const std::string& volume) {
  const auto colon = volume.find(':');
  const bool relative =
      volume.starts_with("./") || volume.starts_with("../") || volume.starts_with(".:");
  if (!relative) return volume;
  return std::filesystem::weakly_canonical(volume.substr(0, colon)).string() +
         (colon == std::string::npos ? "" : volume.substr(colon));
}

// Adds the binds and volumes of another container, given as "NAME[:ro]".
void add_from(const std::string& text, json& binds) {
  const auto colon = text.find(':');
  const std::string mode = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (!mode.empty() && mode != "ro" && mode != "rw")
    throw usage_error(fmt::format("--volumes-from {}: expected ro or rw", text));
  const auto id = container::find(text.substr(0, colon));
  for (const auto& mount : container::parse_spec(container::container_json(id)).mounts)
    if (mount.type != requested_mount::kind::tmpfs)
      binds.push_back(fmt::format("{}:{}:{}{}{}", mount.source, mount.target,
                                  mount.read_only || mode == "ro" ? "ro" : "rw",
                                  mount.propagation.empty() ? "" : ",",
                                  mount.propagation));
}

}  // namespace

void put_mounts(const flags& options, json& request) {
  json& host = request["HostConfig"];
  json binds = json::array();
  for (const auto& volume : options.list("--volume")) {
    if (volume.find(':') == std::string::npos)
      request["Volumes"][volume] = json::object();
    else
      binds.push_back(absolute(volume));
  }
  for (const auto& container : options.list("--volumes-from")) add_from(container, binds);
  if (!binds.empty()) host["Binds"] = binds;
  for (const auto& text : options.list("--mount")) {
    const json mount = mount_of(text);
    if (is_anonymous(mount))
      request["Volumes"][mount.at("Target").get<std::string>()] = json::object();
    else
      host["Mounts"].push_back(mount);
  }
  for (const auto& tmpfs : options.list("--tmpfs")) {
    const auto colon = tmpfs.find(':');
    const std::string target = tmpfs.substr(0, colon);
    if (host.contains("Tmpfs") && host["Tmpfs"].contains(target))
      throw usage_error(fmt::format("--tmpfs {}: duplicate mount point", target));
    host["Tmpfs"][target] = colon == std::string::npos ? "" : tmpfs.substr(colon + 1);
  }
}

namespace {

// Adds the limits "/dev/NAME:RATE", in bytes or operations per second.
void put_rates(const flags& options, json& host) {
  constexpr std::array<std::pair<const char*, const char*>, 4> result{
      {{"--device-read-bps", "BlkioDeviceReadBps"},
       {"--device-write-bps", "BlkioDeviceWriteBps"},
       {"--device-read-iops", "BlkioDeviceReadIOps"},
       {"--device-write-iops", "BlkioDeviceWriteIOps"}}};
  for (const auto& [flag, key] : result)
    for (const auto& text : options.list(flag)) {
      const auto colon = text.rfind(':');
      const std::string path = text.substr(0, colon);
      if (colon == std::string::npos || !path.starts_with("/dev/") || !sys::exists(path))
        throw usage_error(
            fmt::format("{} {}: expected /dev/NAME:RATE of an existing device", flag,
                        sys::quote(text)));
      const std::string rate = text.substr(colon + 1);
      const auto most = std::string_view(flag).ends_with("bps")
                            ? cgroup::parse_size(flag, rate, 1)
                            : cgroup::parse_count(flag, rate);
      if (most == cgroup::unlimited)
        throw usage_error(fmt::format("{} {}: the rate must be a number", flag, text));
      host[key].push_back({{"Path", path}, {"Rate", most}});
    }
}

}  // namespace

void put_devices(const flags& options, json& host) {
  for (const auto& text : options.list("--device")) {
    const auto expected = [&] {
      return usage_error(fmt::format("--device {}: expected /dev/NAME[:/dev/NAME][:rwm]",
                                     sys::quote(text)));
    };
    auto parts = parts_of(text, ':');
    if (parts.size() > 3 || std::ranges::count(parts, std::string()) > 0)
      throw expected();
    const std::string outside = parts[0];
    parts.erase(parts.begin());
    std::string inside = outside, access = "rwm";
    if (!parts.empty() && parts[0].starts_with('/')) {
      inside = parts[0];
      parts.erase(parts.begin());
    }
    if (!parts.empty()) access = parts[0];
    if (parts.size() > 1 || !outside.starts_with("/dev/")) throw expected();
    if (!sys::exists(outside))
      throw usage_error(fmt::format("--device {}: no such device: {}", text, outside));
    host["Devices"].push_back({{"PathOnHost", outside},
                               {"PathInContainer", inside},
                               {"CgroupPermissions", access}});
  }
  put_rates(options, host);
}

}  // namespace zoomin::cli
