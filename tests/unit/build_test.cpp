// SPDX-License-Identifier: MIT
// The Dockerfile: its instructions, variables, stages and patterns.
#include <fmt/format.h>

#include <cerrno>

#include "base/option_text.hpp"
#include "build/arguments.hpp"
#include "build/copy_mode.hpp"
#include "build/dockerfile.hpp"
#include "build/explain.hpp"
#include "build/ignore.hpp"
#include "build/lint.hpp"
#include "build/run_mounts.hpp"
#include "build/stage_failure.hpp"
#include "build/stages.hpp"
#include "image/archive/config_instructions.hpp"
#include "image/archive/gunzip.hpp"
#include "image/archive/gzip.hpp"
#include "image/archive/words.hpp"
#include "image/store.hpp"
#include "support/catch.hpp"

using namespace zoomin;
using namespace zoomin::build;
using nlohmann::json;

namespace {

dockerfile parsed(const std::string& text) {
  return parse_dockerfile("Dockerfile", text);
}

std::string expanded(const std::string& word) {
  return image::expand(word, {image::lookup_in({"A=one", "EMPTY=", "P=a/b/c.tar.gz"})});
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const usage_error& failure) {
    return failure.what();
  }
  return "no error";
}

std::string parse_error(const std::string& text) {
  return error_of([&] { plan(parsed(text), {}); });
}

}  // namespace

TEST_CASE("variables are replaced as in a shell") {
  CHECK(expanded("$A") == "one");
  CHECK(expanded("x${A}y") == "xoney");
  CHECK(expanded("$NONE.") == ".");
  CHECK(expanded("${NONE:-two}") == "two");
  CHECK(expanded("${EMPTY:-two}") == "two");
  CHECK(expanded("${EMPTY-two}").empty());
  CHECK(expanded("${A:-two}") == "one");
  CHECK(expanded("${A:+set}") == "set");
  CHECK(expanded("${EMPTY:+set}").empty());
  CHECK(expanded("${EMPTY+set}") == "set");
  CHECK(expanded("${NONE:-${A}}") == "one");
  CHECK(expanded("${P#*/}") == "b/c.tar.gz");
  CHECK(expanded("${P##*/}") == "c.tar.gz");
  CHECK(expanded("${P%.*}") == "a/b/c.tar");
  CHECK(expanded("${P%%.*}") == "a/b/c");
  CHECK(expanded("${P/./_}") == "a/b/c_tar.gz");
  CHECK(expanded("${P//./_}") == "a/b/c_tar_gz");
  CHECK(expanded("'$A'") == "$A");
  CHECK(expanded("\"$A two\"") == "one two");
  CHECK(expanded("\\$A") == "$A");
  CHECK(expanded("a\\ b") == "a b");
  CHECK(expanded("cost: 5$") == "cost: 5$");
  CHECK(error_of([] { expanded("${NONE:?is missing}"); }) ==
        "${NONE:?is missing}: NONE: is missing");
  CHECK(error_of([] { expanded("${A"); }) == "${A: bad substitution");
  CHECK(error_of([] { expanded("\"x"); }) == "\"x: unterminated quoted string");
}

TEST_CASE("words end at blanks outside of quotes and braces") {
  using words = std::vector<std::string>;
  CHECK(image::raw_words("a 'b c' d\\ e") == words{"a", "'b c'", "d\\ e"});
  CHECK(image::raw_words("${X:-a b} c") == words{"${X:-a b}", "c"});
  CHECK(image::raw_words("  ").empty());
}

TEST_CASE("lines are joined, and comments between them are left out") {
  const auto file =
      parsed("# a comment\nFROM bb\nRUN one && \\\n  # why\n\n  two\n\nrun three\\\n");
  REQUIRE(file.instructions.size() == 3);
  CHECK(file.instructions[1].arguments == "one &&   two");
  CHECK(file.instructions[1].text == "RUN one && two");
  CHECK(file.instructions[1].line == 3);
  CHECK(file.instructions[2].name == "RUN");
  CHECK(file.instructions[2].arguments == "three");
}

