// SPDX-License-Identifier: MIT
#include "registry/manifest.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/digest.hpp"

namespace zoomin::registry {

using nlohmann::json;

namespace {

constexpr int deepest_index = 3;
constexpr int max_pages = 1000;

std::vector<std::string> accept_headers() {
  return {
      "Accept: application/vnd.oci.image.index.v1+json",
      "Accept: application/vnd.oci.image.manifest.v1+json",
      "Accept: application/vnd.docker.distribution.manifest.list.v2+json",
      "Accept: application/vnd.docker.distribution.manifest.v2+json",
  };
}

void require_digest(const std::string& text, const std::string& expected) {
  if (const auto actual = image::digest_of(text); actual != expected)
    throw usage_error(
        fmt::format("the registry sent a document with the digest {}, "
                    "expected {}",
                    actual, expected));
}

void refuse_old_format(const std::string& text) {
  try {
    if (base::parse_json(text, "the manifest").value("schemaVersion", 2) != 1) return;
  } catch (const json::exception& failure) {
    throw usage_error(
        fmt::format("the image's manifest is malformed: {}", failure.what()));
  }
  throw usage_error(failure_kind::unsupported,
                    "the image's manifest has the unsupported schema version 1",
                    "it must be pushed again, by a docker of 2016 or later");
}

// Returns the path of the next page in a Link header: "</v2/…>; rel=\"next\"".
std::string next_page(const std::string& link) {
  const auto end = link.find('>');
  if (!link.starts_with('<') || end == std::string::npos) return "";
  if (link.find("rel=\"next\"", end) == std::string::npos) return "";
  std::string url = link.substr(1, end - 1);
  if (const auto scheme = url.find("://"); scheme != std::string::npos)
    url.erase(0, std::min(url.find('/', scheme + 3), url.size()));
  return url;
}

}  // namespace

std::string document_reader::request_manifest(const std::string& reference) const {
  request get;
  get.url = fmt::format("/v2/{}/manifests/{}", remote.repository, reference);
  get.headers = accept_headers();
  const auto answer = from.send(to, get);
  if (answer->status() != 200)
    refuse(*answer, fmt::format("fetch the manifest of {}/{}:{}", remote.host,
                                remote.repository, reference));
  std::string text = answer->text(image::largest_document);
  if (const auto digest = answer->header("docker-content-digest");
      digest.starts_with("sha256:"))
    require_digest(text, digest);
  return text;
}

fetched_manifest document_reader::manifest_for(const platform& target) const {
  std::string text = request_manifest(remote.reference());
  if (!remote.digest.empty()) require_digest(text, remote.digest);
  const std::string digest = image::digest_of(text);
  refuse_old_format(text);
  for (int depth = 0; image::is_index(text); ++depth) {
    if (depth == deepest_index)
      throw usage_error("the image's indexes are nested too deeply");
    text = document(choose(text, target), "manifests");
  }
  return {text, digest};
}

std::string document_reader::document(const image::descriptor& entry,
                                      const char* kind) const {
  if (entry.size > image::largest_document)
    throw usage_error(fmt::format("the image's document {} is too large: {} bytes",
                                  entry.digest, entry.size));
  if (sys::exists(image::blob_path(entry.digest)))
    return image::read_document(entry.digest);
  request document{"GET",
                   fmt::format("/v2/{}/{}/{}", remote.repository, kind, entry.digest)};
  document.headers = accept_headers();
  const auto answer = from.send(to, document);
  if (answer->status() != 200) refuse(*answer, "fetch " + entry.digest);
  std::string text = answer->text(entry.size);
  require_digest(text, entry.digest);
  return text;
}

std::vector<std::string> document_reader::tags() const {
  std::vector<std::string> names;
  std::string url = fmt::format("/v2/{}/tags/list", remote.repository);
  for (int page = 0; !url.empty() && page < max_pages; ++page) {
    const auto answer = from.send(to, {"GET", url});
    if (answer->status() != 200) refuse(*answer, "list the tags of " + remote.repository);
    url = next_page(answer->header("link"));
    try {
      const auto document =
          base::parse_json(answer->text(image::largest_document), "the list of tags");
      for (const auto& tag : document.at("tags")) names.push_back(tag.get<std::string>());
    } catch (const json::exception& failure) {
      throw usage_error(fmt::format("the list of tags is malformed: {}", failure.what()));
    }
  }
  return names;
}

void require_platform(const std::string& config_text, const platform& target) {
  const auto config = image::parse_configuration(config_text);
  const auto offered = parse_platform(config.os + "/" + config.architecture);
  if (offered.os != target.os || offered.architecture != target.architecture)
    throw usage_error(
        failure_kind::not_found,
        fmt::format("the image is for {}, not for {}", offered.text(), target.text()));
}

}  // namespace zoomin::registry
