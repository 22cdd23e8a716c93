// SPDX-License-Identifier: MIT
// Registries: pull, push, login, and run of an absent image, with a real registry.
#include "final/registries.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/paths.hpp"
#include "common/sys.hpp"
#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

const std::string motd_layer = tar({{"etc/motd", "hello\n"}});

// Loads the image localhost:5000/app: two compressed layers.
void load_app(const std::string& base, const std::string& layer, const std::string& tag) {
  image_recipe recipe{{base, layer}, "localhost:5000/app:" + tag};
  recipe.compressed = true;
  load_text(packed(make_layout(recipe)));
}

// Pushes localhost:5000/app: busybox and a layer on top of it. Removes it here. Returns
// the lower layer.
std::string push_app(const std::string& layer = motd_layer,
                     const std::string& tag = "1") {
  import_busybox();
  auto base = bottom_layer("bb");
  load_app(base, layer, tag);
  const auto pushed = shell("zoomin push localhost:5000/app:" + tag);
  INFO(pushed.errors);
  REQUIRE(pushed.status == 0);
  output_of("zoomin rmi bb localhost:5000/app:" + tag);
  return base;
}

// Runs a line in a mount namespace of its own, whose /etc/docker has these files.
run_result with_docker_files(const std::string& make_files, const std::string& line) {
  return shell(
      fmt::format("unshare -m sh -c 'mount -t tmpfs none /etc/docker && "
                  "cd /etc/docker && {} && cd / && {}'",
                  make_files, line));
}

std::string image_count() { return output_of("zoomin images -q | wc -l"); }

}  // namespace

TEST_CASE("an image is pushed, removed, pulled back and run", "[registry]") {
  const real_registry registry;
  push_app();
  CHECK(image_count() == "0");
  const auto pulled = output_of("zoomin pull localhost:5000/app:1");
  INFO(pulled);
  CHECK(contains(pulled, "1: Pulling from app\n"));
  CHECK(contains(pulled, ": Pull complete\n"));
  CHECK(contains(pulled, "Digest: sha256:"));
  CHECK(contains(pulled,
                 "Status: Downloaded newer image for localhost:5000/app:1\n"
                 "localhost:5000/app:1\n"
                 "0 of 2 layers already here: fetched "));
  CHECK(output_of("zoomin run --rm localhost:5000/app:1 cat /etc/motd") == "hello");
  const auto again = output_of("zoomin pull localhost:5000/app:1");
  CHECK(contains(again, "Status: Image is up to date for localhost:5000/app:1"));
  CHECK(contains(again, "2 of 2 layers already here: fetched 0B of "));
  CHECK(output_of("zoomin pull -q localhost:5000/app:1") == "localhost:5000/app:1");
  CHECK(output_of("zoomin save localhost:5000/app:1 | zoomin load -q; "
                  "zoomin images -q localhost:5000/app | wc -l") ==
        "Loaded image: localhost:5000/app:1\n1");
  const auto none = shell("zoomin pull localhost:5000/app:none");
  CHECK(none.status == 1);
  CHECK(contains(none.errors, "manifest unknown"));
  CHECK(lines_without_hints(none.errors) == 1);
}

TEST_CASE("only the layers that are missing are fetched, and sent", "[registry]") {
  const real_registry registry;
  const auto base = push_app();
  output_of("zoomin pull localhost:5000/app:1");
  // The app changes: one layer is sent, and one is fetched.
  load_app(base, tar({{"etc/motd", "new\n"}}), "2");
  const auto sent = shell("zoomin push --explain localhost:5000/app:2");
  INFO(sent.output << sent.errors);
  CHECK(contains(sent.output, "The push refers to repository [localhost:5000/app]\n"));
  CHECK(contains(sent.output, ": Layer already exists\n"));
  CHECK(contains(sent.output, ": Pushed\n"));
  CHECK(contains(sent.output, "\n2: digest: sha256:"));
  CHECK(contains(sent.output, "1 of 2 layers already there: sent "));
  output_of("zoomin rmi localhost:5000/app:2");
  const auto fetched = shell("zoomin pull --explain localhost:5000/app:2");
  INFO(fetched.output << fetched.errors);
  CHECK(contains(fetched.output, "1 of 2 layers already here: fetched "));
  CHECK(contains(fetched.errors, "GET /v2/app/manifests/2 -> 200, "));
  CHECK(contains(fetched.errors, "not requested: layer "));
  CHECK(output_of("zoomin run --rm localhost:5000/app:2 cat /etc/motd") == "new");
  // A second repository of the registry needs no upload at all.
  output_of("zoomin tag localhost:5000/app:2 localhost:5000/copy:1");
  const auto copied = output_of("zoomin push localhost:5000/copy:1");
  INFO(copied);
  CHECK(contains(copied, ": Mounted from app\n"));
  CHECK(contains(copied, "2 of 2 layers already there: sent 0B of "));
}