TEST_CASE("directives stand at the beginning of a Dockerfile") {
  const auto file = parsed("# syntax=docker/dockerfile:1\n# escape=`\nFROM a`\nb\n");
  CHECK(file.escape == '`');
  CHECK(file.instructions[0].arguments == "ab");
  REQUIRE(file.notes.size() == 1);
  CHECK(file.notes[0].starts_with("Dockerfile:1: syntax=docker/dockerfile:1 is ignored"));
  CHECK(parsed("FROM a\n# escape=`\nRUN x\n").escape == '\\');
  CHECK(parse_error("# escape=x\nFROM a\n") == "Dockerfile:1:1: invalid escape \"x\"");
}

TEST_CASE("heredocs belong to the instruction before them") {
  const auto file = parsed(
      "FROM bb\nRUN <<EOF\n# no comment\necho $A\nEOF\nCOPY <<-\"A\" <<B "
      "/d/\n\tone\n\tA\n"
      "two\nB\nRUN cat <<X > /f\nin\nX\n");
  REQUIRE(file.instructions.size() == 4);
  const auto& steps = file.instructions;
  CHECK(parse_run(steps[1], {}) ==
        std::vector<std::string>{"/bin/sh", "-c", "# no comment\necho $A\n"});
  REQUIRE(steps[2].heredocs.size() == 2);
  CHECK(steps[2].heredocs[0].content == "one\n");
  CHECK(!steps[2].heredocs[0].expands);
  CHECK(steps[2].heredocs[1].content == "two\n");
  CHECK(parse_run(steps[3], {}).back() == "cat <<X > /f\nin\nX\n");
  CHECK(parse_error("FROM a\nRUN <<EOF\nx\n") ==
        "Dockerfile:2:1: unterminated heredoc EOF");
}

TEST_CASE("a mistake is reported with its line and column") {
  try {
    parsed("FROM bb\n  COPPY a b\n");
    FAIL("no error");
  } catch (const dockerfile_error& failure) {
    CHECK(failure.what() == std::string("Dockerfile:2:3: unknown instruction: COPPY"));
    CHECK(failure.excerpt() == " 2 |   COPPY a b\n   |   ^\n");
    CHECK(failure.hint() == "did you mean COPY?");
  }
  CHECK(parse_error("RUN x\n") == "Dockerfile:1:1: RUN before the first FROM");
  CHECK(parse_error("FROM\n") == "Dockerfile:1:1: FROM requires an argument");
  CHECK(parse_error("FROM a b\n") ==
        "Dockerfile:1:1: FROM requires either one or three arguments");
  CHECK(parse_error("FROM a\nRUN --mont=x y\n") ==
        "Dockerfile:2:1: RUN: unknown flag: --mont");
  CHECK(parse_error("# nothing\n") == "the Dockerfile Dockerfile has no instruction");
}

TEST_CASE("only the stages that the target needs are built") {
  const auto file = parsed(
      "ARG BASE=bb\nFROM $BASE AS one\nFROM bb as two\nFROM one\nCOPY --from=0 a b\n"
      "FROM bb AS last\nRUN --mount=type=bind,from=two,target=/x y\n");
  const auto last = plan(file, {});
  CHECK(last.needed == std::vector<bool>{false, true, false, true});
  const auto third = plan(file, {.target = "2"});
  CHECK(third.needed == std::vector<bool>{true, false, true, false});
  CHECK(third.stages[0].base == "bb");
  CHECK(plan(file, {.arguments = {{"BASE", "x"}}}).stages[0].base == "x");
  CHECK(error_of([&] { plan(file, {.target = "none"}); }) ==
        "target stage \"none\" could not be found");
  CHECK(parse_error("FROM $NONE\n") ==
        "Dockerfile:1:1: base name ($NONE) should not be blank");
}

TEST_CASE(".dockerignore excludes by the last pattern that matches") {
  const ignore_rules rules(std::string_view(
      "# "
      "comment\n*.log\n**/tmp\nbuild/\n!build/keep\n/top\ndocs/**/*.md\nd?t\n[a-c]x\n"));
  for (const char* excluded : {"a.log", "tmp", "x/y/tmp/z", "build/x", "top", "docs/a.md",
                               "docs/a/b.md", "dot", "bx"}) {
    INFO(excluded);
    CHECK(rules.excludes(excluded));
  }
  for (const char* included :
       {"x/a.log", "build/keep", "build/keep/x", "x/top", "a.md", "dt", "dx", "tmpx"}) {
    INFO(included);
    CHECK(!rules.excludes(included));
  }
  CHECK(rules.has_exceptions());
  CHECK(ignore_rules(std::string_view("*\n!a\n")).excludes("b"));
  CHECK(!ignore_rules(std::string_view("*\n!a\n")).excludes("a"));
}

