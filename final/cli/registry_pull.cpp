// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/shared_commands.hpp"
#include "cli/stop_signals.hpp"
#include "cli/transfer_display.hpp"
#include "docker/units.hpp"
#include "image/reference.hpp"
#include "registry/pull.hpp"
#include "registry/remote.hpp"

namespace zoomin::cli {

namespace {

std::string full_name(const std::string& name) {
  const auto remote = registry::parse_remote(name);
  return fmt::format("{}/{}{}{}", remote.host, remote.repository,
                     remote.digest.empty() ? ":" : "@", remote.reference());
}

std::string result_text(const registry::pulled& image) {
  return fmt::format(
      "Digest: {}\n"
      "Status: {} for {}\n"
      "{}\n"
      "{} of {} layers already here: fetched {} of {}\n",
      image.digest, image.is_new ? "Downloaded newer image" : "Image is up to date",
      image.name, full_name(image.name), image.layers_existing, image.layers,
      docker::size_text(image.fetched), docker::size_text(image.bytes));
}

registry::pull_options options_of(const flags& options) {
  registry::pull_options result;
  if (options.has("--platform"))
    result.platform = registry::parse_platform(options.text("--platform"));
  result.verify_tls = verifies_tls(options);
  return result;
}

int pull_images(const flags& options, const base::cancellation& stop) {
  const std::string name = options.rest()[0];
  const auto pull_options = options_of(options);
  const auto remote = registry::parse_remote(name);
  const bool quiet = options.on("--quiet"), all = options.on("--all-tags");
  const bool has_reference = image::has_tag(name) || !remote.digest.empty();
  if (all && has_reference) throw misuse("pull: a tag can't be used with --all-tags/-a");
  if (!all && !has_reference && !quiet) print("Using default tag: latest\n");
  transfer_display display({"Pulling from " + remote.repository, "Downloading", quiet,
                            options.on("--explain")});
  const auto names =
      all ? registry::list_tags(name, pull_options, display, stop) : arguments{name};
  for (const auto& each : names) {
    const auto image = registry::pull(each, pull_options, display, stop);
    print(quiet ? full_name(image.name) + "\n" : result_text(image));
  }
  return 0;
}

const command pull({"pull"}, pull_manual, [](const arguments& words) {
  const flags options = parse_pull(words);
  return run_interruptibly(
      [&](const base::cancellation& stop) { return pull_images(options, stop); });
});

}  // namespace

}  // namespace zoomin::cli
