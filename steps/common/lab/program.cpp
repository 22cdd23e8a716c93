// SPDX-License-Identifier: MIT
#include "common/lab/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <map>

#include "common/brief.hpp"
#include "common/chroot.hpp"
#include "common/columns.hpp"
#include "common/lab/lab_host.hpp"
#include "common/lab/recording.hpp"
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"

namespace zoomin {

struct options::parser {
  CLI::App app;
};

options::options(const std::string& about) : parser_(new parser{CLI::App(about)}) {
  parser_->app.positionals_at_end();
}
options::options(options&&) noexcept = default;
options::~options() = default;

void options::value(const std::string& flag, std::optional<std::string>& into,
                    const std::string& help) {
  parser_->app.add_option(flag, into, help)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void options::list(const std::string& flag, std::vector<std::string>& into,
                   const std::string& help) {
  parser_->app.add_option(flag, into, help)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void options::toggle(const std::string& flag, bool& into, const std::string& help) {
  parser_->app.add_flag(flag, into, help);
}

namespace {

// The values of the options that every step has.
struct common_options {
  zoomin::request request;
  std::optional<std::string> hostname;
  std::optional<std::string> explain;
  std::optional<std::string> self_check;
  std::vector<std::string> skip;
  bool quiet = false;
  std::optional<std::string> pause;
  std::optional<std::string> record;
  check::report_options report;
  std::optional<std::string> facts;
};

// Returns how --explain narrates; without it, `by_default`. `--explain` alone is full.
narration::style style_of(const common_options& options, narration::style by_default) {
  using narration::style;
  static const std::map<std::string, style> styles{{"", style::full},
                                                   {"brief", style::brief},
                                                   {"full", style::full},
                                                   {"json", style::json}};
  const auto named = styles.find(options.explain.value_or(""));
  if (named == styles.end())
    throw usage_error(fmt::format("--explain={}: unknown format", *options.explain),
                      "use --explain=brief, --explain=full or --explain=json, and -- "
                      "before the command");
  if (options.quiet) return style::off;
  return options.explain ? named->second : by_default;
}

int print_failure(const std::string& name, const std::string& text,
                  const std::string& hint, int status) {
  narration::show_brief();
  narration::record({{"failure", text}});
  std::string lines = fmt::format("{}: {}\n", name, text);
  if (!hint.empty()) lines += fmt::format("hint: {}\n", hint);
  [[maybe_unused]] const auto ignored =
      ::write(STDERR_FILENO, lines.data(), lines.size());
  return status;
}

// Sets the values that follow from others, and the defaults.
void complete(common_options& common, narration::style style) {
  auto& request = common.request;
  request.hostname = common.hostname.value_or(request.hostname);
  if (request.command.empty()) request.command = {"sh"};
  request.explain = style == narration::style::brief || style == narration::style::full;
  request.look = request.look || style == narration::style::full;
}

// Returns the file of --self-check's program; by default of this one.
std::string program_to_check(const common_options& common) {
  const std::string subject = common.self_check.value_or("");
  if (subject.empty()) narration::validate_skips(common.skip);
  const std::string path = subject.empty() ? "/proc/self/exe" : subject;
  return sys::read_link(fmt::format("/proc/self/fd/{}", sys::open(path, O_PATH).get()));
}

// Returns the facts that --self-check is to prove: by default all.
std::vector<check::fact> facts_to_prove(const common_options& common,
                                        std::vector<check::fact> facts) {
  if (!common.facts) return facts;
  std::erase_if(facts,
                [&](const check::fact& fact) { return fact.mechanism != *common.facts; });
  if (facts.empty())
    throw usage_error(
        fmt::format("--facts {}: this step has no such facts", *common.facts),
        "name a mechanism of this step: pid, net, mnt, cgroups or overlay");
  return facts;
}

// Opens descriptors 0 to 2 on /dev/null if they are closed; otherwise the first file that
// this program opens would become one of them.
void open_standard_descriptors() {
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR))
    if (fd > STDERR_FILENO) {
      ::close(fd);
      break;
    }
}

void add_common(options& options, CLI::App& app, common_options& common) {
  request& request = common.request;
  options.value("--hostname", common.hostname, "host name of the container (box)");
  options.toggle("--init", request.init, "run a PID 1 that reaps and forwards signals");
  options.toggle("--look", request.look, "compare the views of host and container");
  app.add_option("--explain", common.explain,
                 "narrate the kernel requests: brief, full or json")
      ->expected(0, 1);
  options.toggle("--quiet,-q", common.quiet, "narrate nothing");
  app.add_option("--pause", common.pause, "wait for Enter at each mechanism; =all; =NAME")
      ->expected(0, 1);
  options.list("--skip", common.skip, "leave out a request, in a throw-away host");
  options.value("--pid-file", request.pid_file, "write the container's PID to a file");
  options.value("--record", common.record, "write a page that shows each request");
  app.add_option("--self-check", common.self_check, "prove the facts of this step")
      ->expected(0, 1)
      ->type_name("[=PROGRAM]");
  options.toggle("--fail-fast", common.report.fail_fast,
                 "end --self-check at the first failed fact");
  options.value("--facts", common.facts, "prove the facts of one mechanism: pid, net, …");
  options.toggle("--json", common.report.json, "print the facts of --self-check as JSON");
  app.add_option("COMMAND", request.command, "the command to run (a shell)");
}

// Names the first unknown option, since CLI11 lists "--" too.
std::string refusal(const CLI::App& app, const CLI::ParseError& refused) {
  for (const auto& word : app.remaining())
    if (word != "--") return "unknown option: " + word;
  return refused.what();
}

int narrate_and_run(const narration::settings& how, request& request,
                    const std::function<int(zoomin::request&)>& body) {
  narration::begin(how);
  if (how.style == narration::style::brief)
    narration::begin_with(columns::brief_heading(columns::width()));
  chroot::note();
  const int status = body(request);
  const auto unused = narration::unused_skips();
  if (narration::interrupted()) return 128 + SIGINT;
  // A self-check runs many containers, and not every run makes each request.
  if (unused.empty() || check::under_test()) return status;
  throw usage_error(fmt::format("--skip {}: this run made no request of that name",
                                fmt::join(unused, ", ")));
}

// Returns the command line as one would type it: "step5 -- sh -c 'echo hi'".
std::string command_line(int argc, char** argv) {
  std::string line = std::filesystem::path(argv[0]).filename();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$`*?;&|<>()") == std::string::npos;
    line += plain ? " " + word : " " + fmt::format("'{}'", word);
  }
  return line;
}

// Runs `once`; with --skip in a throw-away host, in which a missing request can do no
// damage. A record then begins with a run that leaves out nothing.
int run_where_safe(
    const common_options& common, narration::style style,
    const std::function<int(const narration::settings&, const std::string&)>& once) {
  const narration::settings how{style, common.pause, common.skip};
  if (common.skip.empty() || check::under_test()) return once(how, "the run");
  return host::throw_away_host([&] {
    if (common.record) once({}, "the normal run");
    return once(how, fmt::format("without {}", fmt::join(common.skip, ", ")));
  });
}

}  // namespace

std::vector<std::string> callers_environment() {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry)
    environment.emplace_back(*entry);
  return environment;
}

void write_pid_file(const request& request, pid_t child) {
  if (!request.pid_file) return;
  const std::string text = fmt::format("{}\n", child);
  const auto file = sys::open(*request.pid_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  sys::check("write", *request.pid_file,
             [&] { return ::write(file.get(), text.data(), text.size()); });
}

program::program(std::string name, const std::string& about, narration::style by_default)
    : name_(std::move(name)), default_style_(by_default), options_(about) {}

void program::proves(std::vector<check::fact> facts) { facts_ = std::move(facts); }

int program::parse_and_run(int argc, char** argv,
                           const std::function<int(request&)>& body) {
  common_options common;
  auto& app = options_.parser_->app;
  add_common(options_, app, common);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refused) {
    if (refused.get_exit_code() == 0) return app.exit(refused);
    throw usage_error(refusal(app, refused),
                      fmt::format("`{} --help` lists the options", name_));
  }
  if (::geteuid() != 0)
    throw usage_error("not root", fmt::format("containers need root: sudo ./{}", name_));
  const auto style = style_of(common, default_style_);
  complete(common, style);

  if (app.count("--self-check") != 0) {
    const std::string file = program_to_check(common);
    const auto facts = facts_to_prove(common, facts_);
    return host::throw_away_host(
        [&] { return check::prove(file, common.skip, facts, common.report) ? 0 : 1; });
  }
  std::optional<recording> page;
  if (common.record) page.emplace(*common.record);
  const auto once = [&](const narration::settings& how, const std::string& name) {
    request request = common.request;
    request.explain = request.explain && how.style != narration::style::off;
    recording::begin_run(name);
    return run_guarded([&] { return narrate_and_run(how, request, body); });
  };
  const int status = run_where_safe(common, style, once);
  if (page) page->write(command_line(argc, argv));
  return status;
}

int program::run_guarded(const std::function<int()>& work) const {
  const auto fail = [&](const std::string& text, const std::string& hint, int status) {
    return print_failure(name_, text, hint, status);
  };
  try {
    const int status = work();
    narration::show_brief();
    return status;
  } catch (const usage_error& refused) {
    return fail(refused.what(), refused.hint(), 125);
  } catch (const sys::error& failure) {
    if (failure.call() == "pause") return fail("interrupted", {}, 128 + SIGINT);
    return fail(failure.what(), hint_for(failure), exit_status_of(failure));
  } catch (const std::exception& failure) {
    return fail(failure.what(), {}, 125);
  }
}

int program::run(int argc, char** argv, const std::function<int(request&)>& body) {
  open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // a closed stderr must not end the container
  use_context(context_from_environment());
  return run_guarded([&] { return parse_and_run(argc, argv, body); });
}

}  // namespace zoomin
