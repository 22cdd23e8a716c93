// SPDX-License-Identifier: MIT
// build, compared with buildah: the same Dockerfiles make the same files and the same
// configuration.
#include <fmt/format.h>

#include <filesystem>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
using nlohmann::json;

namespace {

struct example {
  const char* name;
  const char* dockerfile;
};

// Each is in the manner of common Dockerfiles. The context has app/, src/, site/, conf,
// requirements.txt and .dockerignore.
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
};

// Lists the files of a directory: type, mode, owner, size and content.
std::string listed(const std::string& directory) {
  return says(
      "cd " + directory +
      " && find . -mindepth 1 -path ./proc -prune -o -path ./sys -prune -o -path ./dev "
      "-prune "
      "-o -path ./run -prune -o -path ./etc/hosts -o -path ./etc/resolv.conf -o "
      "-path ./etc/hostname -o -printf '%P %y %m %U:%G %n %l\\n' | sed 's/^\\(.* d "
      "[0-9]* [0-9:]*\\) [0-9]*/\\1/' | sort; "
      "find . -type f -not -path './bin/*' | sort | xargs md5sum");
}

// Returns the members of a configuration that instructions set.
json settings(const json& config) {
  json result = json::object();
  for (const char* key : {"Cmd", "Entrypoint", "Env", "ExposedPorts", "StopSignal",
                          "User", "Volumes", "WorkingDir"})
    if (config.contains(key) && !config[key].is_null() && !config[key].empty() &&
        config[key] != "")
      result[key] = config[key];
  return result;
}

}  // namespace

TEST_CASE("the same Dockerfile makes the same image as with buildah", "[build]") {
  if (shell("command -v buildah").status != 0) skip_loudly("buildah isn't installed");
  import_busybox();
  const scratch files;
  const std::string context = files / "context", store = files / "store";
  const std::string buildah =
      fmt::format("buildah --root {0} --runroot {0}-run --storage-driver vfs ", store);
  shell(fmt::format(
      "mkdir -p {0}/app/sub {0}/src {0}/site/css; cd {0}; echo main > app/main; echo 1 > "
      "app/1.txt; echo 2 > app/2.txt; ln -s main app/link; echo s > app/sub/s; echo i > "
      "app/ignored; printf 'flask\\nrequests\\n' > requirements.txt; echo c > conf; echo "
      "a > src/a.c; echo b > src/b.c; echo h > site/index.html; echo c > site/css/c; "
      "chmod 600 conf; echo '**/ignored' > .dockerignore",
      context));
  write_file(context + "/Dockerfile", "FROM bb\nENV PATH=/bin\n");
  shell("cd " + context + "; zoomin build -q -t bb .");
  const auto pulled =
      shell(fmt::format("cd {}; zoomin save bb > bb.tar; {} pull oci-archive:bb.tar && "
                        "{} tag $({} images -q) bb",
                        files.path(), buildah, buildah, buildah),
            60);
  INFO(pulled.errors);
  REQUIRE(pulled.status == 0);
  for (const auto& [name, dockerfile] : examples) {
    INFO(name);
    write_file(context + "/Dockerfile", dockerfile);
    const auto ours = shell("cd " + context + "; zoomin build -q -t new .", 60);
    INFO(ours.errors);
    REQUIRE(ours.status == 0);
    const auto theirs = shell(
        fmt::format(
            "cd {}; {} bud --format docker --isolation chroot --pull-never -t new .",
            context, buildah),
        60);
    INFO(theirs.errors);
    REQUIRE(theirs.status == 0);
    shell(
        fmt::format("rm -rf {0}/ours; mkdir {0}/ours; zoomin create --name n new x; "
                    "zoomin export n | tar -xC {0}/ours; zoomin rm -v n",
                    files.path()));
    const std::string mounted = says(fmt::format(
        "{0} rm -a >/dev/null; {0} mount $({0} from --pull-never new)", buildah));
    write_file(files / "ours.list", listed(files / "ours"));
    write_file(files / "theirs.list", listed(mounted));
    CHECK(says("diff " + (files / "ours.list") + " " + (files / "theirs.list")) == "");
    CHECK(shell("test -s " + (files / "ours.list")).status == 0);
    const auto config = json::parse(says("zoomin image inspect new")).at(0).at("Config");
    const auto their_config =
        json::parse(says(buildah + "inspect --type image new")).at("OCIv1").at("config");
    CHECK(settings(config) == settings(their_config));
  }
}