TEST_CASE("a large layer is sent in pieces", "[registry]") {
  const real_registry registry;
  std::string noise(40UL << 20, '\0');
  std::uint32_t seed = 1;
  for (auto& c : noise)
    c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24U);
  import_busybox();
  load_app(bottom_layer("bb"), tar({{"noise", noise}}), "1");
  const auto pushed = shell("zoomin push --explain localhost:5000/app:1");
  INFO(pushed.errors);
  CHECK(pushed.status == 0);
  CHECK(contains(pushed.errors, "PATCH /v2/app/blobs/uploads/"));
  CHECK(contains(pushed.errors, " -> 202, 33.6MB\n"));
  output_of("zoomin rmi localhost:5000/app:1");
  CHECK(output_of(
            "zoomin run -q --rm localhost:5000/app:1 sha256sum /noise | cut -c 1-64") ==
        sha256(noise));
}

TEST_CASE("run and create fetch a missing image unless --pull forbids it", "[registry]") {
  const real_registry registry;
  push_app();
  const auto run = [](const std::string& flags, const std::string& image) {
    return shell(
        fmt::format("zoomin run --rm {} localhost:5000/{} cat /etc/motd", flags, image));
  };
  CHECK(run("--pull never", "app:1").status == 125);
  const auto missing = run("", "app:1");
  CHECK(missing.output == "hello\n");
  CHECK(
      contains(missing.errors, "Unable to find image 'localhost:5000/app:1' locally\n"));
  CHECK(contains(missing.errors, "Status: Downloaded newer image"));
  CHECK(run("", "app:1").errors.empty());
  // Another host pushes a newer image under this tag.
  push_app(tar({{"etc/motd", "newer\n"}}));
  CHECK(run("", "app:1").output == "newer\n");
  output_of("zoomin rmi localhost:5000/app:1");
  CHECK(run("-q", "app:1").errors.empty());
  CHECK(contains(run("--pull always", "app:1").errors, "Image is up to date"));
  CHECK(output_of("zoomin create --name c localhost:5000/app:1 true && zoomin rm c")
            .ends_with("\nc"));
  const auto absent = run("", "absent");
  CHECK(absent.status == 125);
  CHECK(contains(absent.errors, "localhost:5000"));
}

TEST_CASE("images are pulled by digest, for a platform, and with all tags",
          "[registry]") {
  const real_registry registry;
  push_app();
  push_app(motd_layer, "2");
  output_of("zoomin pull localhost:5000/app:1");
  const std::string digest =
      output_of("zoomin images --digests --format '{{.Digest}}' localhost:5000/app");
  // An index for two platforms, of which the first is another one.
  REQUIRE(
      shell(
          fmt::format(
              "skopeo inspect --tls-verify=false --raw docker://localhost:5000/app:1 > "
              "/tmp/m; size=$(wc -c < /tmp/m); rm /tmp/m; printf '{{\"schemaVersion\":2,"
              "\"manifests\":[{{\"mediaType\":"
              "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"{0}\","
              "\"size\":'$size',\"platform\":{{\"os\":\"linux\",\"architecture\":"
              "\"mips\"}}"
              "}},{{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
              "\"digest\":\"{0}\",\"size\":'$size',\"platform\":{{\"os\":\"linux\","
              "\"architecture\":\"{1}\"}}}}]}}' | python3 -c 'import sys, urllib.request "
              "as "
              "u; u.urlopen(u.Request(\"http://localhost:5000/v2/app/manifests/both\", "
              "sys.stdin.buffer.read(), {{\"Content-Type\": "
              "\"application/vnd.oci.image.index.v1+json\"}}, method=\"PUT\"))'",
              digest, architecture()))
          .status == 0);
  output_of("zoomin rmi localhost:5000/app:1");
  const std::string by_digest = "localhost:5000/app@" + digest;
  CHECK(contains(output_of("zoomin pull " + by_digest), "\n" + by_digest + "\n"));
  CHECK(output_of("zoomin run --rm --pull never " + by_digest + " cat /etc/motd") ==
        "hello");
  CHECK(output_of("zoomin images --format '{{.Repository}} {{.Tag}}'") ==
        "localhost:5000/app <none>");
  CHECK(
      output_of("zoomin rmi " + by_digest).starts_with("Untagged: " + by_digest + "\n"));
  CHECK(image_count() == "0");

  const auto both = output_of("zoomin pull localhost:5000/app:both");
  const auto index = both.substr(both.find("Digest: ") + 8, 71);
  CHECK(index != digest);
  CHECK(output_of("zoomin run --rm --pull never localhost:5000/app@" + index +
                  " echo fine") == "fine");
  CHECK(contains(output_of("zoomin image inspect localhost:5000/app:both"),
                 "localhost:5000/app@" + index));
  const auto other = shell("zoomin pull --platform linux/s390x localhost:5000/app:both");
  CHECK(contains(other.errors,
                 "no matching manifest for linux/s390x in the manifest list entries"));
  CHECK(shell("zoomin pull --platform linux/mips localhost:5000/app:both").status == 1);
  output_of("zoomin rmi localhost:5000/app:both");
  CHECK(output_of("zoomin pull -aq localhost:5000/app | sort") ==
        "localhost:5000/app:1\nlocalhost:5000/app:2\nlocalhost:5000/app:both");
}

