// SPDX-License-Identifier: MIT
// Failures: which of them --force ignores, which objects a damaged file hides, and
// Docker's wording.
#include <fmt/format.h>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Truncates a file below root_directory(), as a full or failing disk does.
void truncate_file(const std::string& file) {
  REQUIRE(
      shell(fmt::format("truncate -s 20 {}/{}", zoomin::root_directory(), file)).status ==
      0);
}

}  // namespace

TEST_CASE("removal with --force ignores missing objects and no other failure",
          "[final]") {
  import_busybox();
  for (const char* removal : {"rm -f", "rmi -f", "network rm -f", "volume rm -f"}) {
    INFO(removal);
    CHECK(shell(fmt::format("zoomin {} nosuch", removal)).status == 0);
  }
  // At least two of 17 ids begin with one hexadecimal digit. Such a prefix is ambiguous,
  // and nothing is removed.
  shell("for i in $(seq 17); do zoomin create bb true; done");
  const auto digit = output_of("zoomin ps -aq | cut -c 1 | sort | uniq -d | head -1");
  const auto count = output_of("zoomin ps -aq | wc -l");
  const auto ambiguous = shell("zoomin rm -f " + digit);
  CHECK(ambiguous.status == 1);
  CHECK(contains(ambiguous.errors, "multiple IDs found with provided prefix"));
  CHECK(output_of("zoomin ps -aq | wc -l") == count);
  CHECK(shell("zoomin inspect " + digit).status == 1);
  output_of("zoomin rm -f $(zoomin ps -aq)");
}

TEST_CASE("a damaged network hides no other and can be removed", "[final]") {
  output_of("zoomin network create web; zoomin network create torn");
  truncate_file("networks/torn.json");
  CHECK(output_of("zoomin inspect -f '{{.Name}}' web") == "web");
  CHECK(
      output_of(
          "zoomin network inspect -f '{{.Name}}' $(zoomin network ls -q -f name=web)") ==
      "web");
  const auto listed = shell("zoomin network ls");
  CHECK(contains(listed.output, "web"));
  CHECK(contains(listed.errors, "network torn"));
  CHECK(shell("zoomin network inspect web").errors.empty());
  for (const char* words : {"inspect torn", "network rm torn"}) {
    const auto refused = shell(fmt::format("zoomin {}", words));
    CHECK(refused.status == 1);
    CHECK(contains(refused.errors, "network torn"));
  }
  CHECK(contains(shell("zoomin inspect nosuch").errors, "Error: No such object: nosuch"));
  CHECK(output_of("zoomin network rm -f torn web") == "torn\nweb");
  CHECK(shell("zoomin network ls").errors.empty());
}

TEST_CASE("a damaged volume hides no other and can be removed", "[final]") {
  output_of("zoomin volume create data; zoomin volume create torn");
  truncate_file("volumes/torn/volume.json");
  CHECK(output_of("zoomin inspect -f '{{.Name}}' data") == "data");
  const auto listed = shell("zoomin volume ls -q");
  CHECK(listed.output == "data\n");
  CHECK(contains(listed.errors, "volume torn"));
  CHECK(shell("zoomin volume rm torn").status == 1);
  CHECK(output_of("zoomin volume rm -f torn data") == "torn\ndata");
}

TEST_CASE("a damaged container protects no volume or image, but stops a prune",
          "[final]") {
  import_busybox();
  import_busybox("other");
  output_of(
      "zoomin volume create data; id=$(zoomin create --name torn -v kept:/d bb true)");
  const auto id = output_of("zoomin ps -aq --no-trunc");
  truncate_file("containers/" + id + "/container.json");
  CHECK(output_of("zoomin volume rm data") == "data");
  CHECK(shell("zoomin rmi other").status == 0);
  const auto refused = shell("zoomin volume prune -af");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "volumes aren't known"));
  CHECK(output_of("zoomin volume ls -q") == "kept");
  CHECK(output_of("zoomin rm -fv torn") == "torn");
  CHECK(shell("zoomin volume prune -af").status == 0);
}

TEST_CASE("a damaged image hides no other and can be removed", "[final]") {
  import_busybox();
  import_busybox("torn", "echo x > x");
  const auto manifest = output_of(
      "zoomin images --digests --format '{{.Repository}} {{.Digest}}' | "
      "sed -n 's/torn sha256://p'");
  truncate_file("images/blobs/sha256/" + manifest);
  CHECK(output_of("zoomin inspect -f '{{.RepoTags}}' bb") == "[bb:latest]");
  CHECK(output_of("zoomin run --rm $(zoomin images -q bb) echo runs") == "runs");
  const auto listed = shell("zoomin images");
  CHECK(contains(listed.output, "bb"));
  CHECK(contains(listed.errors, "image torn:latest is damaged"));
  CHECK(contains(shell("zoomin run --rm torn true").errors, "torn:latest is damaged"));
  CHECK(shell("zoomin rmi torn").status == 1);
  CHECK(contains(output_of("zoomin rmi -f torn"), "Untagged: torn:latest"));
  CHECK(shell("zoomin images").errors.empty());
  CHECK(output_of("zoomin run --rm bb echo runs") == "runs");
}

TEST_CASE("errors use Docker's wording", "[final]") {
  import_busybox();
  const auto id = output_of("zoomin create --name x bb true");
  for (const auto& [words, text] :
       {std::pair<std::string, std::string>(
            "create --name x bb true",
            fmt::format("Conflict. The container name \"/x\" is already in use by "
                        "container \"{}\". You have to remove (or rename) that "
                        "container to be able to reuse that name.",
                        id)),
        {"inspect nosuch", "Error: No such object: nosuch"},
        {"rm nosuch", "No such container: nosuch"},
        {"rmi nosuch", "No such image: nosuch"},
        {"tag bb UPPER", "invalid reference format"},
        {"kill x", "is not running"},
        {"exec x true", "is not running"}}) {
    INFO(words);
    const auto refused = shell("zoomin " + words);
    CHECK(refused.status != 0);
    CHECK(contains(refused.errors, text));
  }
  output_of("zoomin rm x");
}
