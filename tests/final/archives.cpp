// SPDX-License-Identifier: MIT
#include "final/archives.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "common/lab/subprocess.hpp"
#include "common/sys.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

namespace zoomin::test {

namespace {

constexpr std::size_t block = 512;

void put(std::string& header, std::size_t at, const std::string& text) {
  header.replace(at, text.size(), text);
}

std::string header_of(const tar_member& member) {
  const bool is_link = member.kind == '1' || member.kind == '2';
  std::string header(block, '\0');
  put(header, 0, member.path.substr(0, 100));
  put(header, 100, fmt::format("{:07o}", member.mode));
  put(header, 108, "0000000");  // uid
  put(header, 116, "0000000");  // gid
  const std::uint64_t size = is_link ? 0 : member.content.size();
  put(header, 124, fmt::format("{:011o}", member.stated_size.value_or(size)));
  put(header, 136, fmt::format("{:011o}", 1767225600));
  put(header, 148, "        ");
  header[156] = member.kind;
  if (is_link) put(header, 157, member.content.substr(0, 100));
  put(header, 257, std::string("ustar\00000", 8));
  if (member.kind == '3')
    put(header, 329,
        std::string("0000000\0"
                    "0000000",
                    15));
  const unsigned sum = std::accumulate(
      header.begin(), header.end(), 0U,
      [](unsigned all, char c) { return all + static_cast<unsigned char>(c); });
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  return header;
}

// Returns the output of a program for this input, which it need not read to its end.
std::string filtered(std::vector<std::string> program, const std::string& input) {
  const scratch files;
  write_file(files / "input", input);
  program.push_back(files / "input");
  return check::run_to_end(program, 60).output;
}

std::string add_blob(layout& to, const std::string& bytes) {
  const std::string digest = sha256(bytes);
  to.files["blobs/sha256/" + digest] = bytes;
  return digest;
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

std::string described(const std::string& type, const std::string& digest,
                      std::size_t size, const std::string& more = {}) {
  return fmt::format(R"({{"mediaType":"{}","digest":"sha256:{}","size":{}{}}})", type,
                     digest, size, more);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

std::string tar(const std::vector<tar_member>& members) {
  std::string result;
  for (const auto& member : members) {
    result += header_of(member);
    if (member.kind == '1' || member.kind == '2') continue;
    result += member.content;
    result.append((block - member.content.size() % block) % block, '\0');
  }
  return result.append(2 * block, '\0');
}

std::string sha256(const std::string& bytes) {
  return filtered({"sha256sum"}, bytes).substr(0, 64);
}

std::string gzip(const std::string& bytes) { return filtered({"gzip", "-nc"}, bytes); }

std::string architecture() {
  utsname machine{};
  ::uname(&machine);
  const std::string name = machine.machine;
  return name == "x86_64" ? "amd64" : name == "aarch64" ? "arm64" : name;
}

layout make_layout(const image_recipe& recipe) {
  layout made;
  std::vector<std::string> diff_ids, descriptors;
  for (const auto& layer : recipe.layers) {
    diff_ids.push_back("\"sha256:" + sha256(layer) + "\"");
    const std::string bytes = recipe.compressed ? gzip(layer) : layer;
    made.layers.push_back(add_blob(made, bytes));
    descriptors.push_back(described("application/vnd.oci.image.layer.v1.tar",
                                    made.layers.back(), bytes.size()));
  }
  const std::string config = fmt::format(
      R"({{"created":"2026-01-01T00:00:00Z","architecture":"{}","os":"linux",)"
      R"("config":{{{}"Cmd":["{}"]}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
      recipe.architecture, recipe.configuration, recipe.command, joined(diff_ids));
  made.config = add_blob(made, config);
  const std::string manifest = fmt::format(
      R"({{"schemaVersion":2,"config":{},"layers":[{}]}})",
      described("application/vnd.oci.image.config.v1+json", made.config, config.size()),
      joined(descriptors));
  made.manifest = add_blob(made, manifest);
  const std::string named =
      fmt::format(R"(,"platform":{{"os":"linux","architecture":"{}"}},)"
                  R"("annotations":{{"org.opencontainers.image.ref.name":"{}"}})",
                  recipe.architecture, recipe.name);
  made.files["index.json"] =
      fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})",
                  described("application/vnd.oci.image.manifest.v1+json", made.manifest,
                            manifest.size(), named));
  made.files["oci-layout"] = R"({"imageLayoutVersion":"1.0.0"})";
  return made;
}

void layout::change(const std::string& digest, const std::string& from,
                    const std::string& to) {
  const std::string before = files.at("blobs/sha256/" + digest);
  const std::string after = replaced(before, from, to);
  files.erase("blobs/sha256/" + digest);
  const std::string changed = add_blob(*this, after);
  const auto reference_text = [](const std::string& name, std::size_t size) {
    return fmt::format(R"("digest":"sha256:{}","size":{})", name, size);
  };
  for (auto& [name, text] : files)
    replace_all(text, reference_text(digest, before.size()),
                reference_text(changed, after.size()));
  if (digest == manifest) {
    manifest = changed;
  } else if (digest == config) {
    config = changed;
    // The digest of the manifest has changed with its content.
    const std::string text = files.at("blobs/sha256/" + manifest);
    const std::string old = manifest;
    const auto old_size = text.size() + std::to_string(before.size()).size() -
                          std::to_string(after.size()).size();
    files.erase("blobs/sha256/" + old);
    manifest = add_blob(*this, text);
    replace_all(files.at("index.json"), reference_text(old, old_size),
                reference_text(manifest, text.size()));
  }
}

std::string packed(const layout& layout) {
  std::vector<tar_member> members;
  for (const auto& [name, content] : layout.files) members.push_back({name, content});
  return tar(members);
}

std::string docker_archive(const layout& layout, const std::string& names_json) {
  std::vector<tar_member> members{
      {layout.config + ".json", layout.files.at("blobs/sha256/" + layout.config)}};
  std::vector<std::string> paths;
  for (const auto& layer : layout.layers) {
    members.push_back({layer + "/layer.tar", layout.files.at("blobs/sha256/" + layer)});
    paths.push_back("\"" + layer + "/layer.tar\"");
  }
  members.push_back(
      {"manifest.json",
       fmt::format(R"([{{"Config":"{}.json","RepoTags":{},"Layers":[{}]}}])",
                   layout.config, names_json, joined(paths))});
  return tar(members);
}

std::string replaced(const std::string& text, const std::string& from,
                     const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos)
    throw std::logic_error("not there exactly once: " + from);
  return text.substr(0, at) + to + text.substr(at + from.size());
}

std::string bottom_layer(const std::string& image) {
  const scratch files;
  shell(fmt::format("cd {} && zoomin save {} | tar -x", files.path(), image));
  const auto images =
      nlohmann::json::parse(zoomin::sys::read_file(files / "manifest.json"));
  return zoomin::sys::read_file(files / images[0]["Layers"][0].get<std::string>());
}

std::string load_text(const std::string& archive) {
  const scratch files;
  write_file(files / "a.tar", archive);
  const auto done = shell("zoomin load -i " + (files / "a.tar"));
  INFO(done.errors);
  CHECK(done.status == 0);
  return done.output;
}

}  // namespace zoomin::test
