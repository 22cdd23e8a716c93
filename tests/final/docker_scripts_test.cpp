// SPDX-License-Identifier: MIT
// Behaviour on which scripts written for Docker rely.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

TEST_CASE("ps finds containers for scripts", "[final]") {
  import_busybox();
  shell(
      "zoomin tag bb other:1; zoomin run --rm bb tar -c bin | zoomin import - far; "
      "zoomin run -d --name web -p 127.0.0.1:8085:80 --expose 90 bb sleep 60; "
      "zoomin create --name webber far true");
  const auto found = [](const std::string& filter) {
    return output_of("zoomin ps -a --format '{{.Names}}' -f '" + filter +
                     "' | sort | xargs");
  };
  CHECK(found("name=^web$") == "web");
  CHECK(found("name=^/web$") == "web");
  CHECK(found("name=we[b]") == "web webber");
  CHECK(found("name=a|ber") == "webber");
  const auto id = output_of("zoomin images -q --no-trunc bb");
  for (const auto& image : {std::string("bb"), std::string("bb:latest"),
                            std::string("other:1"), id, id.substr(7, 12)})
    CHECK(found("ancestor=" + image) == "web");
  CHECK(found("ancestor=far") == "webber");
  CHECK(found("ancestor=nosuch").empty());
  import_busybox("bb", "touch changed");
  CHECK(found("ancestor=bb").empty());
  CHECK(found("ancestor=other:1") == "web");
  CHECK(found("publish=8080-8090") == "web");
  CHECK(found("publish=8080-8084").empty());
  CHECK(found("network=" + output_of("zoomin network ls -qf name=bridge")) ==
        "web webber");
  for (const char* wrong :
       {"status=bogus", "health=bogus", "exited=abc", "publish=x", "name=["}) {
    INFO(wrong);
    const auto refused = shell(fmt::format("zoomin ps -f '{}'", wrong));
    CHECK(refused.status != 0);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(shell("zoomin volume ls -f dangling=bogus").status != 0);
  CHECK(output_of("zoomin ps --format '{{.Ports}}'") == "90/tcp, 127.0.0.1:8085->80/tcp");
  CHECK(output_of("zoomin inspect -f '{{json .NetworkSettings.Ports}}' web") ==
        R"({"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8085"}],"90/tcp":null})");
  CHECK(output_of("zoomin images 'b*' --format '{{.Repository}}'") == "bb");
  shell("zoomin rm -f web webber; zoomin rmi far other:1");
}

TEST_CASE("inspect has the fields that scripts read, also with defaults", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name a -m 64m --label x=y -v /tmp:/t:ro -v vol:/v bb sleep 60; "
      "zoomin run -d --name h --health-cmd true --health-interval 1h bb sleep 60");
  const auto of = [](const std::string& format, const std::string& name = "a") {
    return output_of("zoomin inspect -f '" + format + "' " + name);
  };
  CHECK(of("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}") == "none");
  CHECK(of("{{if .State.Health}}{{.State.Health.Status}}{{end}}", "h") == "starting");
  CHECK(of("{{range .Mounts}}{{.Type}}:{{.Name}}:{{.Driver}} {{end}}") ==
        "bind:: volume:vol:local ");
  CHECK(of("{{.HostConfig.ShmSize}} {{.HostConfig.IpcMode}} {{.HostConfig.CapAdd}}") ==
        "67108864 private []");
  CHECK(of("{{.HostConfig.MemorySwap}}") == "67108864");  // none beside the memory
  CHECK(of("{{.Config.Volumes}}{{.Config.Domainname}}{{.ID}}") == "[]" + of("{{.Id}}"));
  CHECK(of("{{index .Config.Labels \"x\"}}") == "y");
  CHECK(of("{{.NetworkSettings.Networks.bridge.NetworkID}}") ==
        output_of("zoomin network ls --no-trunc -qf name=bridge"));
  CHECK(of("{{.Config.Cmd}}{{.Config.User}}{{index .Config.Labels \"x\"}}", "bb") ==
        "[sh]");
  // A name that isn't found doesn't prevent output for the others.
  const auto some = shell("zoomin inspect -f '{{.Name}} {{.State.Health.Status}}' h a");
  CHECK(some.output == "/h starting\n");
  CHECK(some.status == 1);
  CHECK(output_of("zoomin inspect -f '{{.Name}}' a nosuch h") == "/a\n/h");
  CHECK(shell("zoomin network inspect $(zoomin network ls -q)").status == 0);
  CHECK(output_of("zoomin network inspect -f '{{.Driver}}' host none") == "host\nnull");
  output_of("zoomin network create 000");  // the ids begin with it
  CHECK(output_of("zoomin network inspect -f '{{.Driver}}' 000") == "bridge");
  output_of("zoomin network rm 000");
  CHECK(output_of("zoomin ps --format '{{.Label \"x\"}}' -f name=^a$") == "y");
  CHECK(output_of("zoomin ps --format '{{.LocalVolumes}}' -f name=^a$") == "1");
  CHECK(output_of("zoomin events --since 1h --until 0s --format "
                  "'{{.Status}} {{.ID}}' -f container=a | head -1") ==
        "create " + of("{{.Id}}"));
  CHECK(output_of("zoomin inspect -f '{{.Name}}' /a") == "/a");
  shell("zoomin rm -f /a h; zoomin volume rm vol");
}

TEST_CASE("exit statuses and messages that scripts test", "[final]") {
  import_busybox();
  shell("zoomin run -d --name a bb sleep 60; zoomin create --name b bb true");
  const auto gone = shell("zoomin rm -f nosuch");
  CHECK(gone.status == 0);
  CHECK(contains(gone.errors, "No such container"));
  CHECK(shell("zoomin rm nosuch").status == 1);
  CHECK(shell("zoomin rmi -f nosuch").status == 0);
  for (const char* words :
       {"attach a x", "diff a x", "volume create x y", "volume ls x", "image prune -f x",
        "system prune -f x", "container prune -f x", "network prune -f x",
        "volume prune -f x", "start -a a nosuch", "rename a c d", "top"}) {
    INFO(words);
    CHECK(shell(fmt::format("zoomin {} < /dev/null", words)).status != 0);
  }
  CHECK(output_of("zoomin ps -aq | wc -l") == "2");
  CHECK(output_of("zoomin volume ls -q").empty());
  CHECK(output_of("zoomin stats --no-stream --format '{{.Name}} {{.PIDs}}' b") == "b 0");
  CHECK(output_of("zoomin stats --no-stream -a --format '{{.Name}}' | sort") == "a\nb");
  CHECK(contains(shell("zoomin unpause a").errors, "Container a is not paused"));
  CHECK(output_of("zoomin run --rm -i=false bb echo fine") == "fine");
  CHECK(output_of("zoomin ps -q=true | wc -l") == "1");
  CHECK(contains(shell("zoomin -H tcp://x ps").errors, "not supported"));
  shell("zoomin rm -f a b");
  output_of("zoomin run --name c --mount type=volume,dst=/x bb touch /x/y");
  CHECK(output_of("zoomin volume ls -q | wc -c") == "65");
  shell("zoomin rm -v c");
  CHECK(output_of("zoomin volume ls -q").empty());
  const scratch directory;
  write_file(directory / "env", "  A=1\n\t# none\n B= 2\n");
  CHECK(output_of("zoomin run --rm --env-file " + (directory / "env") +
                  " bb sh -c 'echo $A\"$B\"'") == "1 2");
}
