// SPDX-License-Identifier: MIT
// --filter of the listing commands.
#include <fmt/format.h>

#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::string names(const std::string& filters) {
  return output_of("zoomin ps -a --format '{{.Names}}' " + filters + " | sort | xargs");
}

}  // namespace

TEST_CASE("each filter of ps", "[final]") {
  import_busybox();
  output_of("zoomin create --name one --label team=a --label team2 -v vol:/data bb true");
  output_of("zoomin create --name two --label team=b -p 8080:80/udp bb true");
  output_of("zoomin create --name three --network none -v /tmp:/host bb true");

  CHECK(names("--filter label=team") == "one two");
  CHECK(names("--filter label=team=a") == "one");
  CHECK(names("--filter label=team=a --filter label=team2") == "one");
  CHECK(names("--filter label=team=b --filter label=team2").empty());
  CHECK(names("--filter volume=vol") == "one");
  CHECK(names("--filter volume=/host") == "three");
  CHECK(names("--filter since=one") == "three two");
  CHECK(names("--filter before=two") == "one");
  CHECK(names("--filter since=one --filter before=three") == "two");
  CHECK(names("--filter name=one --filter name=two") == "one two");
  CHECK(names("--filter name=one --filter label=team=b").empty());
  CHECK(names("--filter network=none") == "three");

  const auto unknown = shell("zoomin ps --filter before=nosuch");
  CHECK(unknown.status == 1);
  CHECK(contains(unknown.errors, "No such container: nosuch"));
  CHECK(shell("zoomin ps --filter name").status == 125);
  CHECK(contains(shell("zoomin ps --filter is-task=1").errors, "not supported"));
  output_of("zoomin rm one two three; zoomin volume rm vol");
}

TEST_CASE("ps finds a published port while the container runs", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name one -p 127.0.0.1:8080:80/udp bb sleep 60");
  output_of("zoomin run -d --name two -p 127.0.0.1:8081:80 bb sleep 60");
  CHECK(names("--filter publish=8080/udp") == "one");
  CHECK(names("--filter publish=8081") == "two");
  CHECK(names("--filter publish=8081/udp").empty());
  CHECK(names("--filter publish=80").empty());
  output_of("zoomin rm -f one two");
}

TEST_CASE("each filter of image ls", "[final]") {
  import_busybox();
  image_recipe recipe{{bottom_layer("bb")}, "far/lab:1"};
  recipe.configuration = R"("Labels":{"team":"a","tool":""},)";
  load_text(packed(make_layout(recipe)));
  const auto names = [](const std::string& filters) {
    return output_of("zoomin image ls --format '{{.Repository}}:{{.Tag}}' " + filters +
                     " | sort | xargs");
  };
  CHECK(names("--filter label=team") == "far/lab:1");
  CHECK(names("--filter label=team=a --filter label=tool") == "far/lab:1");
  CHECK(names("--filter label=team=b").empty());
  CHECK(names("--filter reference=bb") == "bb:latest");
  CHECK(names("--filter 'reference=*/lab:*'") == "far/lab:1");
  CHECK(names("--filter 'reference=*'") == "bb:latest");
  CHECK(names("--filter dangling=false") == "bb:latest far/lab:1");
  // The image loses its name to another one, and stays.
  const std::string before = output_of("zoomin images -q --no-trunc bb");
  import_busybox("bb", "echo x > made");
  CHECK(output_of("zoomin images -q --no-trunc --filter dangling=true") == before);
  CHECK(names("--filter dangling=maybe 2>&1").find("true or false") != std::string::npos);
  CHECK(contains(shell("zoomin images --filter before=nosuch").errors, "No such image"));
  output_of("zoomin rmi far/lab:1 " + before);
}
