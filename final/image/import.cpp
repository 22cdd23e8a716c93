// SPDX-License-Identifier: MIT
// import: the archive of a root file system becomes an image of one layer.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "events/events.hpp"
#include "image/layer.hpp"
#include "image/load.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"
#include "image/unused.hpp"
#include "image/writing.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

constexpr std::size_t piece_bytes = 256UL << 10;

staged copy_of(const std::string& path, staging& files) {
  const unique_fd input = open_input(path);
  return files.add([&](const staging::sink& to) {
    std::vector<char> piece(piece_bytes);
    long got = 0;
    while ((got = sys::check("read", path, [&] {
              return ::read(input.get(), piece.data(), piece.size());
            })) > 0)
      to({piece.data(), static_cast<std::size_t>(got)});
  });
}

// `CMD ["sh", "-c"]` as JSON, or a line for the shell.
json command_of(const std::string& text) {
  if (text.starts_with("[")) try {
      return json::parse(text).get<std::vector<std::string>>();
    } catch (const json::exception&) {  // then it is for the shell
    }
  return {"/bin/sh", "-c", text};
}

void change(json& config, const std::string& line) {
  const auto space = line.find_first_of(" \t");
  const std::string word = line.substr(0, space);
  const auto begin = line.find_first_not_of(" \t", space);
  const std::string rest = begin == std::string::npos ? "" : line.substr(begin);
  const auto equals = rest.find('=');
  const bool pair = equals != std::string::npos && equals > 0;
  if (word == "CMD") {
    config["Cmd"] = command_of(rest);
  } else if (word == "ENTRYPOINT") {
    config["Entrypoint"] = command_of(rest);
  } else if (word == "ENV" && pair) {
    config["Env"].push_back(rest);
  } else if (word == "LABEL" && pair) {
    config["Labels"][rest.substr(0, equals)] = rest.substr(equals + 1);
  } else if (word == "USER" && !rest.empty()) {
    config["User"] = rest;
  } else if (word == "WORKDIR" && rest.starts_with("/")) {
    config["WorkingDir"] = rest;
  } else if (word == "STOPSIGNAL" && !rest.empty()) {
    config["StopSignal"] = rest;
  } else if (word == "EXPOSE" && !rest.empty()) {
    const bool has_protocol = rest.find('/') != std::string::npos;
    config["ExposedPorts"][has_protocol ? rest : rest + "/tcp"] = json::object();
  } else if (word == "VOLUME" && rest.starts_with("/")) {
    config["Volumes"][rest] = json::object();
  } else {
    throw usage_error(
        fmt::format("--change {}: not a line that import knows", sys::quoted(line)),
        "CMD ENTRYPOINT ENV EXPOSE LABEL STOPSIGNAL USER VOLUME WORKDIR");
  }
}

std::string configuration_text(const std::string& diff_id, const std::string& message,
                               const json& config) {
  const std::string now =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(::time(nullptr)));
  const std::string comment = message.empty() ? "Imported from -" : message;
  return json{{"created", now},
              {"architecture", architecture()},
              {"os", "linux"},
              {"config", config},
              {"rootfs", {{"type", "layers"}, {"diff_ids", {diff_id}}}},
              {"history", {{{"created", now}, {"comment", comment}}}}}
      .dump();
}

}  // namespace

std::string import(const std::string& path, const std::string& name,
                   const std::vector<std::string>& changes, const std::string& message) {
  std::vector<std::string> names;
  if (!name.empty()) names.push_back(parse_reference(name).text());
  json config = json::object();
  for (const auto& line : changes) change(config, line);
  make_store();
  clean_up();     // what killed ones left
  staging files;  // before the store is held: standard input may take its time
  const staged archive = copy_of(path, files);
  writing store;
  const unique_fd file = sys::open(archive.path, O_RDONLY);
  const std::string diff_id = unpack_layer(file.get(), path, "");
  const staged document = files.add_text(configuration_text(diff_id, message, config));
  manifest made{
      {"application/vnd.oci.image.config.v1+json", document.digest, document.size},
      {{layer_type(archive), archive.digest, archive.size}}};
  const staged top = files.add_text(manifest_text(made));
  for (const auto& one : {archive, document, top}) store.add_blob(one);
  store.name({"", top.digest, top.size}, names);
  store.commit();
  const std::string& known_as = names.empty() ? document.digest : names.front();
  events::tell({"image", "import", document.digest, {{"name", known_as}}});
  return document.digest;
}

}  // namespace zoomin::image
