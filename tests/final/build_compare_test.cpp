// SPDX-License-Identifier: MIT
// build, compared with buildah: the same Dockerfiles make the same files and the same
// configuration.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct example {
  const char* name;
  const char* dockerfile;
  // Older instructions for buildah, if Debian 12's lacks the newer ones.
  const char* peer = nullptr;
};

// Dockerfiles in the manner of common ones. make_context() describes their context. None
// depends on the points in which buildah 1.28 differs from docker and zoomin: it keeps
// the parents of a RUN's mount points, ignores SHELL in ENTRYPOINT, drops the set-ID bits
// of the context's files, and drops what a RUN writes below a VOLUME.
constexpr example examples[] = {
    {"an application with its requirements",
     "FROM bb\nWORKDIR /srv/app\nCOPY requirements.txt .\n"
     "RUN while read p; do mkdir -p lib/$p && echo $p > lib/$p/init; done < "
     "requirements.txt\nCOPY app/ .\nENV PORT=80 MODE=\"two words\"\nEXPOSE 80 53/udp\n"
     "CMD [\"sh\", \"main\"]\n"},
    {"several stages, to scratch",
     "FROM bb AS build\nCOPY src /src\nRUN cat /src/*.c > /program && chmod 755 "
     "/program\n"
     "FROM scratch\nCOPY --from=build /program /bin/program\nUSER 1000:1000\n"
     "ENTRYPOINT [\"/bin/program\"]\n"},
    {"a static site",
     "FROM bb\nCOPY --chown=me:others site /var/www\nRUN chmod -R a-w /var/www\n"
     "STOPSIGNAL SIGQUIT\n"},
    {"another user, with its own directory",
     "FROM bb\nRUN mkdir /data && chown me:me /data\nUSER me\nWORKDIR /data\n"
     "RUN id -un > who && umask 077 && touch private\n"},
    {"variables and their defaults",
     "ARG TAG=bb\nFROM ${TAG}\nARG VERSION=1.2.3\nARG EMPTY\n"
     "ENV MAJOR=${VERSION} E=${EMPTY:-none} P=$PATH\nLABEL v=$VERSION \"a b\"=\"c "
     "d\"\n"
     "RUN echo \"$VERSION $MAJOR $E\" > /v\n"},
    {"files that are removed and replaced",
     "FROM bb\nRUN rm -r /home && mkdir /home && echo x > /home/x\n"
     "RUN rm /etc/group; ln -s /etc/passwd /etc/group; rm -r /root; echo f > /root\n"
     "RUN mv /etc/passwd /etc/moved && ln /etc/moved /etc/other\n"},
    {"patterns, links and ignored files",
     "FROM bb\nCOPY app/*.txt conf /t/\nCOPY app/link /one\nCOPY app /all\n"
     "COPY app/sub/ /t/sub/\n"},
    {"a command in another shell",
     "FROM bb\nSHELL [\"/bin/ash\", \"-euc\"]\nRUN echo $0 > /shell\n"
     "CMD [\"sh\"]\nHEALTHCHECK --interval=5s CMD true\n"},
    {"scripts and files in the Dockerfile",
     "FROM bb\nRUN <<END\nset -e\nmkdir -p /srv/log\necho one > /srv/one\nEND\n"
     "COPY --chmod=755 <<'END' /entry.sh\n#!/bin/sh\nexec \"$@\"\nEND\n"
     "ENTRYPOINT [\"/entry.sh\"]\nCMD [\"sh\"]\n",
     "FROM bb\nRUN set -e; mkdir -p /srv/log; echo one > /srv/one\n"
     "RUN printf '#!/bin/sh\\nexec \"$@\"\\n' > /entry.sh; chmod 755 /entry.sh\n"
     "ENTRYPOINT [\"/entry.sh\"]\nCMD [\"sh\"]\n"},
    {"a cache, memory and a stage's files for one command",
     "FROM bb AS packages\nRUN mkdir /p && echo lib > /p/lib\n"
     "FROM bb\nRUN mkdir -p /var/cache /mnt\n"
     "RUN --mount=type=cache,target=/var/cache/pip "
     "--mount=type=tmpfs,target=/build "
     "--mount=type=bind,from=packages,source=/p,target=/mnt/p "
     "cp /mnt/p/lib /build/ && touch /var/cache/pip/kept && mkdir -p /usr/lib && "
     "cp /build/lib /usr/lib/installed\n"},
    {"a base with triggers",
     "FROM bb AS base\nWORKDIR /srv\nONBUILD COPY requirements.txt ./\n"
     "ONBUILD RUN sort -r requirements.txt > sorted\nFROM base\nCOPY app/main .\n"
     "CMD [\"sh\", \"main\"]\n",
     "FROM bb\nWORKDIR /srv\nCOPY requirements.txt ./\n"
     "RUN sort -r requirements.txt > sorted\nCOPY app/main .\nCMD [\"sh\", \"main\"]\n"},
    {"a matrix of versions and variants",
     "ARG VERSION=3.11\nARG VARIANT=slim\nFROM bb AS base-full\nRUN echo full > /kind\n"
     "FROM bb AS base-slim\nRUN echo slim > /kind\nFROM base-${VARIANT} AS final\n"
     "ARG VERSION\nARG MINOR=${VERSION#*.}\n"
     "LABEL org.opencontainers.image.version=$VERSION\n"
     "ENV PYTHON_VERSION=${VERSION} SHORT=${VERSION:+set}\n"
     "RUN mkdir -p /opt/python$PYTHON_VERSION && echo $MINOR > /minor\n",
     "ARG VERSION=3.11\nFROM bb\nRUN echo slim > /kind\nARG VERSION\n"
     "LABEL org.opencontainers.image.version=$VERSION\n"
     "ENV PYTHON_VERSION=${VERSION} SHORT=${VERSION:+set}\n"
     "RUN mkdir -p /opt/python$PYTHON_VERSION && echo 11 > /minor\n"},
    {"parents, exceptions and independent layers",
     "FROM bb\nCOPY --parents site/css/c app/./sub/s /p/\n"
     "COPY --exclude=*.txt --exclude=sub app /x/\nCOPY --link conf /etc/app/conf\n"
     "COPY --link --from=bb /etc/passwd /users\n",
     "FROM bb\nCOPY site/css/c /p/site/css/c\nCOPY app/sub/s /p/sub/s\n"
     "COPY app/main app/link app/z1 /x/\nRUN ln -sf main /x/link\n"
     "COPY conf /etc/app/conf\nCOPY --from=bb /etc/passwd /users\n"},
    {"local archives",
     "FROM bb\nADD bundle.tar.gz /opt/\nADD bundle.tar.gz conf /srv/\n"
     "ADD requirements.txt /copied\nCOPY bundle.tar.gz /kept/\n"
     "ADD --chown=me:me site/index.html /w/\n"},
    {"a service's settings",
     "FROM bb\nMAINTAINER Ann <ann@example.com>\nRUN mkdir -p /var/lib/db\n"
     "VOLUME /var/lib/db /home\nVOLUME [\"/tmp\"]\nSTOPSIGNAL 3\nEXPOSE 5432/tcp 53/udp\n"
     "ENTRYPOINT exec db\nCMD [\"--verbose\"]\n"
     "HEALTHCHECK --interval=30s --timeout=3s --start-period=1m --retries=2 "
     "CMD [\"db\", \"ping\"]\nLABEL a=1 b=\"two words\" c='3'\nUSER me:others\n"},
    {"all ignored, with exceptions",
     "FROM bb\nCOPY . /everything/\nCOPY ignoring /some/\n"},
    {"patterns that match directories and several files",
     "FROM bb\nCOPY app/?.txt /q/\nCOPY app/[12].* s*c/ /r/\nCOPY */s*/s /deep/\n"
     "COPY app/z* s?te/*/c /mixed/\nCOPY conf /new/dir/\nCOPY conf /new/name\n"},
    {"symbolic and hard links",
     "FROM bb AS one\nRUN mkdir /l && cd /l && echo f > file && ln file second && "
     "ln file third && ln -s file to-file && ln -s /nowhere lost\n"
     "FROM bb\nCOPY --from=one /l /copied\nRUN mkdir /real && ln -s real /alias\n"
     "COPY links/file /alias/\nCOPY --from=one /l/to-file /followed\n"
     "COPY links/dir-link /from-link/\nRUN rm /copied/third\n"},
    {"set-user-ID programs, sticky directories and capabilities",
     "FROM bb\nCOPY bits /bits\nCOPY --chown=me:me bits/capable /owned\n"
     "COPY --chmod=4711 conf /changed\nCOPY --from=bb /bin/busybox /ping\n"
     "RUN chmod u+s /ping && mkdir /shared && chmod 3777 /shared && "
     "chgrp others /shared\n"},
    {"a server of another user, with an entry script",
     "FROM bb AS deps\nWORKDIR /app\nCOPY requirements.txt .\n"
     "RUN mkdir -p modules/flask && echo v3 > modules/flask/index\nFROM bb\n"
     "RUN echo app:x:101: >> /etc/group && "
     "echo app:x:100:101::/app:/bin/sh >> /etc/passwd && mkdir -p /app/run && "
     "chown app:app /app/run\nWORKDIR /app\nENV NODE_ENV=production\n"
     "COPY --from=deps --chown=app:app /app/modules ./modules\n"
     "COPY --chown=app:app . .\nUSER app\nRUN touch run/ready\nEXPOSE 8080\n"
     "ENTRYPOINT [\"sh\", \"app/main\"]\nCMD [\"--port\", \"8080\"]\n"},
};

