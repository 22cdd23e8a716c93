// SPDX-License-Identifier: MIT
#include "image/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <map>
#include <set>
#include <span>

#include "base/atomic_file.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "image/reference.hpp"

namespace zoomin::image {

using base::text_in;
using nlohmann::json;

namespace {

constexpr auto name_annotation = "org.opencontainers.image.ref.name";
// The annotation with the full name. The other one holds only the tag if Docker wrote it.
constexpr auto full_name_annotation = "io.containerd.image.name";
constexpr auto pulled_annotation = "zoomin.registry.digest";
constexpr auto manifest_type = "application/vnd.oci.image.manifest.v1+json";

// Calls `work`. Exceptions of the JSON library become usage_error.
template <typename Work>
auto parse_or_refuse(const char* document, Work&& work) {
  try {
    return work();
  } catch (const json::exception& failure) {
    throw usage_error(
        fmt::format("the image's {} is malformed: {}", document, failure.what()));
  }
}

bool is_text(const json& value) { return value.is_string(); }
bool is_number(const json& value) { return value.is_number(); }
bool is_object(const json& value) { return value.is_object(); }
bool is_list(const json& value) {
  return value.is_array() && std::ranges::all_of(value, is_text);
}
bool is_command(const json& value) { return is_text(value) || is_list(value); }
bool is_map(const json& value) {
  return value.is_object() && std::ranges::all_of(value, is_text);
}

struct config_field {
  const char* name;
  const char* expected;
  bool (*has_type)(const json& value);
};

// The fields that are read, with the types that Docker accepts: image-spec, config.md.
constexpr config_field config_fields[]{{"Cmd", "a list of strings", is_command},
                                       {"Entrypoint", "a list of strings", is_command},
                                       {"Env", "a list of strings", is_list},
                                       {"ExposedPorts", "an object", is_object},
                                       {"Healthcheck", "an object", is_object},
                                       {"Labels", "an object of strings", is_map},
                                       {"OnBuild", "a list of strings", is_list},
                                       {"Shell", "a list of strings", is_command},
                                       {"StopSignal", "a string", is_text},
                                       {"User", "a string", is_text},
                                       {"Volumes", "an object", is_object},
                                       {"WorkingDir", "a string", is_text}};

constexpr config_field health_fields[]{
    {"Interval", "a number", is_number},      {"Retries", "a number", is_number},
    {"StartInterval", "a number", is_number}, {"StartPeriod", "a number", is_number},
    {"Test", "a list of strings", is_list},   {"Timeout", "a number", is_number}};

// Throws usage_error if a field has another type. As with Docker, null is like a missing
// field.
void require_types(const json& object, const std::string& path,
                   std::span<const config_field> fields) {
  for (const auto& field : fields) {
    const auto found = object.find(field.name);
    if (found == object.end() || found->is_null() || field.has_type(*found)) continue;
    throw usage_error(fmt::format("the image's configuration: {}.{}: expected {}", path,
                                  field.name, field.expected));
  }
}

void require_config_types(const json& document) {
  const auto config = base::value(document, "config", json(json::object()));
  if (!config.is_object())
    throw usage_error("the image's configuration: config: expected an object");
  require_types(config, "config", config_fields);
  require_types(base::value(config, "Healthcheck", json(json::object())),
                "config.Healthcheck", health_fields);
}

json parse(const std::string& text) {
  auto document = base::parse_json(text, "the image's document");
  if (!document.is_object())
    throw usage_error("the image's document is not a JSON object");
  return document;
}

descriptor parse_descriptor(const json& object) {
  descriptor parsed{text_in(object, "mediaType"), object.at("digest").get<std::string>(),
                    object.at("size").get<std::uint64_t>()};
  if (!is_digest(parsed.digest))
    throw usage_error(fmt::format("\"{}\" is not a sha256 digest", parsed.digest));
  const auto notes = object.value("annotations", json::object());
  parsed.name = text_in(notes, full_name_annotation);
  if (parsed.name.empty()) parsed.name = text_in(notes, name_annotation);
  parsed.pulled = text_in(notes, pulled_annotation);
  return parsed;
}

std::vector<descriptor> parse_descriptors(const json& documents) {
  std::vector<descriptor> descriptors;
  for (const auto& document : documents)
    descriptors.push_back(parse_descriptor(document));
  return descriptors;
}

std::string hexadecimal_of(const std::string& digest) {
  if (!is_digest(digest))
    throw usage_error(fmt::format("\"{}\" is not a sha256 digest", digest));
  return digest.substr(7);
}

bool is_for_this_machine(const json& entry) {
  const auto platform = entry.find("platform");
  if (platform == entry.end()) return true;
  return text_in(*platform, "os") == "linux" &&
         text_in(*platform, "architecture") == architecture();
}

// Returns the path of a file without content of use, which is removed to make room for a
// shorter index on a full disk.
std::string spare_path() { return images_directory() + "/.spare"; }

// Makes the spare file if there is room.
void make_spare() {
  constexpr off_t bytes = 64 << 10;
  if (sys::exists(spare_path())) return;
  const unique_fd file(
      ::open(spare_path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (::posix_fallocate(file.get(), 0, bytes) != 0) ::unlink(spare_path().c_str());
}

unique_fd lock_file(const std::string& name) {
  return sys::open(images_directory() + "/" + name, O_RDONLY | O_CREAT, 0600);
}

}  // namespace

std::string architecture() {
  static const std::map<std::string, std::string> names{
      {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm"}, {"i686", "386"}};
  utsname machine{};
  ::uname(&machine);
  const auto found = names.find(machine.machine);
  return found == names.end() ? machine.machine : found->second;
}

std::string images_directory() { return root_directory() + "/images"; }
std::string layers_directory() { return root_directory() + "/layers"; }

std::string blob_path(const std::string& digest) {
  return images_directory() + "/blobs/sha256/" + hexadecimal_of(digest);
}

std::string layer_directory(const std::string& diff_id) {
  return layers_directory() + "/" + hexadecimal_of(diff_id);
}

std::string layer_tree(const std::string& diff_id) {
  return layer_directory(diff_id) + "/tree";
}

std::uint64_t layer_size(const std::string& diff_id) {
  const std::string path = layer_directory(diff_id) + "/size";
  const auto file = sys::open_if_exists(path, O_RDONLY);
  return file ? std::strtoull(sys::read_all(file->get(), path).c_str(), nullptr, 10) : 0;
}

void make_store() {
  const std::string images = images_directory();
  for (const auto& directory : {images + "/blobs/sha256", layers_directory()})
    sys::make_path(directory, root_directory(), 0700);
  make_spare();
  if (sys::exists(images + "/oci-layout")) return;
  const unique_fd lock = lock_index();
  if (!sys::exists(images + "/index.json")) write_index({});
  base::replace_file(images + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})", true);
}

unique_fd lock_index() {
  unique_fd file = lock_file(".index");
  sys::lock(file.get());
  return file;
}

unique_fd lock_use(bool exclusive) {
  unique_fd file = lock_file(".use");
  sys::check("flock", "images/.use",
             [&] { return ::flock(file.get(), exclusive ? LOCK_EX : LOCK_SH); });
  return file;
}

std::optional<unique_fd> try_lock_use() {
  unique_fd file = lock_file(".use");
  if (!sys::try_lock(file.get())) return std::nullopt;
  return file;
}

std::string read_document(const std::string& digest) {
  const std::string path = blob_path(digest);
  const unique_fd file = sys::open(path, O_RDONLY | O_NOFOLLOW);
  struct stat found {};
  sys::check("fstat", path, [&] { return ::fstat(file.get(), &found); });
  if (!S_ISREG(found.st_mode) ||
      static_cast<std::uint64_t>(found.st_size) > largest_document)
    throw usage_error(fmt::format("{} isn't a document of an image", digest));
  return sys::read_all(file.get(), path);
}

// Refuses a document that is both: it could be read as a manifest here and as an index
// elsewhere, CVE-2021-41190.
bool is_index(const std::string& text) {
  return parse_or_refuse("manifest", [&] {
    const json document = parse(text);
    const bool index = document.contains("manifests");
    const bool image = document.contains("config") || document.contains("layers");
    if (index == image)
      throw usage_error(index ? "the image's manifest is an index as well"
                              : "the image's manifest has neither layers nor manifests");
    const std::string type = text_in(document, "mediaType");
    const bool says_index =
        type.ends_with("index.v1+json") || type.ends_with("manifest.list.v2+json");
    if (!type.empty() && says_index != index)
      throw usage_error(
          fmt::format("the image's manifest doesn't match its media type {}", type));
    return index;
  });
}

std::vector<descriptor> parse_index(const std::string& text) {
  return parse_or_refuse("index",
                         [&] { return parse_descriptors(parse(text).at("manifests")); });
}

std::vector<descriptor> for_this_machine(const std::string& index_text) {
  return parse_or_refuse("index", [&] {
    std::vector<descriptor> descriptors;
    const json document = parse(index_text);
    for (const auto& entry : document.at("manifests"))
      if (is_for_this_machine(entry)) descriptors.push_back(parse_descriptor(entry));
    return descriptors;
  });
}

manifest parse_manifest(const std::string& text) {
  if (is_index(text)) throw usage_error("expected a manifest, found an index");
  return parse_or_refuse("manifest", [&] {
    const json document = parse(text);
    return manifest{parse_descriptor(document.at("config")),
                    parse_descriptors(document.at("layers")),
                    text_in(document, "mediaType")};
  });
}

std::string manifest_text(const manifest& manifest) {
  const auto described = [](const descriptor& each) {
    return json{
        {"mediaType", each.media_type}, {"digest", each.digest}, {"size", each.size}};
  };
  json layers = json::array();
  for (const auto& each : manifest.layers) layers.push_back(described(each));
  return json{{"schemaVersion", 2},
              {"mediaType", manifest_type},
              {"config", described(manifest.config)},
              {"layers", layers}}
      .dump();
}

configuration parse_configuration(const std::string& text) {
  return parse_or_refuse("configuration", [&] {
    const json document = parse(text);
    configuration config{text,
                         text_in(document, "created"),
                         text_in(document, "architecture"),
                         text_in(document, "os"),
                         {},
                         {}};
    require_config_types(document);
    document.at("rootfs").at("diff_ids").get_to(config.diff_ids);
    for (const auto& id : config.diff_ids) hexadecimal_of(id);
    for (const auto& step : document.value("history", json::array()))
      config.history.push_back({text_in(step, "created"), text_in(step, "created_by"),
                                text_in(step, "comment"),
                                step.value("empty_layer", false)});
    return config;
  });
}

std::string index_text(const std::vector<descriptor>& entries) {
  json manifests = json::array();
  for (const auto& entry : entries) {
    manifests.push_back(
        {{"mediaType",
          entry.media_type.empty() ? manifest_type : entry.media_type.c_str()},
         {"digest", entry.digest},
         {"size", entry.size}});
    if (!entry.pulled.empty())
      manifests.back()["annotations"][pulled_annotation] = entry.pulled;
    if (entry.name.empty()) continue;
    auto& notes = manifests.back()["annotations"];
    notes[name_annotation] = entry.name;
    notes[full_name_annotation] = parse_reference(entry.name).full_text();
  }
  const json document{{"schemaVersion", 2},
                      {"mediaType", "application/vnd.oci.image.index.v1+json"},
                      {"manifests", manifests}};
  return document.dump(2) + "\n";
}

std::vector<descriptor> read_index() {
  const std::string path = images_directory() + "/index.json";
  const auto file = sys::open_if_exists(path, O_RDONLY);
  if (!file) return {};
  auto entries = parse_index(sys::read_all(file->get(), path));
  for (auto& entry : entries)
    if (!entry.name.empty()) entry.name = parse_reference(entry.name).text();
  return entries;
}

void write_index(const std::vector<descriptor>& entries) {
  base::replace_file(images_directory() + "/index.json", index_text(entries), true);
}

void write_shorter_index(const std::vector<descriptor>& entries) try {
  write_index(entries);
} catch (const sys::error& failure) {
  const bool is_full = failure.number() == ENOSPC || failure.number() == EDQUOT;
  if (!is_full || ::unlink(spare_path().c_str()) == -1) throw;
  write_index(entries);
}

void give_name(std::vector<descriptor>& entries, const descriptor& named) {
  descriptor added = named;
  for (auto& entry : entries) {
    if (named.name.empty() || entry.name != named.name) continue;
    // A registry still has this image, which now comes from an archive.
    if (entry.digest == named.digest && named.pulled.empty()) added.pulled = entry.pulled;
    entry.name.clear();
  }
  entries.push_back(added);
  std::set<std::string> seen;  // digests of remaining entries, and how they were pulled
  for (const auto& entry : entries)
    if (!entry.name.empty()) seen.insert({entry.digest, entry.digest + entry.pulled});
  std::erase_if(entries, [&](const descriptor& entry) {
    return entry.name.empty() && !seen.insert(entry.digest + entry.pulled).second;
  });
}

std::int64_t parse_time(const std::string& text) {
  std::tm at{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &at);
  if (rest == nullptr) return 0;
  if (*rest == '.') rest += 1 + std::strspn(rest + 1, "0123456789");
  char sign = '+';
  int hours = 0, minutes = 0;
  if (*rest != 'Z' && std::sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
    return 0;
  const std::int64_t offset = hours * 3600 + minutes * 60;
  return ::timegm(&at) - (sign == '-' ? -offset : offset);
}

}  // namespace zoomin::image
