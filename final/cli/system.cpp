// SPDX-License-Identifier: MIT
// system: the commands that concern all of zoomin: system df, info, version, events and
// boot.
#include "docker/system.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

#include "base/events.hpp"
#include "base/timestamp.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/show.hpp"
#include "cli/text/template.hpp"
#include "docker/units.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

int print_details(const flags& options) {
  const auto [images, containers, volumes] = docker::detailed_disk_usage(report_failure);
  print("Images space usage:\n\n");
  print_list(options, images,
             {"Repository", "Tag", "ID", "CreatedSince", "Size", "SharedSize",
              "UniqueSize", "Containers"});
  print("\nContainers space usage:\n\n");
  print_list(options, containers,
             {"ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status",
              "Names"});
  print("\nLocal Volumes space usage:\n\n");
  print_list(options, volumes, {"Name", "Links", "Size"});
  print("\n");
  return 0;
}

int disk_usage(const arguments& words) {
  const flags options(
      "system df",
      {format_flag, {"--verbose", 'v', toggle, "list each image, container and volume"}},
      words);
  options.expect_no_rest();
  if (options.on("--verbose")) {
    if (options.has("--format")) throw not_supported("system df --verbose --format");
    return print_details(options);
  }
  print_list(options, docker::disk_usage(report_failure),
             {"Type", "TotalCount", "Active", "Size", "Reclaimable"});
  return 0;
}

constexpr const char* info_format =
    "Containers: {{.Containers}}\n"
    " Running: {{.ContainersRunning}}\n"
    " Paused: {{.ContainersPaused}}\n"
    " Stopped: {{.ContainersStopped}}\n"
    "Images: {{.Images}}\n"
    "Server Version: {{.ServerVersion}}\n"
    "Storage Driver: {{.Driver}}\n"
    "Logging Driver: {{.LoggingDriver}}\n"
    "Cgroup Driver: {{.CgroupDriver}}\n"
    "Cgroup Version: {{.CgroupVersion}}\n"
    "Security Options:{{range .SecurityOptions}}\n {{.}}{{end}}\n"
    "Kernel Version: {{.KernelVersion}}\n"
    "Operating System: {{.OperatingSystem}}\n"
    "OSType: {{.OSType}}\n"
    "Architecture: {{.Architecture}}\n"
    "CPUs: {{.NCPU}}\n"
    "Total Memory: {{.Memory}}\n"
    "Name: {{.Name}}\n"
    "Docker Root Dir: {{.DockerRootDir}}";

// Prints one object in --format, by default in the format `usual`.
void print_object(const flags& options, const json& object, const std::string& usual) {
  print(render_list({object}, {}, options.text("--format"), usual));
}

int info(engine& engine, const arguments& words) {
  const flags options("info", {short_format_flag}, words);
  options.expect_no_rest();
  json facts = docker::info(report_failure);
  if (!options.has("--format"))
    facts["Memory"] = docker::binary_size_text(facts["MemTotal"]);
  print_object(options, facts, info_format);
  warn_of_lost_rules(engine);
  return 0;
}

int print_version(const arguments& words) {
  const flags options("version", {short_format_flag}, words);
  options.expect_no_rest();
  print_object(options, docker::version(), "zoomin {{.Client.Version}}");
  return 0;
}

std::string time_of(const flags& options, std::string_view name, const timespec& now) {
  return options.has(name) ? base::parse_timestamp(name, options.text(name), now) : "";
}

int show_events(engine& engine, const arguments& words) {
  const flags options(
      "events",
      {filter_flag,
       format_flag,
       {"--since", 0, text, "show events since a time or duration (10m)"},
       {"--until", 0, text, "show events until a time or duration (10m)"}},
      words);
  options.expect_no_rest();
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const auto filter = docker::event_filters(options.list("--filter"));
  const auto shape = options.text("--format");
  const format line_format(shape == "json" ? "{{json .}}" : shape);
  const auto show = [&](std::string_view time, std::string_view line) {
    const auto event = docker::parse_event(line, filter);
    if (event.is_null()) return;
    print((shape.empty() ? docker::event_text(time, event) : line_format.render(event)) +
          "\n");
  };
  auto events =
      engine.events(time_of(options, "--since", now), time_of(options, "--until", now));
  while (events.next(show) && wait_while_read(events.fd())) continue;
  return 0;
}

// Starts containers when the machine starts, and stops them before it goes down; systemd
// runs it by zoomin.service. A container that can't start is reported, but the command
// succeeds: systemd runs no ExecStop of a service that failed to start,
// systemd.service(5), and then no container would get its stop signal.
int boot(engine& engine, const arguments& words) {
  const flags options(
      "boot", {{"--stop", 0, toggle, "stop all containers, as at shutdown"}}, words);
  options.expect_no_rest();
  bool succeeded = true;
  const auto failed = [&](const std::string& name, const std::exception& failure) {
    complain(fmt::format("{}: {}", name, failure.what()));
    succeeded = false;
  };
  if (!options.on("--stop")) {
    engine.start_all(failed);
    return 0;
  }
  engine.stop_all(failed);
  return succeeded ? 0 : 1;
}

const command df_command({"system df"},
                         {"show disk usage", "", "zoomin system df",
                          "zoomin system df -v"},
                         disk_usage);
const command info_command({"info", "system info"},
                           {"display system-wide information", "", "zoomin info",
                            "zoomin info -f '{{.CgroupVersion}}'"},
                           info);
const command version_command({"version", "--version", "-v"},
                              {"show the version", "", "zoomin version",
                               "zoomin version -f '{{.Client.Version}}'"},
                              print_version);
const command events_command({"events", "system events"},
                             {"show real time events", "",
                              "zoomin events --since 1h --until 0s",
                              "zoomin events -f event=die --format json"},
                             show_events);
const command boot_command({"boot"},
                           {"start containers by restart policy, as at boot", "",
                            "zoomin boot", "zoomin boot --stop"},
                           boot);

}  // namespace

}  // namespace zoomin::cli
