// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "cli/image_program.hpp"

#include "cli/archive_commands.hpp"
#include "cli/build_commands.hpp"
#include "cli/command.hpp"
#include "cli/registry_commands.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

namespace {

const command load({"load", "image load"}, load_manual,
                   [](const arguments& words) -> int {
                     parse_load(words);
                     become_image_program("load", words);
                   });
const command import({"import", "image import"}, import_manual,
                     [](const arguments& words) -> int {
                       parse_import(words);
                       become_image_program("import", words);
                     });
const command exporter({"export", "container export"}, export_manual,
                       [](const arguments& words) -> int {
                         parse_export(words);
                         become_image_program("export", words);
                       });
const command save({"save", "image save"}, save_manual,
                   [](const arguments& words) -> int {
                     parse_save(words);
                     become_image_program("save", words);
                   });

const command pull({"pull", "image pull"}, pull_manual,
                   [](const arguments& words) -> int {
                     parse_pull(words);
                     become_image_program("pull", words);
                   });
const command push({"push", "image push"}, push_manual,
                   [](const arguments& words) -> int {
                     parse_push(words);
                     become_image_program("push", words);
                   });
const command login({"login"}, login_manual, [](const arguments& words) -> int {
  parse_login(words);
  become_image_program("login", words);
});
const command logout({"logout"}, logout_manual, [](const arguments& words) -> int {
  parse_logout(words);
  become_image_program("logout", words);
});
const command build({"build", "image build", "builder build"}, build_manual,
                    [](const arguments& words) -> int {
                      parse_build(words);
                      become_image_program("build", words);
                    });
const command check({"system check"}, system_check_manual,
                    [](const arguments& words) -> int {
                      parse_system_check(words);
                      become_image_program("system check", words);
                    });
const command commit({"commit", "container commit"}, commit_manual,
                     [](const arguments& words) -> int {
                       parse_commit(words);
                       become_image_program("commit", words);
                     });

}  // namespace

std::string image_program() {
  const std::string beside = program_directory() + "/zoomin-image";
  const std::string installed = program_directory() + "/../libexec/zoomin/zoomin-image";
  return sys::exists(beside) || !sys::exists(installed) ? beside : installed;
}

void become_image_program(const std::string& command, const arguments& words) {
  std::vector<std::string> all_words{"zoomin-image", command};
  all_words.insert(all_words.end(), words.begin(), words.end());
  std::vector<std::string> environment;
  for (char** character = environ; *character != nullptr; ++character)
    environment.emplace_back(*character);
  sys::execve(sys::quiet, image_program(), all_words, environment);
}

}  // namespace zoomin::cli
