// SPDX-License-Identifier: MIT
// Images: loading, importing, saving and removing them, and invalid archives.
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <nlohmann/json.hpp>

#include <filesystem>

#include "common/paths.hpp"
#include "common/sys.hpp"
#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

const std::string load_line = "zoomin load -i ";

// Returns the names of all files in the store, sorted, including leftovers of a killed
// load.
std::string stored() {
  return output_of(
      fmt::format("cd {} && find images layers | sort", zoomin::root_directory()));
}

// Checks that load prints one line that contains `reason`, and adds no file to the store.
void check_load_refused(const std::string& archive, const std::string& reason) {
  const scratch files;
  write_file(files / "a.tar", archive);
  INFO(reason);
  const std::string before = stored();
  const auto refused = shell(load_line + (files / "a.tar"));
  INFO(refused.errors);
  CHECK(refused.status == 1);
  CHECK(refused.output.empty());
  CHECK(lines_without_hints(refused.errors) == 1);
  CHECK(contains(refused.errors, reason));
  CHECK(stored() == before);
}

std::string image_of(const std::vector<std::string>& layers) {
  return packed(make_layout({layers}));
}

const std::string small_layer = tar({{"etc/motd", "hello\n"}});

}  // namespace

TEST_CASE("an image is saved and loaded unchanged, with all of its names", "[image]") {
  import_busybox("one:1");
  shell("zoomin tag one:1 two:2");
  const std::string id = output_of("zoomin image ls -q --no-trunc");
  const scratch files;
  const std::string first = files / "first.tar", second = files / "second.tar";
  REQUIRE(shell("zoomin save -o " + first + " one:1 two:2").status == 0);
  CHECK(output_of("zoomin rmi one:1") == "Untagged: one:1");
  CHECK(contains(output_of("zoomin rmi two:2"), "Untagged: two:2\nDeleted: " + id));
  CHECK(output_of("zoomin image ls -q") == "");
  CHECK(output_of(fmt::format("find {}/layers -mindepth 1", zoomin::root_directory())) ==
        "");

  CHECK(output_of(load_line + first) == "Loaded image: one:1\nLoaded image: two:2");
  CHECK(output_of("zoomin image ls -q --no-trunc") == id);
  CHECK(output_of("zoomin run --rm two:2 echo back") == "back");
  shell("zoomin save one:1 two:2 > " + second);
  CHECK(shell(fmt::format("cmp {} {}", first, second)).status == 0);

  // An image that is saved by its id has no name.
  shell(fmt::format("zoomin save -o {} {}; zoomin rmi one:1 two:2", first, id));
  CHECK(output_of(load_line + first) == "Loaded image ID: " + id);
  CHECK(output_of("zoomin images | sed 1d | cut -c 1-6") == "<none>");
  CHECK(contains(output_of("zoomin rmi " + id.substr(7, 10)), "Deleted: " + id));
}

TEST_CASE("a loaded image takes its name from another one, which stays", "[image]") {
  load_text(packed(make_layout({{small_layer}, "box:1"})));
  const std::string old = output_of("zoomin image ls -q --no-trunc box:1");
  load_text(packed(make_layout({{tar({{"other", "x"}})}, "box:1"})));
  CHECK(output_of("zoomin image ls -q --no-trunc box:1") != old);
  CHECK(output_of("zoomin image ls | grep -c '<none>'") == "1");
  CHECK(shell("zoomin image inspect " + old).status == 0);
}

