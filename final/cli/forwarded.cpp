// SPDX-License-Identifier: MIT
// forwarded: the commands for which zoomin executes another program (programs.hpp). Their
// arguments are checked first.
#include "cli/command.hpp"
#include "cli/programs.hpp"
#include "cli/shared_commands.hpp"

namespace zoomin::cli {

namespace {

const command load({"load", "image load"}, load_manual,
                   [](const arguments& words) -> int {
                     parse_load(words);
                     become_program(image_program, "load", words);
                   });
const command import({"import", "image import"}, import_manual,
                     [](const arguments& words) -> int {
                       parse_import(words);
                       become_program(image_program, "import", words);
                     });
const command exporter({"export", "container export"}, export_manual,
                       [](const arguments& words) -> int {
                         parse_export(words);
                         become_program(image_program, "export", words);
                       });
const command save({"save", "image save"}, save_manual,
                   [](const arguments& words) -> int {
                     parse_save(words);
                     become_program(image_program, "save", words);
                   });

const command pull({"pull", "image pull"}, pull_manual,
                   [](const arguments& words) -> int {
                     parse_pull(words);
                     become_program(registry_program, "pull", words);
                   });
const command push({"push", "image push"}, push_manual,
                   [](const arguments& words) -> int {
                     parse_push(words);
                     become_program(registry_program, "push", words);
                   });
const command login({"login"}, login_manual, [](const arguments& words) -> int {
  parse_login(words);
  become_program(registry_program, "login", words);
});
const command logout({"logout"}, logout_manual, [](const arguments& words) -> int {
  parse_logout(words);
  become_program(registry_program, "logout", words);
});
const command build({"build", "image build", "builder build"}, build_manual,
                    [](const arguments& words) -> int {
                      parse_build(words);
                      become_program(image_program, "build", words);
                    });
const command check({"system check"}, system_check_manual,
                    [](const arguments& words) -> int {
                      parse_system_check(words);
                      become_program(image_program, "system check", words);
                    });
const command commit({"commit", "container commit"}, commit_manual,
                     [](const arguments& words) -> int {
                       parse_commit(words);
                       become_program(image_program, "commit", words);
                     });

}  // namespace

}  // namespace zoomin::cli
