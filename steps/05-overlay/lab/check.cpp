// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "03-mnt/lab/demo_root.hpp"
#include "05-overlay/look.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::overlay {

namespace {

namespace fs = std::filesystem;
using check::expect;
using check::subject;

const std::vector<std::string> idle{"sh", "-c", "echo ready; read -r end"};

class scratch : public check::scratch {
 public:
  // A layer that holds one file, "NAME", with NAME in it.
  [[nodiscard]] std::string layer(const std::string& name) const {
    fs::create_directory(*this / name);
    std::ofstream((*this / name) + "/" + name) << name << '\n';
    return *this / name;
  }
};

// Every file of a directory, with what a change would change.
std::string inventory(const std::string& directory) {
  std::string result;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat info {};
    ::lstat(entry.path().c_str(), &info);
    result += fmt::format("{} {} {:o} {} {}.{}\n", entry.path().string(), info.st_ino,
                          info.st_mode, info.st_size, info.st_mtim.tv_sec,
                          info.st_mtim.tv_nsec);
  }
  return result;
}

std::vector<std::string> with_layers(const std::vector<std::string>& layers) {
  std::vector<std::string> options{"--layer", mnt::demo_root()};
  for (const auto& one : layers) options.insert(options.end(), {"--layer", one});
  return options;
}

void expect_output(const check::run_result& got, const std::string& wanted) {
  const std::string said = got.output + got.errors;
  expect(got.output == wanted, fmt::format("it says \"{}\", not \"{}\"", said, wanted));
}

void root_is_an_overlay() {
  subject subject({}, idle);
  const auto its = stack_of(subject.first_process());
  expect(!its.layers.empty(), "its root is no overlay");
  expect(its.layers.back() == mnt::demo_root(),
         fmt::format("its lowest layer is {}, not the demo root", its.layers.back()));
  expect(!its.upper.empty(), "no layer of it can be written to");
}

void its_own_ipc() {
  subject subject({}, idle);
  const pid_t first = subject.first_process();
  expect(
      look::namespace_number(first, "ipc") != look::namespace_number(::getpid(), "ipc"),
      "its ipc namespace is the host's");
}

void layers_stay_as_they_are() {
  const std::string before = inventory(mnt::demo_root());
  const auto result = check::run(
      {}, {"sh", "-c",
           "echo new >/h && echo more >>/etc/passwd && rm /bin/vi && rm -r /mnt && "
           "mkdir /mnt && chmod 700 /home && cat /h && ls /bin/vi 2>/dev/null"});
  expect_output(result, "new\n");
  expect(inventory(mnt::demo_root()) == before, "a layer has changed");
}

void the_next_one_starts_afresh() {
  expect_output(check::run({}, {"sh", "-c", "echo first >/h; cat /h"}), "first\n");
  expect_output(check::run({}, {"sh", "-c", "test -e /h || echo fresh"}), "fresh\n");
  const std::string result = root_directory() + "/scratch";
  expect(!sys::exists(result) || fs::is_empty(result),
         "its writable layer is still there");
}

void two_share_them() {
  subject one({}, {"sh", "-c", "echo one >/h; echo ready; read -r l; cat /h"});
  const pid_t first = one.first_process();
  subject two({}, {"sh", "-c", "cat /h; echo two >/h; echo ready; read -r l; cat /h"});
  const pid_t second = two.first_process();
  expect(stack_of(first).layers == stack_of(second).layers, "their layers are different");
  expect(stack_of(first).upper != stack_of(second).upper, "they write to one layer");
  one.write("\n");
  two.write("\n");
  expect(one.line() == "one", "one sees what the other has written");
  expect(two.line() == "two", "one sees what the other has written");
}

void upper_layers_win() {
  const scratch here;
  const std::string low = here.layer("low"), high = here.layer("high");
  std::ofstream(low + "/both") << "low\n";
  std::ofstream(high + "/both") << "high\n";
  expect_output(check::run(with_layers({low, high}), {"cat", "/low", "/high", "/both"}),
                "low\nhigh\nhigh\n");
}

