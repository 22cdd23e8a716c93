// SPDX-License-Identifier: MIT
#include "common/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>

#include "common/chroot.hpp"
#include "common/lab/lab_host.hpp"
#include "common/narration.hpp"
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
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void options::toggle(const std::string& flag, bool& into, const std::string& help) {
  parser_->app.add_flag(flag, into, help);
}

namespace {

// The options that every step has, as they were typed.
struct typed {
  request asked;
  std::optional<std::string> hostname;
  std::optional<std::string> explain;
  std::optional<std::string> self_check;
  std::vector<std::string> skip;
  bool quiet = false;
  bool pause = false;
  bool fail_fast = false;
};

narration::settings narration_settings(const typed& from) {
  narration::settings wanted;
  wanted.pause = from.pause;
  wanted.skip = from.skip;
  const std::string how = from.explain.value_or("text");
  if (how != "text" && how != "json")
    throw usage_error(fmt::format("--explain={}: no such form", how),
                      "--explain=text or --explain=json");
  wanted.how = how == "json" ? narration::style::json : narration::style::text;
  if (from.quiet) wanted.how = narration::style::off;
  return wanted;
}

int failed(const std::string& name, const std::string& text, const std::string& hint,
           int status) {
  std::string result = fmt::format("{}: {}\n", name, text);
  if (!hint.empty()) result += fmt::format("hint: {}\n", hint);
  [[maybe_unused]] const auto ignored =
      ::write(STDERR_FILENO, result.data(), result.size());
  return status;
}

// Descriptors 0 to 2 must be open, or the first file we open would become one of them.
void open_standard_descriptors() {
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR))
    if (fd > STDERR_FILENO) {
      ::close(fd);
      break;
    }
}

}  // namespace

int exit_status_of(const sys::error& failure) {
  if (failure.call() != "execve" && failure.call() != "chdir") return 125;
  return failure.number() == ENOENT || failure.number() == ENOTDIR ? 127 : 126;
}

program::program(std::string name, const std::string& about)
    : name_(std::move(name)), options_(about) {}

void program::proves(std::vector<check::fact> facts) { facts_ = std::move(facts); }

int program::parse_and_run(int argc, char** argv,
                           const std::function<int(request&)>& body) {
  typed from;
  auto& app = options_.parser_->app;
  options_.value("--hostname", from.hostname, "the container's own name (box)");
  options_.toggle("--init", from.asked.init, "a PID 1 that reaps and forwards signals");
  options_.toggle("--look", from.asked.look,
                  "show what host and container see, side by side");
  app.add_option("--explain", from.explain,
                 "text or json: narrate each kernel request (on)")
      ->expected(0, 1);
  options_.toggle("--quiet,-q", from.quiet, "narrate nothing");
  options_.toggle("--pause", from.pause, "wait for Enter before each request");
  options_.list("--skip", from.skip, "leave out a request, in a throw-away host");
  app.add_option("--self-check", from.self_check, "prove this step's facts, of PROGRAM")
      ->expected(0, 1)
      ->type_name("[=PROGRAM]");
  options_.toggle("--fail-fast", from.fail_fast,
                  "with --self-check: end at the first fact that doesn't hold");
  app.add_option("COMMAND", from.asked.command, "what to run (a shell)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refused) {
    if (refused.get_exit_code() == 0) return app.exit(refused);
    throw usage_error(refused.what(),
                      fmt::format("`{} --help` lists the options", name_));
  }
  if (from.explain && from.explain->empty()) from.explain = "text";
  if (::geteuid() != 0)
    throw usage_error("not root", fmt::format("containers need root: sudo ./{}", name_));
  from.asked.hostname = from.hostname.value_or(from.asked.hostname);
  from.asked.explain = narration_settings(from).how == narration::style::text;

  if (app.count("--self-check") != 0) {
    const std::string subject = from.self_check.value_or("");
    if (subject.empty()) narration::validate_skips(from.skip);
    const std::string path = subject.empty() ? "/proc/self/exe" : subject;
    const std::string file =
        sys::read_link(fmt::format("/proc/self/fd/{}", sys::open(path, O_PATH).get()));
    return host::throw_away_host(
        [&] { return check::prove(file, from.skip, facts_, from.fail_fast) ? 0 : 1; });
  }
  const auto tell_and_run = [&] {
    narration::begin(narration_settings(from));
    chroot::note();
    const int status = body(from.asked);
    const auto unused = narration::unused_skips();
    // Of a self-check's many runs, only some make each request.
    if (narration::interrupted()) return 128 + SIGINT;
    if (unused.empty() || check::under_test()) return status;
    throw usage_error(
        fmt::format("--skip {}: nothing of that name was asked for in this run",
                    fmt::join(unused, ", ")));
  };
  if (from.skip.empty() || check::under_test()) return tell_and_run();
  // In a host made for it, whatever is left out hurts nobody.
  return host::throw_away_host([&] { return run_guarded(tell_and_run); });
}

int program::run_guarded(const std::function<int()>& work) const {
  try {
    return work();
  } catch (const usage_error& refused) {
    return failed(name_, refused.what(), refused.hint(), 125);
  } catch (const sys::error& failure) {
    if (failure.call() == "pause") return failed(name_, "interrupted", {}, 128 + SIGINT);
    return failed(name_, failure.what(), hint_for(failure), exit_status_of(failure));
  } catch (const std::exception& failure) {
    return failed(name_, failure.what(), {}, 125);
  }
}

int program::run(int argc, char** argv, const std::function<int(request&)>& body) {
  open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // a stderr that nobody reads ends no container
  return run_guarded([&] { return parse_and_run(argc, argv, body); });
}

}  // namespace zoomin
