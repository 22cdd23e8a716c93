// SPDX-License-Identifier: MIT
#include "registry/platform.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::registry {

using nlohmann::json;

namespace {

// Returns the platform with Go's name of the architecture, and without its default
// variant.
platform normalized(platform from) {
  static const std::map<std::string, std::string> names{
      {"x86_64", "amd64"}, {"x86-64", "amd64"}, {"aarch64", "arm64"}, {"i386", "386"},
      {"i686", "386"},     {"armhf", "arm"},    {"armel", "arm"}};
  if (from.architecture == "armel") from.variant = "v6";
  if (const auto found = names.find(from.architecture); found != names.end())
    from.architecture = found->second;
  const bool usual = (from.architecture == "arm64" && from.variant == "v8") ||
                     (from.architecture == "amd64" && from.variant == "v1");
  if (usual) from.variant.clear();
  if (from.architecture == "arm" && from.variant.empty()) from.variant = "v7";
  return from;
}

int number_of(const std::string& variant) {
  return variant.starts_with('v') ? std::atoi(variant.c_str() + 1) : 0;
}

// Rates an entry for the target platform: higher is better. Returns nothing if the entry
// doesn't match.
std::optional<int> rating(const json& entry, const platform& target) {
  const auto found = entry.find("platform");
  if (found == entry.end() || !found->is_object()) return 0;
  const auto offered =
      normalized({base::text_in(*found, "os"), base::text_in(*found, "architecture"),
                  base::text_in(*found, "variant")});
  if (offered.os != target.os || offered.architecture != target.architecture)
    return std::nullopt;
  if (offered.variant == target.variant) return 1000;
  const int number = number_of(offered.variant);
  if (number > number_of(target.variant)) return std::nullopt;
  return 1 + number;
}

}  // namespace

std::string platform::text() const {
  return fmt::format("{}/{}{}{}", os, architecture, variant.empty() ? "" : "/", variant);
}

platform parse_platform(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream words(sys::lower_case(text));
  for (std::string part; std::getline(words, part, '/');) parts.push_back(part);
  const auto valid = [](const std::string& part) {
    return !part.empty() && part.find_first_not_of(
                                "abcdefghijklmnopqrstuvwxyz0123456789"
                                "_-") == std::string::npos;
  };
  if (text.ends_with('/') || !std::ranges::all_of(parts, valid)) parts.clear();
  if (parts.size() == 1) return normalized({"linux", parts[0], ""});
  if (parts.size() == 2) return normalized({parts[0], parts[1], ""});
  if (parts.size() == 3) return normalized({parts[0], parts[1], parts[2]});
  throw usage_error(
      fmt::format("--platform {}: expected OS/ARCHITECTURE[/VARIANT]", sys::quote(text)));
}

platform own_platform() {
  utsname machine{};
  ::uname(&machine);
  const std::string name = machine.machine;
  return normalized({"linux", image::architecture(), name == "armv6l" ? "v6" : ""});
}

image::descriptor choose(const std::string& index_text, const platform& target) {
  const auto entries = image::parse_index(index_text);
  const auto document = base::parse_json(index_text, "the image's index");
  std::optional<int> best;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto rated = rating(document.at("manifests").at(i), target);
    if (!rated || (best && *rated <= *best)) continue;
    best = rated;
    chosen = i;
  }
  if (!best)
    throw usage_error(
        failure_kind::not_found,
        fmt::format("no matching manifest for {} in the manifest list entries",
                    target.text()));
  return entries[chosen];
}

}  // namespace zoomin::registry
