// SPDX-License-Identifier: MIT
// Tests of the program step5: layers, a writable one on top, and all five mechanisms.
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>
#include <sstream>

#include "common/paths.hpp"
#include "common/sys.hpp"
#include "steps/step.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin;
using namespace zoomin::test;
namespace fs = std::filesystem;

namespace {

const std::string step5 = built("step5");
const std::string base = built("rootfs");

// The directory of a test's layers. /tmp is on a disk, which is the usual case.
struct layers {
  scratch here;
  std::string make(const std::string& name, const std::string& file,
                   const std::string& content) const {
    const std::string layer = here / name;
    fs::create_directories(layer);
    write_file(layer + "/" + file, content);
    return layer;
  }
};

run_result with_layers(const std::vector<std::string>& lower, const std::string& line) {
  std::vector<std::string> arguments{step5, "-q", "--layer", base};
  for (const auto& layer : lower) arguments.insert(arguments.end(), {"--layer", layer});
  arguments.insert(arguments.end(), {"--", "sh", "-c", line});
  return run(arguments);
}

// Lists names, modes, times and contents of all files below a directory.
std::string fingerprint(const std::string& directory) {
  return shell("cd " + directory +
               " && find . -printf '%p %m %U %G %T@ %l\\n' | sort && "
               "find . -type f -print0 | sort -z | xargs -0 sha256sum")
      .output;
}

void check_step5_refused(const std::vector<std::string>& options,
                         const std::string& part) {
  check_refused(step5, options, part);
}

}  // namespace

TEST_CASE("step5: the message about a wrong option comes alone", "[step5]") {
  check_that_errors_come_alone(step5, {{"--layer", "/no/such/directory"},
                                       {"--layer", "/etc/passwd"},
                                       {"--keep", "/no/such/directory/kept"},
                                       {"--keep", "/etc"},
                                       {"--memory", "64x"}});
}

TEST_CASE("the self-check of step5 holds", "[step5]") { check_self_check(step5); }

TEST_CASE("the changes are listed, one a line, then discarded", "[step5]") {
  const auto result =
      run({step5, "--", "sh", "-c", "echo x > /h; echo y >> /etc/group; rm /etc/passwd"});
  CHECK(result.status == 0);
  CHECK(result.errors.find("\nA /h\n") != std::string::npos);
  CHECK(result.errors.find("\nC /etc/group\n") != std::string::npos);
  CHECK(result.errors.find("\nD /etc/passwd\n") != std::string::npos);
  CHECK(run({step5, "-q", "--", "ls", "/h"}).status == 1);
  CHECK(run({step5, "-q", "--", "cat", "/etc/passwd"}).status == 0);
}

TEST_CASE("a file of an upper layer hides one of a lower layer", "[step5]") {
  const layers layers;
  const auto lower = layers.make("lower", "f", "lower\n");
  const auto upper = layers.make("upper", "f", "upper\n");
  layers.make("lower", "only", "only lower\n");
  CHECK(with_layers({lower, upper}, "cat /f /only").output == "upper\nonly lower\n");
  CHECK(with_layers({upper, lower}, "cat /f").output == "lower\n");
}

