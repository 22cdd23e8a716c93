// SPDX-License-Identifier: MIT
#include "cli/create_flags.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <sstream>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"

namespace zoomin::cli {

namespace {

// Completes "NAME" to "NAME=VALUE" if this process has a variable of that name.
std::string with_value(const std::string& variable) {
  if (variable.find('=') != std::string::npos) return variable;
  const char* value = std::getenv(variable.c_str());
  return value == nullptr ? variable : fmt::format("{}={}", variable, value);
}

// Some editors on Windows write these bytes at the beginning of a text file.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string without_mark(std::string text) {
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  return text;
}

// Throws usage_error if the line NAME[=VALUE] can't be a variable or a label.
void validate_line(const std::string& path, const std::string& line) {
  if (line.find('\0') != std::string::npos)
    throw usage_error(fmt::format("{}: the line contains a zero byte", path),
                      "the file must be UTF-8 text; UTF-16 can't be read");
  const auto name = line.substr(0, line.find('='));
  if (name.empty())
    throw usage_error(
        fmt::format("{}: no variable name on line {}", path, sys::quote(line)),
        "each line is NAME=VALUE, NAME, or a comment that begins with #");
  if (name.find_first_of(" \t\v\f\r") != std::string::npos)
    throw usage_error(
        fmt::format("{}: variable {} contains whitespaces", path, sys::quote(name)));
}

// Reads lines NAME[=VALUE] as docker does. Drops a byte order mark, blanks before a name,
// and the carriage return of a Windows line end. Keeps everything else, including quotes
// and the blanks of a value.
arguments lines_of(const char* flag, const std::string& path) {
  std::istringstream lines(without_mark(sys::read_file(path)));
  arguments result;
  unsigned number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    line.erase(0, std::min(line.find_first_not_of(" \t\v\f\r"), line.size()));
    if (line.empty() || line[0] == '#') continue;
    validate_line(fmt::format("{} {}: line {}", flag, path, number), line);
    result.push_back(line);
  }
  return result;
}

}  // namespace

arguments environment_of(const flags& options) {
  arguments variables;
  for (const auto& file : options.list("--env-file"))
    for (const auto& line : lines_of("--env-file", file))
      variables.push_back(with_value(line));
  for (const auto& variable : options.list("--env")) {
    if (variable.empty() || variable[0] == '=')
      throw usage_error(
          fmt::format("--env {}: expected NAME=value", sys::quote(variable)));
    variables.push_back(with_value(variable));
  }
  return variables;
}

namespace {

using enum kind;

constexpr flag run_flags[]{
    {"--detach", 'd', toggle, "run in the background and print the container ID"},
    {"--attach", 'a', list, "attach to stdin, stdout or stderr"},
    {"--detach-keys", 0, text, "key sequence to detach (ctrl-p,ctrl-q)"},
    {"--sig-proxy", 0, toggle, "forward signals to the container (default true)"},
    {"--explain", 0, optional_value,
     "show the requests to the kernel: brief, full, json"},
    {"--record", 0, text, "write a page that shows each request"}};

constexpr flag create_flags[]{
    {"--name", 0, text, "assign a name to the container"},
    {"--cidfile", 0, text, "write the container ID to the file"},
    {"--quiet", 'q', toggle, "(accepted for compatibility)"},
    {"--pull", 0, text, "pull policy: missing (default), always or never"},
    {"--platform", 0, text, "set platform (only this machine's is supported)"},
    {"--label-file", 0, list, "read metadata from a file of NAME=VALUE lines"},
    {"--env-file", 0, list, "read in a file of environment variables"}};

// Checks the two flags that aren't in the table of fields.
void validate_pull_and_platform(const flags& options) {
  if (const auto pull = options.text("--pull", "missing");
      pull != "missing" && pull != "always" && pull != "never")
    throw usage_error(fmt::format("--pull {}: expected missing, always or never", pull));
  struct utsname machine {};
  ::uname(&machine);
  const std::string kernel_name = machine.machine;
  const std::string docker_name = kernel_name == "x86_64"    ? "amd64"
                                  : kernel_name == "aarch64" ? "arm64"
                                                             : kernel_name;
  const auto platform = options.text("--platform", "linux/" + docker_name);
  if (platform != "linux/" + docker_name && platform != "linux/" + kernel_name &&
      platform != "linux" && platform != "linux/arm64/v8")
    throw usage_error(
        fmt::format("--platform {}: this machine is linux/{}", platform, docker_name));
}

}  // namespace

std::vector<flag> flags_to_create(bool runs) {
  const auto fields = container::all_fields();
  std::vector<flag> known{std::begin(create_flags), std::end(create_flags)};
  if (runs)
    known.insert(known.end(), std::begin(run_flags), std::end(run_flags));
  else
    known.push_back({"--attach", 'a', unsupported});
  for (const auto& field : fields)
    if (!field.name.empty()) known.push_back(field);
  return known;
}

void put_fields(const flags& options, const std::vector<container::field>& fields,
                container::create_request& request) {
  for (const auto& field : fields)
    if (options.has(field.name)) container::put(field, options.list(field.name), request);
}

container::create_request request_of(const flags& options) {
  const auto& words = options.rest(1);
  validate_pull_and_platform(options);
  container::create_request request{
      {"Image", words[0]},
      {"Cmd", arguments(words.begin() + 1, words.end())},
      {"StdinOnce", options.on("--interactive") && !options.on("--detach")}};
  for (const auto& file : options.list("--label-file"))
    for (const auto& line : lines_of("--label-file", file)) {
      auto [name, value] = text::cut(line, '=');
      request["Labels"][name] = value;
    }
  put_fields(options, container::all_fields(), request);
  request["Env"] = environment_of(options);
  return request;
}

}  // namespace zoomin::cli
