// SPDX-License-Identifier: MIT
// Unit tests of the argument of --mount.
#include "03-mnt/mount_option.hpp"
#include "03-mnt/target.hpp"
#include "common/error.hpp"
#include "support/catch.hpp"

using namespace zoomin;
using mnt::parse_mount;

TEST_CASE("a --mount has type, source, target and readonly, in any order", "[mnt]") {
  const auto bind = parse_mount("target=/srv,readonly,source=/data,type=bind");
  CHECK(bind.type == "bind");
  CHECK(bind.source == "/data");
  CHECK(bind.target == "/srv");
  CHECK(bind.read_only);
  const auto tmpfs = parse_mount("type=tmpfs,target=/scratch");
  CHECK(tmpfs.type == "tmpfs");
  CHECK(tmpfs.target == "/scratch");
  CHECK_FALSE(tmpfs.read_only);
}

TEST_CASE("a --mount accepts Docker's synonyms", "[mnt]") {
  const auto parsed = parse_mount("type=bind,src=/a b,dst=/c=d,ro");
  CHECK(parsed.source == "/a b");
  CHECK(parsed.target == "/c=d");
  CHECK(parsed.read_only);
  CHECK(parse_mount("type=bind,src=/a,destination=/b,readonly=true").read_only);
  CHECK_FALSE(parse_mount("type=bind,src=/a,destination=/b,readonly=false").read_only);
}

TEST_CASE("an invalid --mount is refused with a hint", "[mnt]") {
  for (const char* text :
       {"", ",", "bind", "type=bind", "type=bind,source=/a", "type=bind,target=/a",
        "type=volume,source=a,target=/b", "type=,source=/a,target=/b",
        "type=bind,source=a,target=/b", "type=bind,source=/a,target=b",
        "type=bind,source=/a,target=/", "type=bind,source=/a,target=//",
        "type=bind,source=/a,target=", "type=tmpfs,source=/a,target=/b", "type=tmpfs",
        "type=bind,source=/a,target=/b,readonly=maybe", "/a:/b",
        "type=bind,source=/a,target=/b,propagation=shared"}) {
    INFO(text);
    try {
      parse_mount(text);
      FAIL("it was taken");
    } catch (const usage_error& refused) {
      CHECK(std::string(refused.what()).starts_with("--mount \"" + std::string(text)));
      CHECK_FALSE(refused.hint().empty());
    }
  }
}

TEST_CASE("the parent of a path is the part before its last slash", "[mnt]") {
  CHECK(mnt::parent_of("/a/b") == "/a");
  CHECK(mnt::parent_of("/a") == "/");
}