TEST_CASE("a path in a context never leads out of it") {
  CHECK(path_parts("../../etc/passwd") == std::vector<std::string>{"etc", "passwd"});
  CHECK(path_parts("/a/./b/../c/") == std::vector<std::string>{"a", "c"});
}

TEST_CASE("COPY --chmod takes octal and symbolic modes") {
  CHECK(copy_mode("755").applied_to(0100600) == 0755);
  CHECK(copy_mode("04711").applied_to(0100600) == 04711);
  CHECK(copy_mode("u+x,go=r").applied_to(0100600) == 0744);
  CHECK(copy_mode("a+rX").applied_to(0100600) == 0644);
  CHECK(copy_mode("a+rX").applied_to(0040700) == 0755);
  CHECK(copy_mode("-w").applied_to(0100666) == 0444);
  CHECK(error_of([] { copy_mode("u+q"); }) ==
        "--chmod=u+q: expected a mode such as 755 or u+x");
}

TEST_CASE("COPY has sources, a destination and flags") {
  const auto request = [](const std::string& line) {
    return parse_copy(parse_instruction(line), {{"WorkingDir", "/w"}}, {});
  };
  CHECK(request("COPY a b c/").sources == std::vector<std::string>{"a", "b"});
  CHECK(request("COPY a b c/").destination == "/w/c/");
  CHECK(request("COPY a .").destination == "/w/");
  CHECK(request("COPY a ../x").destination == "/x");
  CHECK(request("COPY [\"a b\", \"/c d\"]").sources == std::vector<std::string>{"a b"});
  CHECK(request("COPY --chown=1:2 --chmod=700 a /").owner == "1:2");
  CHECK(error_of([&] { request("COPY a"); }) == "COPY requires at least two arguments");
  CHECK(error_of([&] { request("ADD git@x:y /z"); }) ==
        "ADD git@x:y: git repositories are not supported");
}

TEST_CASE("a toggle is true or false in each spelling of Docker, and nothing else") {
  const auto request = [](const std::string& line) {
    return parse_copy(parse_instruction(line), json::object(), {});
  };
  const auto mount = [](const std::string& text) {
    return parse_run_mount("target=/x," + text, {}, "/");
  };
  for (const std::string yes : {"1", "t", "T", "true", "True", "TRUE"}) {
    INFO(yes);
    CHECK(request("COPY --parents=" + yes + " a /b").parents);
    CHECK(request("ADD --unpack=" + yes + " a /b").unpacks_downloads);
    CHECK(mount("ro=" + yes).read_only);
    CHECK_FALSE(mount("rw=" + yes).read_only);
    CHECK(mount("type=secret,required=" + yes).required);
  }
  for (const std::string no : {"0", "f", "F", "false", "False", "FALSE"}) {
    INFO(no);
    CHECK_FALSE(request("COPY --parents=" + no + " a /b").parents);
    CHECK_FALSE(request("ADD --unpack=" + no + " a /b").unpacks);
    CHECK_FALSE(mount("readonly=" + no).read_only);
    CHECK(mount("readwrite=" + no).read_only);
    CHECK_FALSE(mount("type=secret,required=" + no).required);
  }
  CHECK(request("COPY --parents a /b").parents);
  CHECK(request("ADD a /b").unpacks);
  CHECK_FALSE(request("ADD a /b").unpacks_downloads);
  for (const std::string flag : {"COPY --parents", "COPY --link", "ADD --link",
                                 "ADD --keep-git-dir", "ADD --unpack"})
    for (const std::string value : {"", "yes", "2", "truee"}) {
      const std::string line = fmt::format("{}={} a /b", flag, value);
      INFO(line);
      CHECK(error_of([&] {
              request(line);
            }).ends_with(fmt::format("={}: expected true or false", value)));
    }
  for (const std::string key : {"ro", "readonly", "rw", "readwrite", "required"})
    CHECK(
        error_of([&] { mount(key + "=yes"); }).ends_with("yes: expected true or false"));
  CHECK(error_of([&] { request("COPY --chown a /b"); }) ==
        "COPY: missing a value on flag: --chown");
}

