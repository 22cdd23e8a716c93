// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "04-cgroups/limits.hpp"
#include "cli/request_parts.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/asked.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

std::vector<field> fields_of(const std::string& text) {
  std::vector<field> all;
  std::istringstream parts(text);
  for (std::string one; std::getline(parts, one, ',');) {
    const auto equals = one.find('=');
    const bool given = equals != std::string::npos;
    all.push_back({one.substr(0, equals), given ? one.substr(equals + 1) : "", given});
  }
  return all;
}

namespace {

using container::added_mount;

bool yes_or_no(const field& one) {
  if (!one.given || one.value == "true" || one.value == "1") return true;
  if (one.value == "false" || one.value == "0") return false;
  throw usage_error(fmt::format("{}={}: true or false is meant", one.key, one.value));
}

unsigned parse_mode(const std::string& text) {
  unsigned mode = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, mode, 8);
  if (text.empty() || bad != std::errc() || stopped != end || mode > 07777)
    throw usage_error(fmt::format("tmpfs-mode={}: 1777 or such is meant", text));
  return mode;
}

void put_field(const field& one, json& to) {
  const auto& [key, value, given] = one;
  if (key == "type")
    to["Type"] = value;
  else if (key == "source" || key == "src")
    to["Source"] = value;
  else if (key == "target" || key == "dst" || key == "destination")
    to["Target"] = value;
  else if (key == "readonly" || key == "ro")
    to["ReadOnly"] = yes_or_no(one);
  else if (key == "volume-nocopy")
    to["VolumeOptions"]["NoCopy"] = yes_or_no(one);
  else if (key == "tmpfs-size")
    to["TmpfsOptions"]["SizeBytes"] = cgroup::parse_size("tmpfs-size", value, 4096);
  else if (key == "tmpfs-mode")
    to["TmpfsOptions"]["Mode"] = parse_mode(value);
  else
    throw not_supported(fmt::format("\"{}\"", key));
}

json mount_of(const std::string& text) try {
  json all{{"Type", "volume"}};
  for (const auto& one : fields_of(text)) put_field(one, all);
  const std::string source = all.value("Source", "");
  if (all["Type"] == "bind" && source.starts_with('/') && !sys::exists(source))
    throw usage_error(fmt::format("there is no {}", source));
  return all;
} catch (const usage_error& why) {
  throw usage_error(fmt::format("--mount \"{}\": {}", text, why.what()),
                    "type=bind|volume|tmpfs,source=,target=/path[,readonly]");
}

// A volume without a name is asked for as -v has it; it is new, and so writable.
bool is_anonymous(const json& mount) {
  return mount.at("Type") == "volume" && mount.contains("Target") && mount.size() == 2;
}

// "./data" and "~" are for a shell; a path is meant from here on.
std::string absolute(const std::string& volume) {
  const auto colon = volume.find(':');
  const bool relative =
      volume.starts_with("./") || volume.starts_with("../") || volume.starts_with(".:");
  if (!relative) return volume;
  return std::filesystem::weakly_canonical(volume.substr(0, colon)).string() +
         (colon == std::string::npos ? "" : volume.substr(colon));
}

// Its binds and volumes, "NAME[:ro]".
void add_from(const std::string& text, json& binds) {
  const auto colon = text.find(':');
  const std::string mode = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (!mode.empty() && mode != "ro" && mode != "rw")
    throw usage_error(fmt::format("--volumes-from {}: ro or rw is meant", text));
  const auto id = container::find(text.substr(0, colon));
  for (const auto& one : container::parse_asked(container::container_json(id)).mounts)
    if (one.is != added_mount::kind::tmpfs)
      binds.push_back(fmt::format("{}:{}{}", one.source, one.target,
                                  one.read_only || mode == "ro" ? ":ro" : ""));
}

}  // namespace

void put_mounts(const flags& given, json& request) {
  json& host = request["HostConfig"];
  json binds = json::array();
  for (const auto& one : given.list("--volume")) {
    if (one.find(':') == std::string::npos)
      request["Volumes"][one] = json::object();
    else
      binds.push_back(absolute(one));
  }
  for (const auto& one : given.list("--volumes-from")) add_from(one, binds);
  if (!binds.empty()) host["Binds"] = binds;
  for (const auto& one : given.list("--mount")) {
    const json mount = mount_of(one);
    if (is_anonymous(mount))
      request["Volumes"][mount.at("Target").get<std::string>()] = json::object();
    else
      host["Mounts"].push_back(mount);
  }
  for (const auto& one : given.list("--tmpfs")) {
    const auto colon = one.find(':');
    host["Tmpfs"][one.substr(0, colon)] =
        colon == std::string::npos ? "" : one.substr(colon + 1);
  }
}

// "/dev/NAME[:/dev/NAME][:rwm]".
namespace {

// "/dev/NAME:RATE": bytes, or operations, in a second.
void put_rates(const flags& given, json& host) {
  constexpr std::array<std::pair<const char*, const char*>, 4> all{
      {{"--device-read-bps", "BlkioDeviceReadBps"},
       {"--device-write-bps", "BlkioDeviceWriteBps"},
       {"--device-read-iops", "BlkioDeviceReadIOps"},
       {"--device-write-iops", "BlkioDeviceWriteIOps"}}};
  for (const auto& [flag, key] : all)
    for (const auto& text : given.list(flag)) {
      const auto colon = text.rfind(':');
      const std::string path = text.substr(0, colon);
      if (colon == std::string::npos || !path.starts_with("/dev/") || !sys::exists(path))
        throw usage_error(
            fmt::format("{} {}: /dev/NAME:RATE is meant, and one that is there", flag,
                        sys::quote(text)));
      const std::string rate = text.substr(colon + 1);
      const auto most = std::string_view(flag).ends_with("bps")
                            ? cgroup::parse_size(flag, rate, 1)
                            : cgroup::parse_count(flag, rate);
      if (most == cgroup::unlimited)
        throw usage_error(fmt::format("{} {}: a number is meant", flag, text));
      host[key].push_back({{"Path", path}, {"Rate", most}});
    }
}

}  // namespace

void put_devices(const flags& given, json& host) {
  for (const auto& text : given.list("--device")) {
    std::istringstream parts(text);
    std::string inside, access, outside;
    std::getline(parts, outside, ':');
    std::getline(parts, inside, ':');
    std::getline(parts, access);
    if (!inside.empty() && !inside.starts_with('/')) std::swap(inside, access);
    if (inside.empty()) inside = outside;
    if (access.empty()) access = "rwm";
    if (!outside.starts_with("/dev/") || !inside.starts_with("/dev/") ||
        access.find_first_not_of("rwm") != std::string::npos)
      throw usage_error(fmt::format("--device {}: /dev/NAME[:/dev/NAME][:rwm] is meant",
                                    sys::quote(text)));
    if (!sys::exists(outside))
      throw usage_error(fmt::format("--device {}: there is no {}", text, outside));
    host["Devices"].push_back({{"PathOnHost", outside},
                               {"PathInContainer", inside},
                               {"CgroupPermissions", access}});
  }
  put_rates(given, host);
}

}  // namespace zoomin::cli
