// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/shared_commands.hpp"
#include "cli/stop_signals.hpp"
#include "common/sys.hpp"
#include "registry/credentials.hpp"
#include "registry/login.hpp"

namespace zoomin::cli {

namespace {

// Turns the terminal's echo off, so that a password isn't shown.
class hidden_input {
 public:
  hidden_input() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  hidden_input(const hidden_input&) = delete;
  hidden_input& operator=(const hidden_input&) = delete;
  ~hidden_input() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    print("\n");
  }

 private:
  termios before_{};
};

// Reads standard input to its end, or to the end of the line. Throws base::cancelled.
std::string read_input(bool only_line, const base::cancellation& stop) {
  std::string text;
  for (char next = 0;; text += next) {
    stop.wait_for(STDIN_FILENO);
    const auto got =
        sys::check("read", "stdin", [&] { return ::read(STDIN_FILENO, &next, 1); });
    if (got == 0 || (only_line && next == '\n')) return text;
  }
}

void require_terminal() {
  if (::isatty(STDIN_FILENO) != 1)
    throw usage_error("cannot perform an interactive login from a non TTY device",
                      "use --username NAME --password-stdin");
}

std::string ask(const std::string& question, const base::cancellation& stop) {
  require_terminal();
  print(question);
  return read_input(true, stop);
}

std::string password_of(const flags& options, const base::cancellation& stop) {
  if (options.has("--password")) {
    complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
    return options.text("--password");
  }
  if (options.on("--password-stdin")) {
    std::string text = read_input(false, stop);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
  }
  require_terminal();
  const hidden_input hidden;
  return ask("Password: ", stop);
}

registry::credentials credentials_of(const flags& options,
                                     const base::cancellation& stop) {
  if (options.has("--password") && options.on("--password-stdin"))
    throw misuse("login: --password and --password-stdin are mutually exclusive");
  if (options.on("--password-stdin") && !options.has("--username"))
    throw misuse("login: must provide --username with --password-stdin");
  registry::credentials secret;
  secret.user =
      options.has("--username") ? options.text("--username") : ask("Username: ", stop);
  secret.password = password_of(options, stop);
  if (secret.user.empty() || secret.password.empty())
    throw usage_error("login: the user name and the password must not be empty");
  return secret;
}

std::string server_of(const flags& options) {
  const auto& words = options.rest();
  return registry::server_host(words.empty() ? "" : words[0]);
}

int log_in(const flags& options, const base::cancellation& stop) {
  const std::string host = server_of(options);
  const auto secret = credentials_of(options, stop);
  registry::verify_login(host, secret, verifies_tls(options), stop);
  const auto path = registry::store_credentials(host, secret);
  if (!path.empty())
    complain("WARNING! Your password is stored unencrypted in " + path,
             "to use a credential helper, name it as \"credsStore\" in this file");
  print("Login Succeeded\n");
  return 0;
}

const command login({"login"}, login_manual, [](const arguments& words) {
  const flags options = parse_login(words);
  return run_interruptibly(
      [&](const base::cancellation& stop) { return log_in(options, stop); });
});

const command logout({"logout"}, logout_manual, [](const arguments& words) {
  const std::string host = server_of(parse_logout(words));
  const std::string name = registry::login_name(host);
  if (registry::erase_credentials(host))
    print(fmt::format("Removing login credentials for {}\n", name));
  else
    print(fmt::format("Not logged in to {}\n", name));
  return 0;
});

}  // namespace

}  // namespace zoomin::cli
