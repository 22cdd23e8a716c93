// SPDX-License-Identifier: MIT
#include "final/registries.hpp"

#include <fmt/format.h>

#include "common/sys.hpp"
#include "support/catch.hpp"

namespace zoomin::test {

namespace {

// The hash of "secret", as htpasswd -B makes it.
constexpr auto password_line =
    "me:$2b$04$DIsGslIk0V/FTpNlMwrP8eJSielAFLFhi5rnO7JorcspN0OzwoIP.\n";

}  // namespace

real_registry::real_registry(const settings& how) {
  if (shell("command -v docker-registry").status != 0)
    skip_loudly("docker-registry isn't installed");
  if (how.tls) make_certificate();
  write_file(files_ / "htpasswd", password_line);
  write_file(files_ / "config.yml", config(how));
  // Nobody would read its log from a pipe, and so it would wait once that is full.
  server_ = std::make_unique<subprocess>(std::vector<std::string>{
      "sh", "-c",
      fmt::format("exec docker-registry serve {0}/config.yml > {0}/log 2>&1",
                  files_.path())});
  REQUIRE(
      shell(fmt::format("python3 -c 'import socket, time\n"
                        "for i in range(100):\n"
                        "  try: socket.create_connection((\"127.0.0.1\", {})); break\n"
                        "  except OSError: time.sleep(.1)\n"
                        "else: raise SystemExit(1)'",
                        how.port))
          .status == 0);
}

void real_registry::make_certificate() const {
  const auto made = shell(fmt::format(
      "cd {} && exec 2>&1 && "
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 "
      "-subj /CN=authority && "
      "openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem "
      "-subj /CN=localhost && "
      "echo subjectAltName=DNS:localhost,IP:127.0.0.1 > names && "
      "openssl x509 -req -in request.pem -CA ca.crt -CAkey ca.key -CAcreateserial "
      "-out cert.pem -days 2 -extfile names",
      files_.path()));
  INFO(made.output);
  REQUIRE(made.status == 0);
}

std::string real_registry::config(const settings& how) const {
  std::string text = fmt::format(
      "version: 0.1\n"
      "log: {{level: error, accesslog: {{disabled: true}}}}\n"
      "storage: {{filesystem: {{rootdirectory: {0}/data}}, delete: {{enabled: true}}}}\n"
      "http:\n  addr: 127.0.0.1:{1}\n",
      files_.path(), how.port);
  if (how.tls)
    text += fmt::format("  tls: {{certificate: {0}/cert.pem, key: {0}/key.pem}}\n",
                        files_.path());
  if (how.login)
    text += fmt::format("auth: {{htpasswd: {{realm: test, path: {}/htpasswd}}}}\n",
                        files_.path());
  return text;
}

bad_registry::bad_registry() {
  server_ = std::make_unique<subprocess>(std::vector<std::string>{
      "python3", ZOOMIN_SOURCE "/tests/final/bad_registry.py", "5001", files_ / "log"});
  REQUIRE(server_->line() == "ready");
}

std::string bad_registry::log() const { return sys::read_file(files_ / "log"); }

int bad_registry::count(const std::string& part) const {
  int found = 0;
  const std::string text = log();
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace zoomin::test
