// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/create_flags.hpp"
#include "cli/dispatch.hpp"
#include "cli/flags.hpp"
#include "cli/foreground.hpp"
#include "cli/pull_image.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "common/lab/recording.hpp"
#include "common/narration.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

// Creates the file before the container, so that two containers never share a file.
unique_fd open_cidfile(const flags& options) {
  if (!options.has("--cidfile")) return {};
  const std::string path = options.text("--cidfile");
  if (sys::exists(path))
    throw usage_error(
        fmt::format("--cidfile {}: file exists", path),
        "it may hold another container's ID; remove it or choose another path");
  return sys::open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
}

std::string create_from(engine& engine, const flags& options) {
  const unique_fd file = open_cidfile(options);
  try {
    const auto id = with_image(engine, options, [&] {
      return unwrap(engine.create(request_of(options), options.text("--name")));
    });
    if (file)
      sys::check("write", options.text("--cidfile"),
                 [&] { return ::write(file.get(), id.data(), id.size()); });
    return id;
  } catch (...) {
    if (file) ::unlink(options.text("--cidfile").c_str());
    throw;
  }
}

void remove_quietly(engine& engine, const std::string& id) {
  try {
    unwrap(engine.remove(id, true, true).finish());
  } catch (const std::exception&) {
    // Only the failure that led here is reported.
  }
}

// Explains why ping may have failed: the ping of busybox opens a raw socket, and
// containers don't have NET_RAW by default.
void explain_failed_ping(const flags& options) {
  const auto& words = options.rest();
  if (words.size() < 2 || (words[1] != "ping" && !words[1].ends_with("/ping"))) return;
  for (const auto& added : options.list("--cap-add"))
    if (added.ends_with("NET_RAW") || added == "ALL") return;
  if (!options.on("--privileged"))
    complain("this ping may need a raw socket: --cap-add NET_RAW allows it");
}

int run_in_foreground(engine& engine, const std::string& id, const flags& options) {
  const auto streams = options.list("--attach");
  const bool input =
      options.on("--interactive") &&
      (streams.empty() || std::ranges::find(streams, "stdin") != streams.end());
  const bool terminal = options.on("--tty");
  auto attach = attach_options_of(options);
  auto started = engine.start_attached(id, attach_request_of(input, terminal), true);
  unwrap(started.step.finish());
  const int status = follow(std::move(started.client), std::move(attach));
  if (status != 0) explain_failed_ping(options);
  return status;
}

void begin_narration(const flags& options) {
  static const std::map<std::string, narration::style> styles{
      {"true", narration::style::full},
      {"full", narration::style::full},
      {"brief", narration::style::brief},
      {"json", narration::style::json}};
  if (!options.has("--explain")) return;
  const std::string name = options.text("--explain", "");
  const auto style = styles.find(name);
  if (style == styles.end())
    throw usage_error(fmt::format("--explain={}: expected brief, full or json", name));
  narration::begin({.style = style->second});
}

int run_image(engine& engine, const flags& options, bool detached) {
  const std::string image = options.rest(1)[0];
  const auto id = create_from(engine, options);
  engine.narrate(fmt::format("run {}", image));
  try {
    if (!detached) return run_in_foreground(engine, id, options);
    unwrap(engine.start(id).finish());
  } catch (...) {
    if (options.on("--rm")) remove_quietly(engine, id);
    throw;
  }
  print(id + "\n");
  return 0;
}

// Runs the image and writes the page of --record, even if the run fails.
int run_recorded(engine& engine, const flags& options, bool detached,
                 const std::string& title) {
  const recording page(options.text("--record", ""));
  recording::begin_run("the run");
  try {
    const int status = run_image(engine, options, detached);
    page.write(title);
    return status;
  } catch (const std::exception& failure) {
    narration::record({{"failure", failure.what()}});
    page.write(title);
    throw;
  }
}

int run(engine& engine, const arguments& words) {
  const flags options("run", flags_to_create(true), words, true);
  static_cast<void>(options.rest(1));  // requires an image
  const bool detached = options.on("--detach");
  if (detached && options.has("--attach"))
    throw misuse("run: --attach can't be combined with --detach");
  attach_options_of(options);  // invalid values are rejected before anything is created
  if (!detached) require_terminal(options.on("--interactive"), options.on("--tty"));
  begin_narration(options);
  if (!options.has("--record")) return run_image(engine, options, detached);
  return run_recorded(engine, options, detached,
                      fmt::format("zoomin run {}", fmt::join(words, " ")));
}

const command run_command({"run", "container run"},
                          {"create and run a container from an image",
                           "IMAGE [COMMAND] [ARG...]", "zoomin run --rm -it debian bash",
                           "zoomin run -d --name web -p 8080:80 -m 64m web"},
                          run);
const command create_command({"create", "container create"},
                             {"create a container without starting it",
                              "IMAGE [COMMAND] [ARG...]",
                              "zoomin create --name db -v data:/var/lib/db db",
                              "zoomin create -it --name shell debian bash"},
                             [](engine& engine, const arguments& words) {
                               const flags options("create", flags_to_create(false),
                                                   words, true);
                               print(create_from(engine, options) + "\n");
                               return 0;
                             });

}  // namespace

}  // namespace zoomin::cli