TEST_CASE("whiteouts and opaque directories of a layer are honoured", "[step5]") {
  const layers layers;
  const auto lower = layers.make("lower", "gone", "x\n");
  fs::create_directories(lower + "/dir");
  write_file(lower + "/dir/old", "old\n");
  const auto upper = layers.make("upper", "new", "x\n");
  fs::create_directories(upper + "/dir");
  write_file(upper + "/dir/new", "new\n");
  sys::mknod(sys::quiet, upper + "/gone", S_IFCHR, 0);
  REQUIRE(::setxattr((upper + "/dir").c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0);
  CHECK(with_layers({lower, upper}, "ls /gone").status == 1);
  CHECK(with_layers({lower, upper}, "ls /dir").output == "new\n");
}

TEST_CASE("120 layers can be mounted, 121 are refused", "[step5]") {
  const layers of;
  std::vector<std::string> many;
  for (int i = 1; i < 120; ++i) {
    const std::string number = std::to_string(i);
    many.push_back(
        of.make("a-rather-long-name-for-a-layer-" + number, "f" + number, number));
  }
  const auto result = with_layers(many, "ls / | grep -c '^f[0-9]'");
  INFO(result.errors);
  CHECK(result.output == "119\n");
  many.push_back(of.make("one-more", "f", ""));
  CHECK(with_layers(many, "true").status == 125);
}

TEST_CASE("a layer's name can contain a colon, comma, space and backslash", "[step5]") {
  const layers layers;
  std::vector<std::string> odd;
  int number = 0;
  for (const char* name : {"a:b", "c,d", "e f", "g\\h", "i:,\\ j"})
    odd.push_back(layers.make(name, "f" + std::to_string(++number), name));
  const auto result = with_layers(odd, "cat /f1 /f2 /f3 /f4 /f5");
  INFO(result.errors);
  CHECK(result.output == "a:bc,de fg\\hi:,\\ j");
}

TEST_CASE("two containers share layers, but not their changes", "[step5]") {
  const layers of;
  const auto layer = of.make("layer", "shared", "as it was\n");
  const std::string before = fingerprint(of.here.path());
  const std::vector<std::string> start{step5, "-q", "--layer", base, "--layer", layer};
  const auto command = [&](const std::string& line) {
    auto result = start;
    result.insert(result.end(), {"--", "sh", "-c", line});
    return result;
  };
  subprocess program(command("echo one > /shared; echo ready; read -r go; cat /shared"));
  program.first_process();
  subprocess two(command("cat /shared; echo two > /shared; echo ready; read -r go"));
  CHECK(two.line() == "as it was");
  CHECK(two.line() == "ready");
  program.write("go\n");
  CHECK(program.line() == "one");
  CHECK(program.end() == 0);
  CHECK(two.end() == 1);
  CHECK(fingerprint(of.here.path()) == before);
}

TEST_CASE("option --keep keeps the writable layer for the next container", "[step5]") {
  const scratch here;
  const std::string kept = here / "kept";
  CHECK(run({step5, "-q", "--keep", kept, "--", "sh", "-c", "echo 1 > /f"}).status == 0);
  CHECK(run({step5, "-q", "--keep", kept, "--", "cat", "/f"}).output == "1\n");
  subprocess program(
      {step5, "-q", "--keep", kept, "--", "sh", "-c", "echo ready; read -r go"});
  program.first_process();
  check_step5_refused({"--keep", kept}, "another container uses it");
  CHECK(program.end() == 1);
  write_file(here / "other", "");
  check_step5_refused({"--keep", here.path()}, "it has other contents");
}

TEST_CASE("an invalid layer is refused in one line", "[step5]") {
  const layers layers;
  const auto layer = layers.make("layer", "f", "");
  check_step5_refused({"--layer", "/no/such/layer"}, "/no/such/layer");
  check_step5_refused({"--layer", layer + "/f"}, "/f");
  check_step5_refused({"--layer", layer, "--layer", layer}, "twice");
  check_step5_refused({"--layer", ""}, "--layer");
}

TEST_CASE("a full disk causes one line, and nothing is left over", "[step5]") {
  const scratch here;
  const std::string small = here / "small";
  fs::create_directories(small);
  sys::mount(sys::quiet, "tmpfs", small, "tmpfs", 0, "size=64k,nr_inodes=4");
  const auto result = shell("ZOOMIN_ROOT=" + small + "/root step5 -q -- true");
  INFO(result.errors);
  CHECK(result.status == 125);
  CHECK(result.errors.find("No space left on device") != std::string::npos);
  sys::umount(sys::quiet, small, MNT_DETACH);
}

TEST_CASE("a full writable layer causes an error in the container only", "[step5]") {
  const scratch here;
  const std::string small = here / "small";
  fs::create_directories(small);
  sys::mount(sys::quiet, "tmpfs", small, "tmpfs", 0, "size=256k");
  const auto result =
      shell("ZOOMIN_ROOT=" + small +
            "/root step5 -q -- sh -c 'head -c 1m /dev/zero > /f || exit 7'");
  CHECK(result.status == 7);
  sys::umount(sys::quiet, small, MNT_DETACH);
}

TEST_CASE("the next container cleans up after one killed at any stage", "[step5]") {
  for (const char* call : {"mkdir:signal=KILL:when=3", "mkdir:signal=KILL:when=9",
                           "mount:signal=KILL:when=2", "pivot_root:signal=KILL",
                           "umount2:signal=KILL", "clone3:signal=KILL"}) {
    const std::string name = std::string(call).substr(0, std::string(call).find(':'));
    const auto killed = shell("strace -f -o /dev/null -e trace=" + name +
                              " -e inject=" + call + " step5 -q -- sleep 30");
    INFO(call);
    CHECK(killed.status != 0);
  }
  CHECK(run({step5, "-q", "--", "true"}).status == 0);
  const std::string scratches = root_directory() + "/scratch";
  CHECK((!sys::exists(scratches) || sys::list_directory(scratches).empty()));
}

TEST_CASE("step4 fails exactly the overlay facts of the self-check", "[step5]") {
  const auto result = run({step5, "--json", "--self-check=" + built("step4")}, 120);
  CHECK(result.status == 1);
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const bool is_overlay = line.starts_with(R"({"mechanism":"overlay",)");
    CHECK(line.find(is_overlay ? R"("holds":false)" : R"("holds":true)") !=
          std::string::npos);
  }
}