// Makes app/, src/, site/, links/, bits/, ignoring/, conf, requirements.txt,
// bundle.tar.gz and .dockerignore.
void make_context(const std::string& directory) {
  const auto made = shell(fmt::format(
      "set -e; mkdir -p {0}/app/sub {0}/src {0}/site/css; cd {0}; echo main > app/main; "
      "echo 1 > app/1.txt; echo 2 > app/2.txt; ln -s main app/link; echo s > app/sub/s; "
      "echo i > app/ignored; echo z > app/z1; printf 'flask\\nrequests\\n' > "
      "requirements.txt; echo c > conf; chmod 600 conf; echo a > src/a.c; "
      "echo b > src/b.c; echo h > site/index.html; echo c > site/css/c; "
      "mkdir -p links/dir ignoring/keep/deep ignoring/drop; echo f > links/file; "
      "ln links/file links/second; ln -s file links/to-file; echo d > links/dir/d; "
      "ln -s dir links/dir-link; touch ignoring/keep/a ignoring/keep/b.log "
      "ignoring/keep/deep/c.log ignoring/drop/x ignoring/drop/saved ignoring/top.md; "
      "mkdir -m 1777 bits; echo c > bits/capable; "
      "setcap cap_net_raw=ep bits/capable; mkdir -p /tmp/bundle/bin; "
      "echo t > /tmp/bundle/bin/tool; chmod 755 /tmp/bundle/bin/tool; "
      "ln /tmp/bundle/bin/tool /tmp/bundle/same; ln -s bin/tool /tmp/bundle/t; "
      "chown -R 7:8 /tmp/bundle; tar -C /tmp -czf bundle.tar.gz bundle; "
      "rm -r /tmp/bundle; printf '**/ignored\\nignoring/**\\n!ignoring/keep\\n"
      "ignoring/**/*.log\\n!ignoring/keep/deep/c.log\\n!ignoring/drop/saved\\n"
      "# a comment\\n' > .dockerignore",
      directory));
  INFO(made.errors);
  REQUIRE(made.status == 0);
}

