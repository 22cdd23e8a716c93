// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/error.hpp"
#include "security/security.hpp"
#include "support/catch.hpp"

using namespace zoomin;
using namespace zoomin::security;

namespace {

bool has(const std::vector<std::string>& items, const std::string& text) {
  return std::ranges::find(items, text) != items.end();
}

// A directory that serves as a container's root, with the given files in /etc.
class root {
 public:
  root() {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
    std::filesystem::create_directory(path_ + "/etc");
    fd_ = unique_fd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  root(const root&) = delete;
  root& operator=(const root&) = delete;
  ~root() { std::filesystem::remove_all(path_); }
  root& with(const std::string& name, const std::string& content) {
    std::ofstream(path_ + "/etc/" + name) << content;
    return *this;
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return path_ + "/etc/" + name;
  }
  [[nodiscard]] user find(const std::string& text,
                          const std::vector<std::string>& added = {}) const {
    return resolve_user(fd_.get(), text, added);
  }

 private:
  std::string path_ = "/tmp/zoomin-unit-XXXXXX";
  unique_fd fd_;
};

}  // namespace

TEST_CASE("capabilities are added to the defaults and dropped from them", "[security]") {
  CHECK(capabilities({}, {}) == default_capabilities());
  CHECK(default_capabilities().size() == 11);
  CHECK(has(capabilities({"net_admin"}, {}), "CAP_NET_ADMIN"));
  CHECK(has(capabilities({"CAP_SYS_TIME"}, {}), "CAP_SYS_TIME"));
  CHECK_FALSE(has(capabilities({}, {"chown"}), "CAP_CHOWN"));
  CHECK(capabilities({"CHOWN"}, {}) == default_capabilities());  // once
  CHECK(capabilities({}, {"NET_RAW"}) == default_capabilities());
}

TEST_CASE("ALL adds or drops all capabilities, and others can be named as well",
          "[security]") {
  using names = std::vector<std::string>;
  CHECK(capabilities({}, {"ALL"}).empty());
  CHECK(capabilities({"kill"}, {"all"}) == names{"CAP_KILL"});
  CHECK(capabilities({"ALL"}, {}) == all_capabilities());
  CHECK_FALSE(has(capabilities({"ALL"}, {"KILL"}), "CAP_KILL"));
  CHECK(capabilities({"ALL"}, {"ALL"}) == all_capabilities());
}

TEST_CASE("an unknown capability is refused", "[security]") {
  for (const char* name : {"", "NOSUCH", "CAP_", "1", "CAP_CAP_KILL", "KILL,CHOWN", "-1",
                           " KILL", "cap_kill=ep"}) {
    INFO(name);
    CHECK_THROWS_AS(capabilities({name}, {}), usage_error);
    CHECK_THROWS_AS(capabilities({}, {name}), usage_error);
  }
}

TEST_CASE("a limit has a soft and a hard value", "[security]") {
  const auto parsed = parse_rlimit("nofile=1024:2048");
  CHECK(parsed.name == "nofile");
  CHECK(parsed.soft == 1024);
  CHECK(parsed.hard == 2048);
  CHECK(parse_rlimit("core=0").hard == 0);
  CHECK(parse_rlimit("core=-1").soft == RLIM_INFINITY);
  CHECK(parse_rlimit("stack=8388608:unlimited").hard == RLIM_INFINITY);
  for (const char* text :
       {"", "nofile", "nofile=", "=1", "nosuch=1", "nofile=2:1", "nofile=-1:5",
        "nofile=1:", "nofile=:1", "nofile=1:2:3", "nofile=1x", "nofile=-2", "nofile= 1",
        "NOFILE=1", "nofile=99999999999999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_rlimit(text), usage_error);
  }
}

TEST_CASE("a user is a name or a number, with an optional group", "[security]") {
  for (const char* text : {"", "0", "1000", "2147483646", "me", "me:others", "1:2",
                           "me:7", "7:me", "_apt", "www-data", "a.b", "machine$"}) {
    INFO(text);
    CHECK_NOTHROW(validate_user(text));
  }
  for (const char* text : {":",          ":1",         "1:",  "1:2:3",
                           " 1",         "1 ",         "+1",  "-1",
                           "-me",        "0x1",        "1e3", "2147483647",
                           "4294967295", "4294967296", "1me", "99999999999999999999",
                           "a/b",        "a b",        "me:", "me\n",
                           "1:-1"}) {
    INFO(text);
    CHECK_THROWS_AS(validate_user(text), usage_error);
  }
}

TEST_CASE("users and groups come from the image", "[security]") {
  root image;
  image
      .with("passwd",
            "root:x:0:0:root:/root:/bin/sh\nme:x:1000:100:me:/home/me:/bin/sh\n")
      .with("group", "root:x:0:\nus:x:100:me\nothers:x:50:me,you\nyours:x:51:you\n");
  const auto me = image.find("me");
  CHECK(me.uid == 1000);
  CHECK(me.gid == 100);
  CHECK(me.home == "/home/me");
  CHECK(me.groups == std::vector<gid_t>{100, 50});
  CHECK(image.find("1000").groups == me.groups);
  CHECK(image.find("").uid == 0);
  CHECK(image.find("").home == "/root");
  CHECK(image.find("4711").uid == 4711);
  CHECK(image.find("4711").gid == 0);
  CHECK(image.find("me:yours").gid == 51);
  CHECK(image.find("me:yours").groups.empty());
  CHECK(image.find("me:9").gid == 9);
  CHECK(image.find("me", {"yours", "7"}).groups == std::vector<gid_t>{100, 50, 51, 7});
  CHECK_THROWS_AS(image.find("nobody"), usage_error);
  CHECK_THROWS_AS(image.find("me:nosuch"), usage_error);
  CHECK_THROWS_AS(image.find("me", {"nosuch"}), usage_error);
}

TEST_CASE("damaged and hostile lines give no rights", "[security]") {
  root image;
  image
      .with("passwd",
            "\n:::::\nshort:x:0\n1000:x:0:0::/:/bin/sh\nbig:x:4294967296:0::/:\n"
            "minus:x:-1:0::/:\nnone:x::0::/:\nspace: x: 0:0::/:\nhome:x:5:6::relative:\n"
            "nogroup:x:7:x::/:\nme:x:8:8::/a:\nme:x:0:0::/b:\nlast:x:9:9::/last:/bin/sh")
      .with("group", "7:x:0:\nbig:x:4294967295:last\nodd:x:x:last\nfine:x:3:last");
  CHECK(image.find("1000").uid == 1000);  // digits are a number, never a name
  CHECK(image.find("1000").gid == 0);
  for (const char* name : {"short", "big", "minus", "none"}) {
    INFO(name);
    CHECK_THROWS_AS(image.find(name), usage_error);
  }
  CHECK(image.find("home").home == "/");
  CHECK(image.find("nogroup").gid == 0);
  CHECK(image.find("me").uid == 8);  // the first line counts
  CHECK(image.find("last").groups == std::vector<gid_t>{3});
  CHECK(image.find("5:7").gid == 7);
  CHECK_THROWS_AS(image.find("5:big"), usage_error);
}

TEST_CASE("an /etc/passwd that isn't a regular file is ignored without waiting",
          "[security]") {
  root host;
  host.with("passwd", "stranger:x:77:77::/:\n");
  const std::string outside = host.path("passwd");
  const auto is_none = [](const root& image) {
    CHECK_THROWS_AS(image.find("stranger"), usage_error);
    CHECK(image.find("0").uid == 0);
  };
  is_none(root());
  root fifo, link, relative, loop, directory, device;
  ::mkfifo(fifo.path("passwd").c_str(), 0600);
  std::filesystem::create_symlink(outside, link.path("passwd"));
  std::filesystem::create_symlink("../../../../.." + outside, relative.path("passwd"));
  std::filesystem::create_symlink("passwd", loop.path("passwd"));
  std::filesystem::create_directory(directory.path("passwd"));
  std::filesystem::create_symlink("/dev/zero", device.path("passwd"));
  for (const auto* file : {&fifo, &link, &relative, &loop, &directory, &device})
    is_none(*file);
}

TEST_CASE("only the beginning of a huge file is read", "[security]") {
  root image;
  image.with("passwd", "me:x:8:8::/:\n");
  std::filesystem::resize_file(image.path("passwd"), 1UL << 40);
  CHECK(image.find("me").uid == 8);
  CHECK_THROWS_AS(image.find("you"), usage_error);
}

TEST_CASE("a link is followed within the image", "[security]") {
  root image;
  image.with("real", "me:x:8:8::/:\n");
  std::filesystem::create_symlink("/etc/real", image.path("passwd"));
  CHECK(image.find("me").uid == 8);
}

TEST_CASE("a device rule has a type, a number and an access", "[security]") {
  const auto null = parse_device_rule("c 1:3 rwm");
  CHECK(null.type == 'c');
  CHECK(null.number == 1U);
  CHECK(null.minor == 3U);
  CHECK(null.access == "rwm");
  const auto each = parse_device_rule("a *:* r");
  CHECK_FALSE(each.number.has_value());
  CHECK_FALSE(each.minor.has_value());
  CHECK(parse_device_rule("b 8:* w").type == 'b');
  for (const char* text :
       {"", "c", "c 1:3", "c 1:3 ", "d 1:3 r", "c 1 r", "c :3 r", "c 1: r", "c 1:3 x",
        "c 1:3 r w", "c -1:3 r", "c 1:4294967296 r", "c1:3 r", " c 1:3 r", "c 1:3  r",
        "c 1:3:4 r", "c **:3 r", "c 1:3 r\n"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_device_rule(text), usage_error);
  }
}

TEST_CASE("the default devices can be used, but not made", "[security]") {
  for (const auto& default_device : default_devices()) {
    CHECK(default_device.type == 'c');
    CHECK(default_device.access == "rw");
    CHECK(default_device.number.has_value());
  }
}