TEST_CASE("skopeo reads what zoomin pushes, and zoomin reads what skopeo pushes",
          "[registry]") {
  const real_registry registry;
  push_app();
  const scratch files;
  const auto copied =
      shell(fmt::format("cd {} && skopeo copy -q --src-tls-verify=false "
                        "docker://localhost:5000/app:1 docker-archive:a.tar:app:1 && "
                        "zoomin load -i a.tar && zoomin run --rm app:1 cat /etc/motd",
                        files.path()));
  INFO(copied.errors);
  CHECK(copied.output == "Loaded image: app:1\nhello\n");
  // Docker's format with gzip, and the OCI's with zstd.
  for (const char* how : {"--format v2s2", "--format oci --dest-compress-format zstd"}) {
    INFO(how);
    const auto pushed = shell(fmt::format(
        "cd {} && skopeo copy -q --dest-tls-verify=false {} docker-archive:a.tar "
        "docker://localhost:5000/theirs:1 && zoomin rmi -f $(zoomin images -q) && "
        "zoomin run --rm -q localhost:5000/theirs:1 cat /etc/motd",
        files.path(), how));
    INFO(pushed.errors);
    CHECK(pushed.output.ends_with("hello\n"));
    // The blobs go back as they came, under the same digest.
    const auto sent = shell(
        "zoomin tag localhost:5000/theirs:1 localhost:5000/back:1 && "
        "zoomin push localhost:5000/back:1");
    INFO(sent.errors);
    CHECK(sent.status == 0);
    CHECK(output_of(
              "skopeo inspect --tls-verify=false --raw docker://localhost:5000/back:1") ==
          output_of("skopeo inspect --tls-verify=false --raw "
                    "docker://localhost:5000/theirs:1"));
  }
}

TEST_CASE("login stores a password that pull and push use, and logout removes it",
          "[registry]") {
  const real_registry registry({5000, true, false});
  const scratch home;
  ::setenv("DOCKER_CONFIG", home.path().c_str(), 1);
  import_busybox();
  output_of("zoomin tag bb localhost:5000/bb:1");
  const auto refused = shell("zoomin push localhost:5000/bb:1");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "authentication required"));
  CHECK(contains(refused.errors, "hint: log in first: zoomin login localhost:5000"));
  const auto log_in = [](const std::string& password) {
    return shell(fmt::format(
        "echo {} | zoomin login -u me --password-stdin localhost:5000", password));
  };
  CHECK(log_in("wrong").status == 1);
  CHECK(!zoomin::sys::exists(home / "config.json"));
  CHECK(log_in("secret").output == "Login Succeeded\n");
  const auto config = nlohmann::json::parse(zoomin::sys::read_file(home / "config.json"));
  CHECK(config["auths"]["localhost:5000"]["auth"] == "bWU6c2VjcmV0");
  CHECK(output_of("stat -c %a " + (home / "config.json")) == "600");
  CHECK(shell("zoomin push localhost:5000/bb:1").status == 0);
  CHECK(shell("zoomin pull localhost:5000/bb:1").status == 0);
  CHECK(shell("skopeo inspect --tls-verify=false --authfile " + (home / "config.json") +
              " docker://localhost:5000/bb:1")
            .status == 0);
  CHECK(output_of("zoomin logout localhost:5000") ==
        "Removing login credentials for localhost:5000");
  CHECK(shell("zoomin pull localhost:5000/bb:1").status == 1);
  CHECK(output_of("zoomin logout localhost:5000") == "Not logged in to localhost:5000");

  // A credential helper has the password instead of the file.
  write_file(home / "docker-credential-box",
             "#!/bin/sh\ncase $1 in\nstore) cat > " + (home / "stored") +
                 ";;\nget) cat " + (home / "stored") +
                 " || { echo credentials not found "
                 "in native keychain; exit 1; };;\nerase) rm " +
                 (home / "stored") + ";;\nesac\n");
  write_file(home / "config.json", R"({"credsStore": "box", "kept": 1})");
  const std::string path = fmt::format("PATH={}:$PATH ", home.path());
  shell("chmod +x " + (home / "docker-credential-box"));
  CHECK(shell(path + "zoomin pull localhost:5000/bb:1").status == 1);
  CHECK(shell(path + "sh -c 'echo secret | zoomin login -u me --password-stdin "
                     "localhost:5000'")
            .output == "Login Succeeded\n");
  CHECK(!contains(zoomin::sys::read_file(home / "config.json"), "bWU6c2VjcmV0"));
  CHECK(contains(zoomin::sys::read_file(home / "config.json"), "\"kept\": 1"));
  CHECK(shell(path + "zoomin pull localhost:5000/bb:1").status == 0);
  CHECK(shell(path + "zoomin logout localhost:5000").status == 0);
  CHECK(!zoomin::sys::exists(home / "stored"));
}