// Returns the extended attributes of a file or link.
std::string attributes_of(const std::string& path) {
  std::array<char, 4096> names{}, value{};
  const auto length = ::llistxattr(path.c_str(), names.data(), names.size());
  std::map<std::string, std::string> found;
  for (const char* name = names.data(); name < names.data() + std::max(length, 0L);
       name += std::string_view(name).size() + 1) {
    const auto size = ::lgetxattr(path.c_str(), name, value.data(), value.size());
    found[name].assign(value.data(), static_cast<std::size_t>(std::max(size, 0L)));
  }
  std::string text;
  for (const auto& [name, bytes] : found)
    text += fmt::format(" {}={:02x}", name, fmt::join(bytes, ""));
  return text;
}

// Describes a file: type and mode, owner, link target, content, and its other names.
std::string described(const std::string& path,
                      std::map<std::pair<dev_t, ino_t>, std::string>& names) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  std::string text = fmt::format("{:o} {}:{}{}", info.st_mode, info.st_uid, info.st_gid,
                                 attributes_of(path));
  if (S_ISLNK(info.st_mode)) return text + " -> " + fs::read_symlink(path).string();
  if (!S_ISREG(info.st_mode)) return text;
  const auto first = names.try_emplace({info.st_dev, info.st_ino}, path).first->second;
  if (first != path) text += " is " + fs::path(first).filename().string();
  std::ifstream file(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  return fmt::format("{} {} bytes, hash {:x}", text, content.size(),
                     std::hash<std::string>()(content));
}

// Describes all files of a directory, without those that a runtime mounts or makes.
std::map<std::string, std::string> listed(const std::string& directory) {
  std::map<std::string, std::string> result;
  std::map<std::pair<dev_t, ino_t>, std::string> names;
  std::map<std::string, std::string> paths;
  for (auto at = fs::recursive_directory_iterator(directory); at != end(at); ++at) {
    const auto name = fs::path(at->path()).lexically_relative(directory).string();
    if (name == "proc" || name == "sys" || name == "dev" || name == "run")
      at.disable_recursion_pending();
    else if (name != "etc/hosts" && name != "etc/resolv.conf" && name != "etc/hostname")
      paths[name] = at->path();
  }
  for (const auto& [name, path] : paths) result[name] = described(path, names);
  return result;
}