void marks_hide() {
  const scratch here;
  const std::string low = here.layer("low"), high = here.layer("high");
  for (const auto& layer : {low, high}) fs::create_directory(layer + "/dir");
  std::ofstream(low + "/dir/hidden") << "low\n";
  std::ofstream(high + "/dir/seen") << "high\n";
  ::setxattr((high + "/dir").c_str(), "trusted.overlay.opaque", "y", 1, 0);
  ::mknod((high + "/low").c_str(), S_IFCHR, makedev(0, 0));
  expect_output(check::run(with_layers({low, high}),
                           {"sh", "-c", "ls /dir; test -e /low || echo -"}),
                "seen\n-\n");
}

void any_name_and_many() {
  const scratch here;
  std::vector<std::string> layers{here.layer("a:b"), here.layer("a,b"),
                                  here.layer("a b\\c")};
  while (layers.size() < most_layers - 1)
    layers.push_back(
        here.layer(fmt::format("a-layer-with-a-long-name-{}", layers.size())));
  const auto result = check::run(
      with_layers(layers), {"sh", "-c", "cat /a:b /a,b '/a b\\c'; ls / | grep -c long"});
  expect_output(result, fmt::format("a:b\na,b\na b\\c\n{}\n", most_layers - 4));
}

void kept_where_asked() {
  const scratch here;
  const std::vector<std::string> keep{"--keep", here / "kept"};
  expect_output(check::run(keep, {"sh", "-c", "echo kept >/h; rm /bin/vi; cat /h"}),
                "kept\n");
  expect_output(check::run(keep, {"sh", "-c", "cat /h; ls /bin/vi 2>/dev/null"}),
                "kept\n");
}

void killed_ones_are_swept() {
  const std::string result = root_directory() + "/scratch";
  {
    subject subject({}, idle);
    subject.first_process();
    subject.kill(SIGKILL);
  }
  expect(!fs::is_empty(result), "nothing was left of the killed one");
  check::run({}, {"true"});
  expect(fs::is_empty(result), "what the killed one left is still there");
}

// A place where no overlay can write: another overlay. root_directory() is moved there.
class on_an_overlay {
 public:
  on_an_overlay() : before_(root_directory()) {
    for (const char* name : {"lower", "upper", "work", "root"})
      fs::create_directory(here_ / name);
    const std::string text =
        fmt::format("lowerdir={},upperdir={},workdir={}", here_ / "lower",
                    here_ / "upper", here_ / "work");
    ::mount("overlay", (here_ / "root").c_str(), "overlay", 0, text.c_str());
    ::setenv("ZOOMIN_ROOT", (here_ / "root").c_str(), 1);
  }
  on_an_overlay(const on_an_overlay&) = delete;
  on_an_overlay& operator=(const on_an_overlay&) = delete;
  ~on_an_overlay() {
    ::setenv("ZOOMIN_ROOT", before_.c_str(), 1);
    ::umount2((here_ / "root").c_str(), MNT_DETACH);
  }

 private:
  scratch here_;
  std::string before_;
};

void in_memory_where_it_must() {
  const on_an_overlay host;
  const auto result = check::run({}, {"sh", "-c", "echo hi >/h; cat /h; id -u"});
  expect_output(result, "hi\n0\n");
  expect(fs::is_empty(root_directory() + "/scratch"), "its place is still there");
}

}  // namespace

std::vector<check::fact> proofs() {
  return {
      {"overlay", "its root is an overlay: layers, and one to write to on top",
       root_is_an_overlay},
      {"overlay", "the whole container has an IPC namespace of its own, too",
       its_own_ipc},
      {"overlay", "whatever it writes, its layers stay as they are",
       layers_stay_as_they_are},
      {"overlay", "what it wrote is gone with it", the_next_one_starts_afresh},
      {"overlay", "two share layers, and don't see what the other writes",
       two_share_them},
      {"overlay", "an upper layer's file is seen in place of a lower one's",
       upper_layers_win},
      {"overlay", "whiteouts and opaque directories hide what is below", marks_hide},
      {"overlay", "120 layers can be mounted, whatever they are called",
       any_name_and_many},
      {"overlay", "its writable layer can be kept, and be gone on with",
       kept_where_asked},
      {"overlay", "what a killed one left is removed by the next", killed_ones_are_swept},
      {"overlay", "where the host's own files are an overlay, it writes to memory",
       in_memory_where_it_must},
  };
}

}  // namespace zoomin::overlay
