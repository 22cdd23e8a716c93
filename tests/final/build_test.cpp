// SPDX-License-Identifier: MIT
// build: images from Dockerfiles, the build cache, and mistakes in Dockerfiles.
#include <fmt/format.h>

#include <filesystem>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// A build context in a private directory. At its end the build cache is removed, so that
// nothing but images is left behind.
class build_context {
 public:
  explicit build_context(const std::string& dockerfile) {
    import_busybox();
    add("Dockerfile", dockerfile);
  }
  build_context(const build_context&) = delete;
  build_context& operator=(const build_context&) = delete;
  ~build_context() { shell("zoomin builder prune -af"); }

  void add(const std::string& name, const std::string& content) const {
    const auto path = std::filesystem::path(files_ / name);
    std::filesystem::create_directories(path.parent_path());
    write_file(path, content);
  }
  // Builds with these arguments, in the context's directory.
  [[nodiscard]] run_result build(const std::string& arguments = "-t new .") const {
    return shell(fmt::format("cd {} && zoomin build {}", files_.path(), arguments), 60);
  }
  // Builds the image `new`, and checks that this succeeds.
  std::string builds(const std::string& arguments = "-t new .") const {
    const auto built = build(arguments);
    INFO(built.errors);
    REQUIRE(built.status == 0);
    return built.errors;
  }

 private:
  scratch files_;
};

std::string in_new(const std::string& line) {
  return says("zoomin run --rm new sh -c '" + line + "'");
}

}  // namespace

TEST_CASE("an image is built from a Dockerfile, and a container of it runs", "[build]") {
  const build_context box(
      "FROM bb\nWORKDIR /app\nCOPY app.txt .\nCOPY tree /data/\n"
      "RUN cat app.txt > /out && rm app.txt\nCMD [\"cat\", \"/out\"]\n");
  box.add("app.txt", "hello\n");
  box.add("tree/deep/file", "deep\n");
  box.builds();
  CHECK(says("zoomin run --rm new") == "hello");
  CHECK(in_new("ls /app; cat /data/deep/file; pwd") == "deep\n/app");
}

TEST_CASE("a second build takes every step from the cache and gives the same image",
          "[build]") {
  const build_context box("FROM bb\nCOPY app.txt /\nRUN date +%N > /when\nENV A=1\n");
  box.add("app.txt", "hello\n");
  const std::string first = box.builds("-q -t new . ");
  const std::string id = says("zoomin images -q --no-trunc new");
  const std::string log = box.builds();
  CHECK(says("zoomin images -q --no-trunc new") == id);
  CHECK(contains(log, "[2/4] COPY app.txt /: cached, 6B"));
  CHECK(contains(log, "[3/4] RUN date +%N > /when: cached"));
  CHECK(contains(log, "[4/4] ENV A=1: cached"));

  box.add("app.txt", "changed\n");
  const std::string rebuilt = box.builds();
  CHECK(contains(rebuilt, "[2/4] COPY app.txt /: 0."));
  CHECK(!contains(rebuilt, "cached"));
  CHECK(says("zoomin images -q --no-trunc new") != id);
  CHECK(!contains(box.builds("--no-cache -t new ."), "cached"));
}

TEST_CASE("a failing RUN ends the build with its place and its output", "[build]") {
  const build_context box("FROM bb\n\nRUN echo before; exit 7\nRUN touch /never\n");
  const auto failed = box.build();
  CHECK(failed.status == 1);
  CHECK(contains(failed.errors, "\nbefore\n"));
  CHECK(contains(failed.errors,
                 "zoomin: Dockerfile:3:1: process \"RUN echo before; exit 7\" did not "
                 "complete successfully: exit code: 7\n"
                 " 3 | RUN echo before; exit 7\n   | ^\n"));
  CHECK(says("zoomin images -q new") == "");
}

TEST_CASE("a mistake in a Dockerfile is reported with its line", "[build]") {
  const build_context box("FROM bb\n  RUNN true\n");
  const auto failed = box.build();
  CHECK(failed.status == 1);
  CHECK(failed.errors ==
        "zoomin: Dockerfile:2:3: unknown instruction: RUNN\n 2 |   RUNN true\n   |   ^\n"
        "hint: did you mean RUN?\n");
}

TEST_CASE("builder prune removes the build cache, and what only it uses", "[build]") {
  const build_context box("FROM bb\nRUN echo x > /x\n");
  box.builds();
  shell("zoomin rmi new");
  const std::string count = fmt::format("ls {}/layers | wc -l", zoomin::root_directory());
  CHECK(says(count) == "2");
  const auto pruned = shell("zoomin builder prune -f");
  CHECK(contains(pruned.output, "Deleted build cache objects:\n"));
  CHECK(contains(pruned.output, "Total reclaimed space: 2B\n"));
  CHECK(says(count) == "1");
  CHECK(!contains(box.builds(), "cached"));
}