// Returns the lines that only one of two lists has.
std::string difference(const std::map<std::string, std::string>& ours,
                       const std::map<std::string, std::string>& theirs) {
  std::string text;
  const auto add = [&](const char* mark, const auto& from, const auto& other) {
    for (const auto& [name, properties] : from)
      if (const auto found = other.find(name);
          found == other.end() || found->second != properties)
        text += fmt::format("{} {} {}\n", mark, name, properties);
  };
  add("ours:  ", ours, theirs);
  add("theirs:", theirs, ours);
  return text;
}

// Returns the members of a configuration that instructions set.
json settings(const json& config) {
  json result = json::object();
  for (const char* key :
       {"Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Labels", "OnBuild",
        "Shell", "StopSignal", "User", "Volumes", "WorkingDir"})
    if (config.contains(key) && !config[key].is_null() && !config[key].empty() &&
        config[key] != "")
      result[key] = config[key];
  if (result.contains("Labels")) result["Labels"].erase("io.buildah.version");
  if (result.contains("Labels") && result["Labels"].empty()) result.erase("Labels");
  return result;
}

// Runs buildah with its own store.
class peer {
 public:
  explicit peer(const std::string& files)
      : store_(files + "/store"),
        command_(fmt::format("buildah --root {0} --runroot {0}-run --storage-driver vfs ",
                             store_)) {}

  // Runs a line in which each @ stands for the command.
  [[nodiscard]] run_result run(std::string line) const {
    for (std::size_t at = 0; (at = line.find('@', at)) != std::string::npos;
         at += command_.size())
      line.replace(at, 1, command_);
    return shell(line, 60);
  }

  // Returns the directory with all files of an image: its uppermost layer, as the driver
  // vfs makes each layer a complete copy.
  [[nodiscard]] std::string tree_of(const std::string& image) const {
    for (const auto& each :
         json::parse(output_of("cat " + store_ + "/vfs-images/images.json")))
      for (const std::string name : each.value("names", json::array()))
        if (name == "localhost/" + image + ":latest")
          return store_ + "/vfs/dir/" + each.at("layer").get<std::string>();
    FAIL("buildah has no image " + image);
    return {};
  }

 private:
  std::string store_;
  std::string command_;
};

void require_success(const run_result& result) {
  INFO(result.output + result.errors);
  REQUIRE(result.status == 0);
}

}  // namespace

TEST_CASE("the same Dockerfile makes the same image as with buildah", "[build]") {
  if (shell("command -v buildah").status != 0) skip_loudly("buildah isn't installed");
  import_busybox();
  const scratch files;
  const peer buildah(files.path());
  const std::string context = files / "context";
  make_context(context);
  write_file(files / "Dockerfile", "FROM bb\nENV PATH=/bin\n");
  require_success(shell("cd " + files.path() + "; zoomin build -q -t bb - < Dockerfile"));
  require_success(buildah.run("cd " + files.path() +
                              "; zoomin save bb > bb.tar; @ pull oci-archive:bb.tar && "
                              "@ tag $(@ images -q) bb"));
  for (const auto& [name, dockerfile, older] : examples) {
    INFO(name);
    write_file(files / "Dockerfile", dockerfile);
    require_success(
        shell(fmt::format("cd {}; zoomin build -q -f ../Dockerfile -t new .", context)));
    write_file(files / "Dockerfile", older == nullptr ? dockerfile : older);
    require_success(
        buildah.run(fmt::format("cd {}; @ bud -f ../Dockerfile --format docker "
                                "--isolation chroot --pull-never -t new .",
                                context)));
    require_success(
        shell(fmt::format("cd {}; rm -rf ours; mkdir ours; zoomin create --name n "
                          "new x; zoomin export n | tar --xattrs "
                          "--xattrs-include='*' -xC ours; zoomin rm -v n",
                          files.path())));
    const auto ours = listed(files / "ours");
    CHECK(difference(ours, listed(buildah.tree_of("new"))) == "");
    CHECK(!ours.empty());
    const auto image = json::parse(output_of("zoomin image inspect new")).at(0);
    const auto theirs =
        json::parse(buildah.run("@ inspect --type image new").output).at("Docker");
    CHECK(settings(image.at("Config")) == settings(theirs.at("config")));
    CHECK(image.at("Author") == theirs.value("author", ""));
  }
}