TEST_CASE("load reads OCI layouts and docker's archives, compressed or not", "[image]") {
  import_busybox();
  const std::string busybox = bottom_layer("bb");
  image_recipe recipe{{busybox, small_layer}};
  recipe.compressed = true;
  const auto compressed = make_layout(recipe);
  CHECK(load_text(packed(compressed)) == "Loaded image: box:latest\n");
  CHECK(output_of("zoomin run --rm box cat /etc/motd") == "hello");
  CHECK(load_text(gzip(packed(make_layout({{small_layer}, "gz"})))) ==
        "Loaded image: gz:latest\n");
  CHECK(load_text(docker_archive(compressed, R"(["docker.io/library/old:1","b/c:2"])")) ==
        "Loaded image: old:1\nLoaded image: b/c:2\n");
  CHECK(output_of("zoomin run --rm old:1 cat /etc/motd") == "hello");
  // The archive may come through a pipe.
  CHECK(output_of("zoomin save box | zoomin load") == "Loaded image: box:latest");
}

TEST_CASE("load reads the archives of podman, skopeo and both formats of docker",
          "[image]") {
  import_busybox();
  const std::string base = bottom_layer("bb");
  const auto image = make_layout({{base, small_layer, small_layer}});
  const std::string config = image.files.at("blobs/sha256/" + image.config);
  const auto check_taken = [](const std::string& archive, const std::string& expected) {
    CHECK(load_text(archive) == expected + "\n");
    CHECK(output_of("zoomin run --rm $(zoomin images -q | head -1) cat /etc/motd") ==
          "hello");
    output_of("zoomin rmi -f $(zoomin images -q | head -1)");
  };
  shell("zoomin rmi bb");
  // In podman's and skopeo's docker-archive a layer's directory has a link to it.
  const std::string names = R"(["docker.io/library/one:1","localhost/two:2"])";
  const auto manifest = [&](const std::string& layers) {
    return fmt::format(R"([{{"Config":"{}.json","RepoTags":{},"Layers":[{}]}}])",
                       image.config, names, layers);
  };
  const auto& ids = image.layers;
  const std::string layers =
      fmt::format(R"("{0}.tar","a/layer.tar","{1}.tar")", ids[0], ids[1]);
  check_taken(tar({{image.config + ".json", config},
                   {ids[0] + ".tar", base},
                   {ids[1] + ".tar", small_layer},
                   {"a/layer.tar", "../" + ids[1] + ".tar", '2'},
                   {"a/VERSION", "1.0"},
                   {"repositories", "{}"},
                   {"manifest.json", manifest(layers)}}),
              "Loaded image: one:1\nLoaded image: localhost/two:2");
  // docker 25 and later write a layout together with manifest.json, which refers to
  // blobs.
  auto both = image;
  both.files["manifest.json"] =
      fmt::format(R"([{{"Config":"blobs/sha256/{0}","RepoTags":["three:3"],)"
                  R"("Layers":["blobs/sha256/{1}",)"
                  R"("blobs/sha256/{2}","blobs/sha256/{2}"],"LayerSources":{{}}}}])",
                  image.config, ids[0], ids[1]);
  both.files["index.json"] = replaced(both.files["index.json"], "box:latest", "3");
  check_taken(packed(both), "Loaded image: three:3");
  // The archive is a layout's directory, packed by hand; its image has no name.
  layout dotted;
  for (const auto& [name, content] : image.files) dotted.files["./" + name] = content;
  dotted.files["./index.json"] =
      replaced(image.files.at("index.json"), "image.ref.name", "image.other");
  CHECK(contains(load_text(packed(dotted)), "Loaded image ID: sha256:" + image.config));
}

