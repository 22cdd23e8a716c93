// SPDX-License-Identifier: MIT
#include "files/cp.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "cli/flags.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/root.hpp"

namespace zoomin::cli {

namespace {

struct named {
  std::string container;  // empty: the host
  std::string path;
};

// "NAME:PATH"; what begins with a path's mark is the host's, whatever follows.
named parse(const std::string& text) {
  const auto colon = text.find(':');
  const bool host = colon == std::string::npos || text[0] == '/' || text[0] == '.';
  if (host) return {{}, text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// A path of a container's is taken from its root.
std::string absolute(const named& one) {
  if (one.path.empty()) throw misuse("cp: a path is empty");
  if (one.path[0] == '/') return one.path;
  if (!one.container.empty()) return "/" + one.path;
  return std::filesystem::current_path().string() + "/" + one.path;
}

int cp(const arguments& words) {
  const flags given(
      "cp",
      {{"--archive", 'a', kind::toggle, "", "owners are kept"},
       {"--follow-link", 'L', kind::toggle, "", "a link's target, where SOURCE is one"},
       {"--quiet", 'q', kind::toggle, "", "says nothing"}},
      words);
  const auto& paths = given.rest(2);
  const named from = parse(paths[0]), to = parse(paths[1]);
  if (paths.size() > 2) throw misuse("cp: two paths are meant");
  if (from.path == "-" || to.path == "-") throw not_supported("cp -");
  if (from.container.empty() == to.container.empty())
    throw misuse("cp: one of the two paths is meant to be a container's: NAME:/PATH");
  const container::root inside(from.container + to.container);
  const unique_fd host = sys::open("/", O_PATH | O_DIRECTORY);
  const auto root_of = [&](const named& one) {
    return one.container.empty() ? host.get() : inside.get();
  };
  files::cp({root_of(from), absolute(from)}, {root_of(to), absolute(to)},
            given.on("--follow-link"),
            given.on("--archive") ? files::owners::kept : files::owners::ours);
  return 0;
}

const command cp_command({"cp", "container cp"},
                         "copies between a container and the host", cp);

}  // namespace

}  // namespace zoomin::cli
