// SPDX-License-Identifier: MIT
// Unit tests of the parsers of the registry client: names, challenges, platforms.
#include "registry/challenge.hpp"
#include "registry/login.hpp"
#include "registry/platform.hpp"
#include "registry/remote.hpp"
#include "support/catch.hpp"

using namespace zoomin;
using namespace zoomin::registry;

namespace {

// Returns the parts of a name, "HOST REPOSITORY REFERENCE".
std::string parsed(const std::string& text) {
  const auto name = parse_remote(text);
  return name.host + " " + name.repository + " " + name.reference();
}

const std::string digest = "sha256:" + std::string(64, 'a');

std::string entry(const std::string& platform, char digit) {
  return R"({"mediaType":"x","size":1,"digest":"sha256:)" + std::string(64, digit) +
         R"(","platform":)" + platform + "}";
}

// Returns the number of the chosen entry, as a digit.
char chosen(const std::string& entries, const std::string& wanted) {
  const std::string index = R"({"schemaVersion":2,"manifests":[)" + entries + "]}";
  return choose(index, parse_platform(wanted)).digest.back();
}

}  // namespace

TEST_CASE("a name says which registry has an image, by Docker Hub's rules") {
  CHECK(parsed("web") == "docker.io library/web latest");
  CHECK(parsed("web:1") == "docker.io library/web 1");
  CHECK(parsed("team/web") == "docker.io team/web latest");
  CHECK(parsed("docker.io/web") == "docker.io library/web latest");
  CHECK(parsed("index.docker.io/team/web:2") == "docker.io team/web 2");
  CHECK(parsed("localhost/web") == "localhost web latest");
  CHECK(parsed("localhost:5000/a/b/c:1") == "localhost:5000 a/b/c 1");
  CHECK(parsed("ghcr.io/team/web") == "ghcr.io team/web latest");
  CHECK(parsed("web@" + digest) == "docker.io library/web " + digest);
  CHECK(parsed("web:1@" + digest) == "docker.io library/web " + digest);
  CHECK(parsed("library/library/web") == "docker.io library/library/web latest");
  CHECK(parsed("a__b.c--d/e_f") == "docker.io a__b.c--d/e_f latest");
  CHECK(parsed("library/library/web") == "docker.io library/library/web latest");
  for (const char* wrong :
       {"", "Web", "a//b", "web:", "-web", "web@sha256:12", "https://example.com/web",
        "localhost:5000/", "../web", "a..b/web", "-a.b/web", "host:x/web", ".:5000/web",
        "a..b", "a___b", "a.-b", "index.docker.io/docker.io/web",
        "docker.io/example.com/web"})
    CHECK_THROWS_AS(parse_remote(wrong), usage_error);
  CHECK(short_name(parse_remote("docker.io/library/web:1")) == "web");
  CHECK(short_name(parse_remote("localhost:5000/web")) == "localhost:5000/web");
  CHECK(server_host("") == "docker.io");
  CHECK(server_host("https://index.docker.io/v1/") == "docker.io");
  CHECK(server_host("https://localhost:5000/v2/") == "localhost:5000");
}

TEST_CASE("only this machine's own registries may speak plain http") {
  for (const char* own : {"localhost", "localhost:5000", "127.0.0.1:5000", "127.1.2.3",
                          "[::1]", "[::1]:5000"})
    CHECK(is_loopback(own));
  for (const char* other : {"example.com", "127.0.0.1.example.com", "localhost.evil",
                            "128.0.0.1", "[::2]", "10.0.0.1:5000", "127evil.com"})
    CHECK_FALSE(is_loopback(other));
}

TEST_CASE("a registry's challenge is parsed") {
  const auto bearer = parse_challenges(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",)"
      R"(scope="repository:library/web:pull,push")");
  REQUIRE(bearer.size() == 1);
  CHECK(bearer[0].scheme == "bearer");
  CHECK(bearer[0].parameters.at("realm") == "https://auth.docker.io/token");
  CHECK(bearer[0].parameters.at("scope") == "repository:library/web:pull,push");
  const auto two = parse_challenges(R"(BASIC Realm = "a \"b\", c" , bearer  realm=x)");
  REQUIRE(two.size() == 2);
  CHECK(two[0].parameters.at("realm") == "a \"b\", c");
  CHECK(two[1].parameters.at("realm") == "x");
  CHECK(parse_challenges("").empty());
  CHECK(parse_challenges("realm=\"x\"").empty());
  CHECK(parse_challenges("Basic realm=\"open").at(0).parameters.empty());
  CHECK(parse_challenges(std::string(100'000, ',')).empty());
}

TEST_CASE("base64 and the values of a query are encoded") {
  for (const std::string& text : {std::string(), std::string("a"), std::string("ab"),
                                  std::string("abc"), std::string("me:s\xff\0cret", 10)})
    CHECK(from_base64(to_base64(text)) == text);
  CHECK(to_base64("me:secret") == "bWU6c2VjcmV0");
  CHECK(from_base64("bWU6c2VjcmV0\n!!") == "me:secret");
  CHECK(url_encoded("repository:a/b:pull,push x") ==
        "repository%3Aa%2Fb%3Apull%2Cpush%20x");
}

TEST_CASE("an index's best entry for a platform is chosen") {
  const auto amd = entry(R"({"os":"linux","architecture":"amd64"})", '1');
  const auto arm7 = entry(R"({"os":"linux","architecture":"arm","variant":"v7"})", '2');
  const auto arm6 = entry(R"({"os":"linux","architecture":"arm","variant":"v6"})", '3');
  const auto arm64 =
      entry(R"({"os":"linux","architecture":"arm64","variant":"v8"})", '4');
  const auto proof = entry(R"({"os":"unknown","architecture":"unknown"})", '5');
  const auto windows = entry(R"({"os":"windows","architecture":"amd64"})", '6');
  const std::string every =
      proof + "," + windows + "," + arm6 + "," + arm7 + "," + arm64 + "," + amd;
  CHECK(chosen(every, "linux/amd64") == '1');
  CHECK(chosen(every, "x86_64") == '1');
  CHECK(chosen(every, "linux/arm") == '2');
  CHECK(chosen(every, "linux/arm/v6") == '3');
  CHECK(chosen(arm6, "linux/arm/v7") == '3');
  CHECK(chosen(every, "linux/arm64") == '4');
  CHECK(chosen(every, "linux/aarch64/v8") == '4');
  CHECK(chosen(every, "windows/amd64") == '6');
  CHECK_THROWS_AS(chosen(arm7, "linux/arm/v6"), usage_error);
  CHECK_THROWS_AS(chosen(every, "linux/s390x"), usage_error);
  for (const char* wrong : {"", "/", "linux/", "a/b/c/d", "linux/a b", "linux/../x"})
    CHECK_THROWS_AS(parse_platform(wrong), usage_error);
}