TEST_CASE("the options of --mount are comma-separated values as in RFC 4180") {
  const auto mount = [](const std::string& flag) {
    const auto step = parse_instruction("RUN --mount=" + flag + " true x");
    CHECK(step.arguments == "true x");
    return parse_run_mount(step.flag("mount"), {image::lookup_in({"V=c,ro=0"})}, "/");
  };
  CHECK(mount(R"('"target=/a,b"')").target == "/a,b");
  CHECK(mount(R"(\"target=/a,b\",rw)").target == "/a,b");
  CHECK_FALSE(mount(R"('"target=/a,b",rw')").read_only);
  const std::vector<std::string> fields{"a=1", "b,c", "d \"e\"", "", "f"};
  CHECK(base::csv_fields(R"(a=1,"b,c","d ""e""",,f)") == fields);
  CHECK(base::csv_fields(base::csv_line(fields)) == fields);
  CHECK(mount("target='/a b'").target == "/a b");
  CHECK(mount("Type=CACHE,target=/c,sharing=Locked").use ==
        run_mount::sharing::exclusive);
  // A variable's value isn't split.
  CHECK(mount("target=/$V").target == "/c,ro=0");
  CHECK(mount("target=/$V").text != mount("target=/c,ro=0").text);
  for (const char* flag : {R"('a"b=c')", R"('"target=/x"y')", R"('"target=/x')"})
    CHECK(error_of([&] { mount(flag); }).ends_with(": misplaced quote"));
  const auto mistake = parse_error("FROM bb\nRUN --mount='\"target=/x' true\n");
  CHECK(mistake.starts_with("Dockerfile:2:1: "));
}

TEST_CASE("a failure keeps all its parts on the way from a stage's process") {
  const auto received = [](const std::exception& sent) {
    throw_stage_failure(stage_failure(sent));
  };
  try {
    received(dockerfile_error("Dockerfile:1:1: \xff", "1 | RUN", "hint"));
    FAIL("nothing was thrown");
  } catch (const dockerfile_error& failure) {
    CHECK(failure.what() == std::string("Dockerfile:1:1: \xff"));
    CHECK(failure.excerpt() == "1 | RUN");
    CHECK(failure.hint() == "hint");
  }
  try {
    received(sys::error(ENOSPC, "write", "/x", "free some space"));
    FAIL("nothing was thrown");
  } catch (const sys::error& failure) {
    CHECK(failure.number() == ENOSPC);
    CHECK(failure.call() == "write");
    CHECK(failure.object() == "/x");
    CHECK(failure.hint() == "free some space");
  }
  try {
    received(usage_error(failure_kind::unsupported, "why", "hint"));
    FAIL("nothing was thrown");
  } catch (const usage_error& failure) {
    CHECK(failure.kind() == failure_kind::unsupported);
    CHECK(failure.what() == std::string("why"));
    CHECK(failure.hint() == "hint");
  }
}

TEST_CASE("an image's configuration has fields of the right types, or null") {
  const auto parse = [](const json& config) {
    const json document{{"config", config}, {"rootfs", {{"diff_ids", json::array()}}}};
    return error_of([&] { image::parse_configuration(document.dump()); });
  };
  CHECK(parse(nullptr) == "no error");
  CHECK(parse(json::array()) == "the image's configuration: config: expected an object");
  for (const char* key :
       {"Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Labels", "OnBuild",
        "Shell", "StopSignal", "User", "Volumes", "WorkingDir"}) {
    INFO(key);
    CHECK(parse({{key, nullptr}}) == "no error");
    CHECK(parse({{key, 1}})
              .starts_with(
                  fmt::format("the image's configuration: config.{}: expected a", key)));
  }
  CHECK(parse({{"Env", {"A=b", 1}}}) ==
        "the image's configuration: config.Env: expected a list of strings");
  CHECK(parse({{"Labels", {{"a", 1}}}}) ==
        "the image's configuration: config.Labels: expected an object of strings");
  CHECK(parse({{"Healthcheck", {{"Test", "true"}}}}) ==
        "the image's configuration: config.Healthcheck.Test: expected a list of strings");
  CHECK(parse({{"Cmd", "true"}, {"Healthcheck", {{"Interval", 1}}}}) == "no error");
}

TEST_CASE("a field of a configuration that is null counts as absent") {
  for (const char* line :
       {"CMD x", "ENTRYPOINT x", "ENV A=b", "EXPOSE 80", "HEALTHCHECK NONE", "LABEL a=b",
        "ONBUILD RUN x", "STOPSIGNAL INT", "USER x", "VOLUME /x", "WORKDIR x"}) {
    INFO(line);
    const std::string text = line;
    const auto blank = text.find(' ');
    json absent = json::object(), null;
    for (const char* key :
         {"Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Labels", "OnBuild",
          "Shell", "StopSignal", "User", "Volumes", "WorkingDir"})
      null[key] = nullptr;
    for (auto* config : {&absent, &null})
      image::change(*config, text.substr(0, blank), text.substr(blank + 1), {});
    for (const auto& [key, value] : absent.items()) CHECK(null[key] == value);
  }
  json config{{"WorkingDir", nullptr}};
  CHECK(error_of([&] { image::change(config, "WORKDIR x"); }) ==
        "\"x\": expected an absolute path");
}

TEST_CASE("RUN --mount is parsed, and its mistakes are reported") {
  const auto mount = [](const std::string& text) {
    return parse_run_mount(text, {}, "/w");
  };
  CHECK(mount("target=x").type == run_mount::kind::bind);
  CHECK(mount("target=x").target == "/w/x");
  CHECK(mount("target=x").read_only);
  CHECK(!mount("target=x,rw").read_only);
  CHECK(mount("type=cache,target=/c").id == "/c");
  CHECK(mount("type=cache,target=/c,sharing=locked").use ==
        run_mount::sharing::exclusive);
  CHECK(mount("type=secret,id=key").target == "/run/secrets/key");
  CHECK(mount("type=secret,id=key").mode == 0400);
  CHECK(mount("type=secret,id=key,env=KEY").target.empty());
  CHECK(error_of([&] { mount("type=cache"); }) ==
        "--mount=type=cache: target is missing");
  CHECK(error_of([&] { mount("type=x,target=/c"); }) ==
        "--mount=type=x,target=/c: unknown type x");
  CHECK(error_of([&] { mount("target=/c,colour=red"); }) ==
        "--mount=target=/c,colour=red: unknown option colour");
}

TEST_CASE("instructions change an image's configuration") {
  json config = json::object();
  const auto change = [&](const std::string& name, const std::string& text) {
    image::change(config, name, text, {image::lookup_in({"V=x y"})});
  };
  change("ENV", "A=$V B=\"$A\"");
  CHECK(config["Env"] == json{"A=x y", "B="});
  change("SHELL", R"(["/bin/ash", "-ec"])");
  change("CMD", "echo $V");
  CHECK(config["Cmd"] == json{"/bin/ash", "-ec", "echo $V"});
  change("WORKDIR", "a");
  change("WORKDIR", "../b/./c");
  CHECK(config["WorkingDir"] == "/b/c");
  change("HEALTHCHECK", "--interval=5s --retries=2 CMD true");
  CHECK(config["Healthcheck"] == json{{"Interval", 5'000'000'000},
                                      {"Retries", 2},
                                      {"Test", {"CMD-SHELL", "true"}}});
  change("HEALTHCHECK", "NONE");
  CHECK(config["Healthcheck"] == json{{"Test", {"NONE"}}});
  change("ONBUILD", "RUN make");
  CHECK(config["OnBuild"] == json{"RUN make"});
  CHECK(error_of([&] { change("ONBUILD", "FROM x"); }) ==
        "FROM isn't allowed as an ONBUILD trigger");
  CHECK(error_of([&] { change("HEALTHCHECK", "--x=1 CMD y"); }) ==
        "HEALTHCHECK: unknown or incomplete option --x=1");
}

TEST_CASE("build --check warns about what a build accepts") {
  const auto rules = [](const std::string& text) {
    const auto file = parsed(text);
    std::vector<std::string> names;
    for (const auto& warning : lint(file, plan(file, {}))) names.push_back(warning.rule);
    return names;
  };
  using names = std::vector<std::string>;
  CHECK(rules("FROM bb\nCMD [\"x\"]\n").empty());
  CHECK(rules("FROM bb\nCMD x\n") == names{"JSONArgsRecommended"});
  CHECK(rules("FROM bb AS Upper\nENV A b\nENV API_KEY=1\nMAINTAINER me\n") ==
        names{"StageNameCasing", "LegacyKeyValueFormat", "SecretsUsedInArgOrEnv",
              "MaintainerDeprecated"});
  CHECK(rules("FROM bb as x\n") == names{"FromAsCasing"});
  CHECK(rules("from bb AS x\n") == names{"FromAsCasing"});
  CHECK(rules("from bb as x\n").empty());
  CHECK(rules("FROM bb\nCMD [\"x\"]\nCMD [\"y\"]\n") ==
        names{"MultipleInstructionsDisallowed"});
  CHECK(rules("# check=skip=JSONArgsRecommended\nFROM bb\nCMD x\n").empty());
}

TEST_CASE("a plan lists the stages from which each stage takes files") {
  const auto file = parsed(
      "FROM a AS one\nFROM a AS two\nRUN --mount=from=one,target=/x true\nFROM one\n"
      "COPY --from=two /x /\nCOPY --from=other:1 /y /\n");
  const auto sources = plan(file, {}).sources;
  CHECK(sources.at(0).empty());
  CHECK(sources.at(1) == std::set<std::size_t>{0});
  CHECK(sources.at(2) == std::set<std::size_t>{0, 1});
}

TEST_CASE("ADD takes URLs of files") {
  const auto step = parse_instruction("ADD https://h/d/a.tgz?x=/y b /c/");
  const auto request = parse_copy(step, json::object(), {});
  CHECK(request.urls == std::vector<std::string>{"https://h/d/a.tgz?x=/y"});
  CHECK(request.sources == std::vector<std::string>{"b"});
  for (const char* words : {"https://h /c", "https://h/d/ /c", "https://h/d/.. /c",
                            "https://h/x.git#main /c", "git@h:x /c"}) {
    INFO(words);
    const auto refused = parse_instruction(std::string("ADD ") + words);
    CHECK(error_of([&] { parse_copy(refused, json::object(), {}); }).starts_with("ADD "));
  }
}

TEST_CASE("gzip's output doesn't depend on the sizes of its input's pieces") {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919 % 10'007);
  const auto compressed = [&](std::size_t piece) {
    std::string result;
    image::gzip_writer writer(
        [&](std::span<const char> bytes) { result.append(bytes.data(), bytes.size()); });
    for (std::size_t at = 0; at < text.size(); at += piece)
      writer.add(std::span(text).subspan(at, std::min(piece, text.size() - at)));
    writer.finish();
    return result;
  };
  const std::string whole = compressed(text.size());
  CHECK(compressed(1000) == whole);
  CHECK(whole.size() < text.size() / 2);
  std::string_view rest = whole;
  const auto plain = image::gunzip(
      [&](std::span<char> into) {
        const auto size = std::min(into.size(), rest.size());
        rest.copy(into.data(), size);
        rest.remove_prefix(size);
        return size;
      },
      "a test");
  std::string result;
  image::each_piece(plain, [&](std::span<const char> bytes) {
    result.append(bytes.data(), bytes.size());
  });
  CHECK(result == text);
}

TEST_CASE("a step's overlay and changes are described in two lines of 80 columns",
          "[build]") {
  step_overlay step{3, "/layers/.new-1", {}, 0};
  const std::string first = "  overlay: 3 layers below, an empty writable layer on top\n";
  CHECK(brief_text(step) == first + "  it held nothing\n");
  step = {1, "", {{'C', "/etc"}, {'D', "/etc/group"}, {'C', "/etc2"}}, 1'200'000};
  CHECK(brief_text(step) ==
        "  overlay: 1 layer below, an empty writable layer on top\n"
        "  it held: D /etc/group, C /etc2 (2 changes, 1.2MB)\n");
  step.changes.clear();
  for (const char* name : {"/a", "/b\x1b", "/c", "/d", "/e", "/f", "/g"})
    step.changes.push_back({'A', name});
  CHECK(brief_text(step).ends_with(
      "\n  it held: A /a, A /b\\x1b, A /c, A /d, A /e, … (7 changes, 1.2MB)\n"));
  for (auto& change : step.changes) change.path = "/" + std::string(29, 'x');
  CHECK(brief_text(step).find("xx, … (7 changes") != std::string::npos);
  for (auto& change : step.changes) change.path = "/" + std::string(99, 'x');
  const auto line = brief_text(step).substr(first.size() - 1);
  CHECK(line.starts_with("  it held: A …xxx"));
  CHECK(line.ends_with("xxx, … (7 changes, 1.2MB)\n"));
  CHECK(line.size() <= 80 + std::string("\n……").size() - 2);
}
