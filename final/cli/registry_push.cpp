// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/shared_commands.hpp"
#include "cli/stop_signals.hpp"
#include "cli/transfer_display.hpp"
#include "docker/units.hpp"
#include "image/reference.hpp"
#include "registry/push.hpp"
#include "registry/remote.hpp"

namespace zoomin::cli {

namespace {

std::string result_text(const std::string& tag, const registry::pushed& image) {
  return fmt::format(
      "{}: digest: {} size: {}\n"
      "{} of {} layers already there: sent {} of {}\n",
      tag, image.digest, image.size, image.layers_existing, image.layers,
      docker::size_text(image.sent), docker::size_text(image.bytes));
}

int push_images(const flags& options, const base::cancellation& stop) {
  const std::string name = options.rest()[0];
  const auto remote = registry::parse_remote(name);
  const bool quiet = options.on("--quiet"), all = options.on("--all-tags");
  const std::string repository = remote.host + "/" + remote.repository;
  if (!remote.digest.empty())
    throw misuse("push: cannot push a digest reference", "push NAME or NAME:TAG");
  if (all && image::has_tag(name))
    throw misuse("push: a tag can't be used with --all-tags/-a");
  if (!all && !image::has_tag(name) && !quiet) print("Using default tag: latest\n");
  const auto names = all ? registry::stored_tags(name) : arguments{name};
  if (!quiet) print(fmt::format("The push refers to repository [{}]\n", repository));
  transfer_display display({"", "Pushing", quiet, options.on("--explain")});
  for (const auto& each : names) {
    const auto image = registry::push(each, verifies_tls(options), display, stop);
    const auto tag = registry::parse_remote(each).tag;
    print(quiet ? fmt::format("{}:{}\n", repository, tag) : result_text(tag, image));
  }
  return 0;
}

const command push({"push"}, push_manual, [](const arguments& words) {
  const flags options = parse_push(words);
  return run_interruptibly(
      [&](const base::cancellation& stop) { return push_images(options, stop); });
});

}  // namespace

}  // namespace zoomin::cli