TEST_CASE("import --change parses lines as in a Dockerfile", "[image]") {
  import_busybox();
  const auto import_with = [](const std::string& changes) {
    return shell("zoomin run --rm bb tar -c bin | zoomin import " + changes + " - one");
  };
  const std::string all =
      R"(-c 'ENV A=1 B="b c" C=d\ e' -c 'env OLD one two' -c 'ENV A=2' )"
      R"(-c 'LABEL x="1 2" y=3' -c 'EXPOSE 80 53/udp' -c 'VOLUME /v /w' )"
      R"(-c 'VOLUME ["/j k"]' -c 'WORKDIR /bin ' -c 'cmd ["echo", "a b"]' -c 'USER 5')";
  REQUIRE(import_with(all).status == 0);
  const auto config =
      nlohmann::json::parse(output_of("zoomin image inspect one")).at(0).at("Config");
  CHECK(config["Env"] == nlohmann::json{"A=2", "B=b c", "C=d e", "OLD=one two"});
  CHECK(config["Labels"] == nlohmann::json{{"x", "1 2"}, {"y", "3"}});
  CHECK(config["ExposedPorts"].dump() == R"({"53/udp":{},"80/tcp":{}})");
  CHECK(config["Volumes"].dump() == R"({"/j k":{},"/v":{},"/w":{}})");
  CHECK(config["WorkingDir"] == "/bin");
  CHECK(config["Cmd"] == nlohmann::json{"echo", "a b"});
  CHECK(config["User"] == "5");
  for (const char* refused : {"FROM x", "ENV", "ENV A", "LABEL =1", R"(ENV A="1)",
                              "WORKDIR x", "VOLUME x", "", "ENV A=1 B"}) {
    INFO(refused);
    const auto result = import_with(fmt::format("-c '{}'", refused));
    CHECK(result.status != 0);
    CHECK(lines_without_hints(result.errors) == 1);
  }
}

TEST_CASE("archives may be compressed by gzip, zstd, xz or bzip2", "[image]") {
  import_busybox();
  const scratch files;
  write_file(files / "image.tar", packed(make_layout({{small_layer}, "box"})));
  for (const char* with : {"gzip", "zstd", "xz", "busybox bzip2"}) {
    INFO(with);
    const auto packer = fmt::format("cd {} && {} -c ", files.path(), with);
    REQUIRE(shell("zoomin run --rm bb tar -c bin > " + (files / "root.tar")).status == 0);
    REQUIRE(shell(packer + "root.tar | zoomin import - one").status == 0);
    CHECK(output_of("zoomin run --rm one echo runs") == "runs");
    // A layer whose compression has no OCI media type is stored uncompressed.
    CHECK(shell("zoomin save -o " + (files / "saved") + " one; zoomin rmi one").status ==
          0);
    CHECK(output_of(load_line + (files / "saved")) == "Loaded image: one:latest");
    CHECK(output_of(packer + "image.tar | zoomin load") == "Loaded image: box:latest");
    shell("zoomin rmi one box");
  }
  write_file(files / "layer.tar", small_layer);
  auto damaged = shell(fmt::format(
      "cd {} && xz -c layer.tar | head -c 60 | zoomin import - half", files.path()));
  CHECK(damaged.status == 1);
  CHECK(lines_without_hints(damaged.errors) == 1);
}

TEST_CASE("history, inspect and ls describe an image", "[image]") {
  load_text(packed(make_layout({{small_layer, tar({{"b", "12345"}})}})));
  CHECK(output_of("zoomin image ls | sed 's/  */ /g' | cut -d ' ' -f 1,2,7") ==
        "REPOSITORY TAG\nbox latest 11B");
  CHECK(
      output_of("zoomin history --human=false box | sed 's/  */ /g' | cut -d ' ' -f 3") ==
      "AT\n5\n6");
  const auto details =
      nlohmann::json::parse(shell("zoomin image inspect box").output).at(0);
  CHECK(details["RepoTags"] == nlohmann::json{"box:latest"});
  CHECK(details["Architecture"] == architecture());
  CHECK(details["Config"]["Cmd"] == nlohmann::json{"true"});
  CHECK(details["RootFS"]["Layers"].size() == 2);
  CHECK(details["Size"] == 11);
  CHECK(shell("zoomin image inspect nosuch").status == 1);
  CHECK(shell("zoomin history nosuch").status == 1);
  CHECK(output_of("zoomin image inspect nosuch 2>/dev/null") == "[]");
}

