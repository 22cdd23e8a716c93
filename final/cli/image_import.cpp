// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/progress.hpp"
#include "image/load.hpp"

namespace zoomin::cli {

namespace {

int import_image(const arguments& all) {
  using enum kind;
  const flags asked("image import",
                    {{"--change", 'c', list, "", "CMD [\"sh\"], ENV A=b …"},
                     {"--message", 'm', text, "", "what `history` tells of it"}},
                    all);
  const auto& rest = asked.rest(1);
  if (rest.size() > 2)
    throw misuse("image import: too many arguments", "zoomin import FILE|- [NAME[:TAG]]");
  if (rest[0].starts_with("http://") || rest[0].starts_with("https://"))
    throw not_supported("image import of a URL");
  std::string id;
  {
    const progress shown("Importing", false);
    id = image::import(rest[0], rest.size() > 1 ? rest[1] : "", asked.list("--change"),
                       asked.text("--message"));
  }
  print(id + "\n");
  return 0;
}

const command import({"import"}, "makes an image of a root file system's archive",
                     import_image);

}  // namespace

}  // namespace zoomin::cli
