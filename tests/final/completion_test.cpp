// SPDX-License-Identifier: MIT
// completion: the words that a shell offers while a command line is typed.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Returns the completions of `typed`, the text after "zoomin", whose last word is
// incomplete.
std::string offered(const std::string& typed) {
  return output_of("zoomin __complete " + typed + " | xargs");
}

}  // namespace

TEST_CASE("commands, flags and names are completed", "[final]") {
  import_busybox();
  output_of("zoomin tag bb web:1; zoomin volume create vol; zoomin network create net");
  output_of("zoomin create --name one bb true; zoomin create --name two bb true");

  CHECK(offered("vol") == "volume");
  CHECK(offered("volume ''") == "create inspect list ls prune remove rm");
  CHECK(offered("sto") == "stop");
  CHECK(offered("run --netw") == "--network --network-alias");
  CHECK(offered("stop ''") == "one two");
  CHECK(offered("stop one t") == "two");
  CHECK(offered("exec ''") == "one two");
  CHECK(offered("exec one ''").empty());
  CHECK(offered("exec -u 1 o") == "one");
  CHECK(offered("run ''") == "bb web:1");
  CHECK(offered("run --name x -e A=1 -d w") == "web:1");
  CHECK(offered("run -v ''").empty());
  CHECK(offered("run bb ''").empty());
  CHECK(offered("run --network ''") == "bridge host net none");
  CHECK(offered("run --volumes-from t") == "two");
  CHECK(offered("volume rm v") == "vol");
  CHECK(offered("save ''") == "bb web:1");
  CHECK(offered("save b") == "bb");
  CHECK(offered("save --o") == "--output");
  CHECK(offered("load --i") == "--input");
  CHECK(offered("import --ch") == "--change");
  CHECK(offered("load ''").empty());  // the shell offers files
  CHECK(offered("netw") == "network");
  CHECK(offered("nosuch ''").empty());
  CHECK(shell("zoomin __complete run -v ''").status == 1);

  output_of(
      "zoomin rm one two; zoomin volume rm vol; zoomin network rm net; zoomin rmi web:1");
}

TEST_CASE("bash completes with zoomin's script", "[final]") {
  import_busybox();
  output_of("zoomin create --name one bb true");
  const std::string script =
      "eval \"$(zoomin completion bash)\"; COMP_WORDS=(zoomin start o); COMP_CWORD=2; "
      "_zoomin; echo \"${COMPREPLY[*]}\"; complete -p zoomin";
  CHECK(output_of("bash -c '" + script + "'") ==
        "one\ncomplete -o default -F _zoomin zoomin");
  CHECK(contains(output_of("zoomin completion zsh"), "compdef _zoomin zoomin"));
  CHECK(contains(output_of("zoomin completion fish"), "complete -c zoomin"));
  CHECK(contains(shell("zoomin completion tcsh").errors, "not supported"));
  output_of("zoomin rm one");
}