TEST_CASE("an image that a container uses can't be removed", "[image]") {
  import_busybox();
  const std::string id = output_of("zoomin image ls -q --no-trunc");
  shell("zoomin create --name den bb echo still");
  for (const auto& name : {std::string("bb"), id, id.substr(7, 12)}) {
    INFO(name);
    const auto refused = shell("zoomin rmi " + name);
    CHECK(refused.status == 1);
    CHECK(contains(refused.errors, "is used by a container"));
  }
  CHECK(output_of("zoomin image ls -q --no-trunc bb") == id);
  CHECK(output_of("zoomin rmi -f bb") == "Untagged: bb:latest");
  CHECK(output_of("zoomin start -a den") == "still");
  CHECK(output_of("zoomin image ls | grep -c '<none>'") == "1");
  shell("zoomin rm den");
  CHECK(contains(output_of("zoomin rmi " + id), "Deleted: " + id));
}

TEST_CASE("an invalid archive is refused in one line and leaves nothing", "[image]") {
  load_text(packed(make_layout({{small_layer}, "other"})));
  const std::string good = image_of({tar({{"a/file", std::string(3000, 'x')}})});
  check_load_refused("", "the file is empty");
  check_load_refused("not an archive at all\n", "not a valid archive");
  check_load_refused(zoomin::sys::read_file(built("zoomin")).substr(0, 100'000),
                     "archive");
  check_load_refused(gzip("neither is this\n"), "not a valid archive");
  check_load_refused(tar({{"etc/motd", "hello\n"}}), "neither an OCI image layout nor");
  for (const std::size_t size : {1UL, 511UL, 513UL, good.size() / 3, good.size() / 2})
    check_load_refused(good.substr(0, size), "");
  const std::string pressed = gzip(good);
  check_load_refused(pressed.substr(0, pressed.size() / 2), "");
  for (const char* line :
       {"load -i /nosuch", "load -i /etc", "load box", "import /nosuch",
        "import - box < /dev/null", "save", "save nosuch", "tag box", "tag nosuch box",
        "tag other UPPER", "rmi nosuch", "rmi", "save -o /nosuch/file other",
        "import a b c"}) {
    INFO(line);
    const auto refused = shell(std::string("zoomin ") + line);
    CHECK(refused.status != 0);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(contains(shell("zoomin load -i /etc").errors, "is a directory, not an"));
  CHECK(shell("zoomin load --nosuchflag").status == 125);
  CHECK(output_of("zoomin image ls -q | wc -l") == "1");
}

TEST_CASE("digests, sizes and types in an archive are verified", "[image]") {
  const auto good = make_layout({{small_layer}});
  load_text(packed(make_layout({{small_layer}, "other"})));

  auto layer = good;
  layer.files["blobs/sha256/" + good.layers[0]].replace(512, 5, "HELLO");
  check_load_refused(packed(layer), "has the digest");
  auto config = good;
  config.files["blobs/sha256/" + good.config] += " ";
  check_load_refused(packed(config), "has the digest");
  auto missing = good;
  missing.files.erase("blobs/sha256/" + good.layers[0]);
  check_load_refused(packed(missing), "has no file");
  auto size = good;
  size.change(good.manifest, fmt::format("\"size\":{}}}]", small_layer.size()),
              "\"size\":17}]");
  check_load_refused(packed(size), "expected 17");
  auto diff_id = good;
  diff_id.change(good.config, sha256(small_layer), std::string(64, 'a'));
  check_load_refused(packed(diff_id), "the digest is");
  auto fewer = good;
  fewer.change(good.config, "\"sha256:" + sha256(small_layer) + "\"", "");
  check_load_refused(packed(fewer), "1 layers, but its configuration has 0");
  auto both = good;
  both.change(good.manifest, "\"layers\"", "\"manifests\":[],\"layers\"");
  check_load_refused(packed(both), "is an index as well");
  auto outside = good;
  outside.change(good.manifest, "\"digest\":\"sha256:" + good.layers[0],
                 "\"digest\":\"sha256:../../../etc/passwd");
  check_load_refused(packed(outside), "is not a sha256 digest");
  auto deep = good;
  deep.change(good.config, "\"config\":{",
              "\"config\":{\"Labels\":" + std::string(500'000, '[') +
                  std::string(500'000, ']') + ",");
  check_load_refused(packed(deep), "nested deeper than 64 levels");
  image_recipe elsewhere{{small_layer}};
  elsewhere.architecture = "s390x";
  check_load_refused(packed(make_layout(elsewhere)), "no image for this machine");
}

TEST_CASE("no member of a layer is extracted outside of it", "[image]") {
  const scratch outside;
  write_file(outside / "canary", "alive");
  const std::string& path = outside.path();
  load_text(packed(make_layout({{small_layer}, "other"})));

  check_load_refused(image_of({tar({{"../escaped", "x"}})}),
                     "leads out of its directory");
  check_load_refused(image_of({tar({{"a/../../escaped", "x"}})}),
                     "leads out of its directory");
  check_load_refused(image_of({tar({{".", path, '2'}})}), "root is not a directory");
  check_load_refused(image_of({tar({{"/", path, '2'}})}), "root is not a directory");
  check_load_refused(image_of({tar({{"link", path, '2'}, {"link/canary", "dead"}})}),
                     "is not a directory");
  check_load_refused(image_of({tar({{"hard", outside / "canary", '1'}})}),
                     "which doesn't exist");
  check_load_refused(image_of({tar({{"hard", "../../canary", '1'}})}), "leads out of");
  check_load_refused(image_of({tar({{"link", path, '2'}, {"hard", "link/canary", '1'}})}),
                     "which doesn't exist");
  const std::string link = tar({{"link", path, '2'}});
  check_load_refused(image_of({link, tar({{"hard", "link/canary", '1'}})}),
                     "which doesn't exist");
  check_load_refused(image_of({tar({{".wh...", ""}})}), "hides no valid name");
  check_load_refused(image_of({tar({{"a/.wh..", ""}})}), "hides no valid name");

  // An absolute name, or a link to a directory of the layer, stays inside.
  load_text(image_of({tar({{path.substr(1) + "/", "", '5'},
                           {outside / "canary", "inside"},
                           {"link", path, '2'},
                           {"link/more", "inside"},
                           {"up", "../../../../../../" + path, '2'},
                           {"up/most", "inside"}})}));
  const std::string trees = zoomin::root_directory() + "/layers/*/tree" + path;
  CHECK(output_of("cd " + trees + " && ls") == "canary\nmore\nmost");
  // A link in a lower layer isn't followed; a directory replaces it.
  load_text(image_of({link, tar({{"link/canary", "dead"}, {"link/.wh.canary", ""}})}));
  CHECK(output_of("cd " + path + " && ls && cat canary") == "canary\nalive");
}

TEST_CASE("gigabytes of zeros in an archive need neither memory nor disk space",
          "[image]") {
  const scratch files;
  REQUIRE(shell(fmt::format("cd {} && mkdir r && truncate -s 1G r/zeros && "
                            "tar -C r -c . | gzip -1 > bomb.tar.gz",
                            files.path()),
                120)
              .status == 0);
  const auto done =
      shell(fmt::format("cd {} && zoomin import bomb.tar.gz bomb && zoomin save bomb | "
                        "gzip -1 > image.gz && zoomin rmi bomb && zoomin load < image.gz",
                        files.path()),
            240);
  INFO(done.errors);
  CHECK(done.status == 0);
  CHECK(output_of(fmt::format("test $(du -sm {} | cut -f 1) -lt 50 && echo small",
                              zoomin::root_directory())) == "small");
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  CHECK(used.ru_maxrss < 100'000);  // kilobytes
}

TEST_CASE("a layer that removes and recreates a directory shows only the new one",
          "[image]") {
  import_busybox();
  const std::string bottom = bottom_layer("bb");
  const std::vector<std::string> layers{
      bottom,
      tar({{"d1/", "", '5'},
           {"d1/d2/", "", '5'},
           {"d1/d2/foo", "x"},
           {"e1/e2/foo", "x"}}),
      tar({{".wh.d1", ""}, {"d1/", "", '5'}, {"d1/new", "x"}}), tar({{".wh.e1", ""}}),
      tar({{"e1/", "", '5'}, {"e1/e2/", "", '5'}})};
  auto later = layers;
  later[2] = tar({{"d1/", "", '5'}, {"d1/new", "x"}, {".wh.d1", ""}});  // any order
  auto opaque = layers;
  opaque[2] = tar({{"d1/", "", '5'}, {"d1/.wh..wh..opq", ""}, {"d1/new", "x"}});
  for (const auto& stack : {layers, later, opaque}) {
    load_text(image_of(stack));
    CHECK(output_of("zoomin run --rm box find /d1 /e1 | sort") ==
          "/d1\n/d1/new\n/e1\n/e1/e2");
    shell(
        "zoomin save box > /tmp/box.tar && zoomin rmi box && zoomin load -i "
        "/tmp/box.tar; rm /tmp/box.tar");
    CHECK(output_of("zoomin run --rm box find /d1 /e1 | sort") ==
          "/d1\n/d1/new\n/e1\n/e1/e2");
    shell("zoomin rmi box");
  }
}

TEST_CASE("names and links of any length are kept", "[image]") {
  for (const char* format : {"gnu", "posix"}) {
    INFO(format);
    const scratch files;
    const std::string part(70, 'n');
    REQUIRE(shell(fmt::format(
                      "cd {0} && mkdir -p r/bin r/{1}/{1}/{1} && "
                      "cp $(command -v busybox) r/bin && ln -s busybox r/bin/cat && "
                      "ln -s busybox r/bin/stat && cd r && echo text > {1}/{1}/{1}/f && "
                      "ln -s {1}/{1}/{1}/f l && ln {1}/{1}/{1}/f h && "
                      "tar --format={2} -c . | zoomin import - long",
                      files.path(), part, format))
                .status == 0);
    for (int round = 0; round < 2; ++round) {
      CHECK(output_of("zoomin run --rm long cat /l /h") == "text\ntext");
      CHECK(output_of("zoomin run --rm long stat -c %h /h") == "2");
      shell(
          fmt::format("zoomin save -o {0} long && zoomin rmi long && zoomin load -i {0}",
                      files / "long.tar"));
    }
    shell("zoomin rmi long");
  }
}

TEST_CASE("concurrent loads and removals leave complete images", "[image]") {
  // The names can't be the beginning of an id.
  import_busybox("base");
  const std::string bottom = bottom_layer("base");
  const scratch files;
  for (const char* name : {"x", "y", "z"})
    write_file(
        files / name,
        packed(make_layout({{bottom, tar({{name, name}})}, name, architecture()})));
  const auto done = shell(
      fmt::format("cd {}; for i in 1 2 3 4; do for n in x y z; do "
                  "zoomin load -q -i $n >/dev/null & done; "
                  "zoomin rmi base x >/dev/null 2>&1 & done; wait; zoomin load -i x",
                  files.path()),
      60);
  CHECK(done.errors.empty());
  for (const char* name : {"x", "y", "z"})
    CHECK(output_of(fmt::format("zoomin run --rm {0} cat /{0}", name)) == name);
  CHECK(output_of(fmt::format("ls -A {}/layers | wc -l", zoomin::root_directory())) ==
        "4");
  shell("zoomin rmi x y z");
  CHECK(output_of(fmt::format("ls -A {}/layers", zoomin::root_directory())) == "");
}

TEST_CASE("the next load or removal cleans up after a killed one", "[image]") {
  load_text(packed(make_layout({{small_layer}, "other"})));
  const std::string before = stored();
  const scratch files;
  std::string noise = zoomin::sys::read_file(built("zoomin"));
  write_file(files / "a.tar", image_of({tar({{"one", noise}, {"two", noise}})}));
  for (int milliseconds = 5; milliseconds < 250; milliseconds += 12) {
    shell(fmt::format("timeout -s KILL 0.{:03} {}{}", milliseconds, load_line,
                      files / "a.tar"));
    shell(fmt::format("timeout -s KILL 0.{:03} zoomin rmi box", milliseconds / 12));
    CHECK(shell("zoomin image ls").status == 0);
  }
  CHECK(output_of(load_line + (files / "a.tar")) == "Loaded image: box:latest");
  CHECK(output_of(fmt::format("cat {}/layers/*/tree/one | cmp - {}",
                              zoomin::root_directory(), built("zoomin"))) == "");
  shell("zoomin rmi box");
  CHECK(stored() == before);
}

TEST_CASE("a command killed while it writes the index leaves no other file", "[image]") {
  load_text(packed(make_layout({{small_layer}, "small"})));
  const std::string before = stored();
  const auto killed =
      shell("strace -f -o /dev/null -e inject=fsync:signal=KILL zoomin tag small other");
  CHECK(killed.status == 128 + SIGKILL);
  CHECK(output_of("zoomin image ls -q | wc -l") == "1");
  shell("zoomin tag small other && zoomin rmi other");
  CHECK(stored() == before);
  shell("zoomin rmi small");
}

TEST_CASE("a full or read-only disk causes one line and no loss", "[image]") {
  const std::string& root = zoomin::root_directory();
  const scratch files;
  write_file(files / "a.tar", image_of({tar({{"zoomin", std::string(8'000'000, 'x')}})}));
  write_file(files / "s.tar", packed(make_layout({{small_layer}, "small"})));
  const auto checked = [&](const std::string& line) {
    INFO(line);
    const auto refused = shell(line);
    INFO(refused.errors);
    CHECK(refused.status == 1);
    CHECK(lines_without_hints(refused.errors) == 1);
  };
  std::filesystem::create_directories(root);
  REQUIRE(::mount("full", root.c_str(), "tmpfs", 0, "size=6m") == 0);
  CHECK(output_of(load_line + (files / "s.tar")) == "Loaded image: small:latest");
  const std::string before = stored();
  checked(load_line + (files / "a.tar"));
  checked("zoomin import " + (files / "a.tar"));
  checked("zoomin save small > /dev/full");
  checked("zoomin save -o /dev/full small");
  CHECK(stored() == before);
  std::filesystem::create_directories(root);
  REQUIRE(::mount("full", root.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  checked(load_line + (files / "s.tar"));
  checked("zoomin tag small other");
  checked("zoomin rmi small");
  CHECK(output_of("zoomin image ls -q | wc -l") == "1");
  CHECK(shell("zoomin image inspect small && zoomin history small").status == 0);
  CHECK(shell("zoomin save small | tar -t").status == 0);
  CHECK(stored() == before);
  ::umount(root.c_str());
}

TEST_CASE("the demo's image is reproducible", "[image]") {
  const scratch files;
  const std::string make = ZOOMIN_SOURCE "/images/make busybox ";
  const auto made = shell(make + (files / "1") + " && " + make + (files / "2"));
  INFO(made.errors);
  REQUIRE(made.status == 0);
  CHECK(shell(fmt::format("cd {} && cmp 1 2", files.path())).status == 0);
  CHECK(output_of(load_line + (files / "1")) == "Loaded image: busybox:latest");
  CHECK(output_of("zoomin run --rm busybox sh -c 'echo $PATH; id -un'") ==
        "/bin:/usr/bin\nroot");
  CHECK(contains(output_of("zoomin history busybox"), "the static busybox"));
}
