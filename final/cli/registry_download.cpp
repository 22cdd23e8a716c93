// SPDX-License-Identifier: MIT
// registry_download: the internal command `download URL FILE`, which downloads a file for
// the ADD of a build. zoomin-image runs it, because zoomin-image doesn't load the
// libraries for https.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>

#include "cli/command.hpp"
#include "cli/stop_signals.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "registry/http.hpp"

namespace zoomin::cli {

namespace {

// Returns the time of the header Last-Modified in seconds since 1970; 0 if it is missing.
std::time_t modified(const registry::exchange& answer) {
  std::tm time{};
  const auto text = answer.header("last-modified");
  const bool is_time =
      ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time) != nullptr;
  return is_time ? ::timegm(&time) : 0;
}

void write_body(registry::exchange& from, const unique_fd& file,
                const std::string& path) {
  std::array<char, 65536> piece{};
  while (const auto got = from.read(piece))
    for (std::span<const char> rest(piece.data(), got); !rest.empty();)
      rest = rest.subspan(static_cast<std::size_t>(sys::check(
          "write", path, [&] { return ::write(file.get(), rest.data(), rest.size()); })));
}

// Downloads the file. As with docker, only its owner may read it, and its modification
// time is the server's.
int download(const arguments& words, const base::cancellation& stop) {
  const auto &url = words.at(0), &path = words.at(1);
  registry::connection connection({}, [&] { return stop.requested(); });
  registry::exchange answer(connection, {.url = url});
  if (answer.status() != 200)
    throw usage_error(fmt::format("{}: the server answers {}", url, answer.status()),
                      "expected the file, with status 200");
  const unique_fd file = sys::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  write_body(answer, file, path);
  const timespec time{modified(answer), 0}, times[] = {time, time};
  ::futimens(file.get(), times);
  return 0;
}

// Help doesn't list the command, because users have no use for it.
const command downloader({"download"}, {}, [](const arguments& words) {
  return run_interruptibly(
      [&](const base::cancellation& stop) { return download(words, stop); });
});

}  // namespace

}  // namespace zoomin::cli
