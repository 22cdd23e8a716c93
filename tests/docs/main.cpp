// SPDX-License-Identifier: MIT
// docs_test: runs the command blocks of a document in a throw-away host, and checks its
// links. README.md describes the format.
//   docs_test [--show|--links] FILE.md
//   docs_test --match TEXT     succeeds if TEXT, which may have wildcards, matches stdin
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <thread>

#include "common/lab/lab_host.hpp"
#include "common/sys.hpp"
#include "docs/document.hpp"
#include "docs/terminal.hpp"

using namespace zoomin;
using namespace zoomin::docs;
namespace fs = std::filesystem;

namespace {

constexpr const char* checkout = "/mnt/zoomin-docs/zoomin";
constexpr const char* shims = "/mnt/zoomin-docs/bin";
constexpr const char* sources = "/mnt/zoomin-docs/sources";
constexpr const char* build = "/mnt/zoomin-docs/build";
constexpr const char* rules_for_sudo = "/mnt/zoomin-docs/sudoers.d";
constexpr const char* accounts = "/mnt/zoomin-docs/passwd";
constexpr uid_t reader = 1000;  // the number of an installation's first user

// Returns true if commands are run by an ordinary user, who needs a real sudo. Without
// sudo they are run by root, and `sudo` only runs its command.
bool has_sudo() { return fs::exists("/usr/bin/sudo") && fs::exists("/etc/sudoers.d"); }
uid_t user() { return has_sudo() ? reader : 0; }

bool is_installed(const std::string& program) {
  return std::ranges::any_of(
      std::initializer_list<std::string>{"/usr/bin/", "/usr/local/bin/"},
      [&](const std::string& directory) { return fs::exists(directory + program); });
}

void write_program(const std::string& name, const std::string& script) {
  const std::string path = fmt::format("{}/{}", shims, name);
  std::ofstream(path) << "#!/bin/sh\n" << script;
  fs::permissions(path, fs::perms(0755));
}

// Replaces the account with the reader's number by an account for the reader.
void make_account() {
  std::ifstream before("/etc/passwd");
  std::ofstream after(accounts);
  for (std::string line; std::getline(before, line);)
    if (line.find(fmt::format(":{}:", reader)) == std::string::npos)
      after << line << '\n';
  after << fmt::format("reader:*:{0}:{0}::/tmp:/bin/bash\n", reader);
  after.close();
  sys::mount(sys::quiet, accounts, "/etc/passwd", "", MS_BIND, "");
}

// Allows the reader to run any command as root, like an installation's first user, but
// without a password.
void allow_sudo() {
  make_account();
  fs::create_directories(rules_for_sudo);
  std::ofstream(fmt::format("{}/reader", rules_for_sudo))
      << "Defaults env_keep += \"ZOOMIN_ROOT NO_COLOR TERM\"\n"
         "Defaults !fqdn\n"
         "reader ALL=(ALL:ALL) NOPASSWD: ALL\n";
  sys::mount(sys::quiet, rules_for_sudo, "/etc/sudoers.d", "", MS_BIND, "");
}

// Makes a directory that looks like a checkout after `make step1` … `make step5`. It is
// on its own file system, which ends with the throw-away host. It isn't below /run,
// because the self-checks make throw-away hosts with another /run.
void make_checkout() {
  sys::mount(sys::quiet, "docs", "/mnt", "tmpfs", 0, "mode=755");
  fs::create_directories(checkout);
  fs::create_directories(shims);
  // The user may not have permission to search the directories above the real ones.
  for (const auto& [from, to] :
       {std::pair(ZOOMIN_SOURCE, sources), {ZOOMIN_BUILD, build}}) {
    fs::create_directories(to);
    sys::mount(sys::quiet, from, to, "", MS_BIND, "");
  }
  for (const auto& entry : fs::directory_iterator(sources))
    if (const auto name = entry.path().filename().string();
        name != "build" && !name.starts_with(".") &&
        !std::regex_match(name, std::regex("step[1-5]|zoomin")))
      fs::create_symlink(entry.path(), fs::path(checkout) / name);
  for (int step = 1; step <= 5; ++step)
    fs::create_symlink(fmt::format("{}/step{}", build, step),
                       fmt::format("{}/step{}", checkout, step));
  fs::create_symlink(fmt::format("{}/zoomin", build), fs::path(checkout) / "zoomin");
  fs::permissions(checkout, fs::perms(0777));
  sys::mount(sys::quiet, "tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  if (has_sudo())
    allow_sudo();
  else
    write_program("sudo", "exec \"$@\"\n");
  write_program(
      "make",
      "for goal; do\n"
      "  case $goal in\n"
      "    step[1-5]) test -x ./$goal || exit 2 ;;\n"
      "    final) test -x ./zoomin || exit 2 ;;\n"
      "    check[1-5]) sudo ./step${goal#check} --self-check || exit 2 ;;\n"
      "    FLAGS=*) FLAGS=${goal#FLAGS=} ;;\n"
      "    check-final) sudo " +
          std::string(build) +
          "/final_check $FLAGS || exit 2 ;;\n"
          "    *) echo \"make $goal: not in a document's test\" >&2; exit 2 ;;\n"
          "  esac\n"
          "done\n");
}

void print_lines(const char* title, const std::vector<std::string>& lines) {
  fmt::print("  {}:\n", title);
  for (const auto& line : lines) fmt::print("    | {}\n", line);
}

class chapter {
 public:
  chapter(std::string name, bool show) : name_(std::move(name)), show_(show) {}

  // Returns the number of failures.
  int run(const std::vector<block>& blocks) {
    for (const auto& each : blocks) {
      if (aborted_) break;
      if (!each.needs.empty() && !is_installed(each.needs)) {
        fmt::print("line {}: left out, it needs {}\n", each.line, each.needs);
        continue;
      }
      if (show_)
        fmt::print("\n```console  line {}, terminal {}\n", each.line, each.terminal);
      run_block(each);
      if (show_) fmt::print("```\n");
    }
    return failures_;
  }

 private:
  terminal& at(int number) {
    auto& entry = terminals_[number];
    if (!entry) entry = std::make_unique<terminal>(checkout, shims, user());
    return *entry;
  }

  void run_block(const block& block) {
    terminal& here = at(block.terminal);
    if (here.busy() || !block.before.empty()) finish_previous(block, here);
    for (const auto& each : block.commands) {
      if (aborted_) return;
      const bool keeps_running = block.running && &each == &block.commands.back();
      if (each.prompt == "# " && here.prompt() == "$ ") continue;  // a comment
      if (show_) fmt::print("{}{}\n", each.prompt, each.text);
      if (here.prompt() != each.prompt) {
        fail(each.line, each.text, "the terminal is not at this prompt", {each.prompt},
             {here.busy() ? "(a running command)" : here.prompt()});
        aborted_ = true;
        return;
      }
      here.type(each.text);
      if (keeps_running) std::this_thread::sleep_for(std::chrono::milliseconds(300));
      compare(each.line, each.text, each.shown, here, block.seconds, keeps_running);
    }
  }

  // Compares the output of a command that an earlier block of this terminal left running.
  void finish_previous(const block& block, terminal& here) {
    auto shown = block.before;
    if (!shown.empty() && shown.front() == "^C") {
      if (show_) fmt::print("^C\n");
      here.interrupt();
      shown.erase(shown.begin());
    }
    const bool keeps_running = block.running && block.commands.empty();
    if (here.asks_for_enter()) here.press_enter();
    compare(block.line, "(left running before)", shown, here, block.seconds,
            keeps_running);
  }

  void compare(std::size_t line, const std::string& what,
               const std::vector<std::string>& shown, terminal& here, int seconds,
               bool keeps_running) {
    const auto enough = [&](const std::string& text) {
      return keeps_running &&
             (text.empty() || text.ends_with('\n') || here.asks_for_enter()) &&
             match(shown, without_echo(text, what));
    };
    const bool in_time = here.read_until(seconds, enough);
    auto got = split_lines(here.take());
    if (!here.busy() && here.status() != 0)
      got.push_back(fmt::format("[exit status {}]", here.status()));
    aborted_ = !in_time;
    if (show_) {
      for (const auto& each : got) fmt::print("{}\n", each);
      return;
    }
    if (!in_time)
      fail(line, what, fmt::format("not ended after {} s", seconds), shown, got);
    else if (!match(shown, got))
      fail(line, what, "it doesn't print: " + first_missing(shown, got), shown, got);
    else if (keeps_running && !here.busy())
      fail(line, what, "it has ended, but is shown as running", shown, got);
  }

  static std::vector<std::string> without_echo(const std::string& text,
                                               const std::string& typed) {
    auto lines = split_lines(text);
    if (!lines.empty() && lines.front() == typed) lines.erase(lines.begin());
    return lines;
  }

  void fail(std::size_t line, const std::string& text, const std::string& why,
            const std::vector<std::string>& expected,
            const std::vector<std::string>& got) {
    ++failures_;
    fmt::print("{}:{}: {}\n  {}\n", name_, line, text, why);
    print_lines("expected", expected);
    print_lines("got", got);
  }

  std::string name_;
  bool show_;
  bool aborted_ = false;  // the next commands would only fail as well
  int failures_ = 0;
  std::map<int, std::unique_ptr<terminal>> terminals_;
};

// Returns the symbol that a link's text names: "`pid::spawn()`" names spawn. Returns ""
// for any other text.
std::string symbol_of(const std::string& text) {
  static const std::regex code("^`(?:[A-Za-z_]\\w*::)*(~?[A-Za-z_]\\w*)(?:\\(\\))?`$");
  std::smatch found;
  return std::regex_match(text, found, code) ? found.str(1) : "";
}

bool has_word(const std::string& text, const std::string& word) {
  return std::regex_search(text, std::regex("\\b" + word + "\\b"));
}

// Returns the fault of a link in `document`, or "" if its target exists.
std::string broken(const reference& reference, const fs::path& document) {
  if (std::regex_search(reference.target, std::regex("^[a-z]+:"))) return "";
  const auto hash = reference.target.find('#');
  const std::string path = reference.target.substr(0, hash);
  const fs::path file = path.empty() ? document : document.parent_path() / path;
  if (!fs::exists(file)) return "there is no such file";
  if (fs::is_directory(file)) return "";
  const std::string text = sys::read_file(file);
  if (hash != std::string::npos) {
    const std::string anchor = reference.target.substr(hash + 1);
    std::smatch found;
    if (std::regex_match(anchor, found, std::regex("L([0-9]+)(-L[0-9]+)?"))) {
      if (std::stoul(found[1]) > split_lines(text).size()) return "no such line";
    } else if (const auto result = headings(text);
               std::ranges::count(result, anchor) == 0) {
      return "no such heading";
    }
  }
  const std::string symbol = symbol_of(reference.text);
  if (!symbol.empty() && file != document && file.extension() != ".md" &&
      !has_word(text, symbol) && file.filename() != symbol)
    return fmt::format("{} is not in it", symbol);
  return "";
}

int check_links(const std::string& name, const std::string& text) {
  int failures = 0;
  for (const auto& reference : links(text))
    if (const std::string why = broken(reference, name); !why.empty()) {
      fmt::print("{}:{}: [{}]({}): {}\n", name, reference.line, reference.text,
                 reference.target, why);
      ++failures;
    }
  return failures;
}

int run_blocks(const std::string& name, const std::string& text, bool show) {
  const auto result = blocks(text);
  if (result.empty()) return 0;
  if (::geteuid() != 0) {
    fmt::print("SKIPPED: {}: its commands need root\n", name);
    return 0;
  }
  const int status = host::throw_away_host([&] {
    make_checkout();
    return chapter(name, show).run(result) == 0 ? 0 : 1;
  });
  return status;
}

int match_input(const std::string& shown) {
  const auto got = split_lines(sys::read_all(STDIN_FILENO, "standard input"));
  return match(split_lines(shown), got) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments.front() == "--match")
    return match_input(arguments.back());
  const bool show = std::ranges::count(arguments, "--show") != 0;
  const bool links_only = std::ranges::count(arguments, "--links") != 0;
  if (arguments.empty() || arguments.back().starts_with("--")) {
    fmt::print("usage: docs_test [--show|--links] FILE.md, or --match TEXT\n");
    return 2;
  }
  const std::string& name = arguments.back();
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    const std::string text = sys::read_file(name);
    const int failures = show ? 0 : check_links(name, text);
    const int status = links_only ? 0 : run_blocks(name, text, show);
    return failures == 0 && status == 0 ? 0 : 1;
  } catch (const std::exception& failure) {
    fmt::print("{}: {}\n", name, failure.what());
    return 1;
  }
}