TEST_CASE("login asks for the password without showing it", "[registry]") {
  const real_registry registry({5000, true, false});
  const scratch home;
  ::setenv("DOCKER_CONFIG", home.path().c_str(), 1);
  terminal screen({built("zoomin"), "login", "localhost:5000"});
  screen.expect("Username: ");
  screen.type("me\n");
  screen.expect("Password: ");
  screen.type("secret\n");
  CHECK(!contains(screen.expect("Login Succeeded"), "secret"));
  CHECK(screen.end() == 0);
}

TEST_CASE("without a terminal login asks nothing", "[registry]") {
  for (const char* options : {"", "-u me"}) {
    const auto refused = shell(fmt::format("zoomin login {} </dev/null", options));
    CHECK(refused.status == 1);
    CHECK(refused.output.empty());
    CHECK(contains(refused.errors, "login from a non TTY device"));
  }
}

TEST_CASE("Ctrl-C ends login at each of its questions", "[registry]") {
  const auto login = [](std::vector<std::string> options) {
    options.insert(options.begin(), {built("zoomin"), "login"});
    options.emplace_back("localhost:5000");
    return options;
  };
  terminal name(login({}));
  name.expect("Username: ");
  name.type("\x03");
  CHECK(name.end() == 128 + SIGINT);
  terminal password(login({"-u", "me"}));
  password.expect("Password: ");
  password.type("\x03");
  CHECK(password.end() == 128 + SIGINT);
  terminal from_stdin(login({"-u", "me", "--password-stdin"}));
  from_stdin.type("secret\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  from_stdin.type("\x03");
  CHECK(from_stdin.end() == 128 + SIGINT);
}

TEST_CASE("a registry's certificate is verified", "[registry]") {
  const real_registry registry({5000, false, true});
  import_busybox();
  output_of("zoomin tag bb localhost:5000/bb:1");
  const auto refused = shell("zoomin push localhost:5000/bb:1");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "certificate"));
  CHECK(contains(refused.errors, "/etc/docker/certs.d/localhost:5000/ca.crt"));
  CHECK(shell("zoomin push --tls-verify=false localhost:5000/bb:1").status == 0);
  const auto trusted = with_docker_files("mkdir -p certs.d/localhost:5000 && cp " +
                                             registry.ca() + " certs.d/localhost:5000",
                                         "zoomin pull localhost:5000/bb:1");
  INFO(trusted.errors);
  CHECK(trusted.status == 0);
  // The system knows this authority, in its file and by its hash.
  const auto known =
      shell(fmt::format("unshare -m sh -c 'set -e; mount -t tmpfs certs /etc/ssl/certs; "
                        "cd /etc/ssl/certs; cp {} ca-certificates.crt; "
                        "cp ca-certificates.crt ca.pem; openssl rehash . 2> /dev/null; "
                        "exec zoomin pull localhost:5000/bb:1'",
                        registry.ca()));
  INFO(known.errors);
  CHECK(known.status == 0);
}

TEST_CASE("images of docker.io are looked for at a mirror first", "[registry]") {
  const real_registry registry;
  import_busybox();
  output_of(
      "zoomin tag bb localhost:5000/library/web:1 && "
      "zoomin push localhost:5000/library/web:1");
  const auto pulled = with_docker_files(
      "echo \"{\\\"registry-mirrors\\\": [\\\"http://localhost:5000/\\\"]}\" > "
      "daemon.json",
      "zoomin pull web:1");
  INFO(pulled.errors);
  CHECK(contains(pulled.output,
                 "Status: Downloaded newer image for web:1\ndocker.io/library/web:1\n"));
}
