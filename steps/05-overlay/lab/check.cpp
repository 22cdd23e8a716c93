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
#include <set>

#include "03-mnt/lab/demo_root.hpp"
#include "05-overlay/lab/check.hpp"
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
  // Makes a layer with one file, called NAME, that contains NAME.
  [[nodiscard]] std::string layer(const std::string& name) const {
    fs::create_directory(*this / name);
    std::ofstream((*this / name) + "/" + name) << name << '\n';
    return *this / name;
  }
};

// Lists all files of a directory, with everything that a change would affect.
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
  for (const auto& layer : layers) options.insert(options.end(), {"--layer", layer});
  return options;
}

void expect_output(const check::run_result& got, const std::string& output) {
  const std::string text = got.output + got.errors;
  expect(got.output == output,
         fmt::format("it printed \"{}\", not \"{}\"", text, output));
}

void root_is_an_overlay() {
  subject container({}, idle);
  const auto found = root_overlay_of(container.first_process());
  expect(!found.layers.empty(), "its root is no overlay");
  expect(found.layers.back() == mnt::demo_root(),
         fmt::format("its lowest layer is {}, not the demo root", found.layers.back()));
  expect(!found.upper.empty(), "it has no writable layer");
}

void root_has_the_mode_of_the_layer() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect(!root_overlay_of(first).layers.empty(), "its root is no overlay");
  struct stat inside {};
  struct stat layer {};
  ::stat(fmt::format("/proc/{}/root/.", first).c_str(), &inside);
  ::stat(mnt::demo_root().c_str(), &layer);
  expect((inside.st_mode & 07777) == (layer.st_mode & 07777),
         fmt::format("its / has the mode {:o}, and the topmost layer's is {:o}",
                     inside.st_mode & 07777, layer.st_mode & 07777));
}

// The node has the numbers of null(4).
void no_device_of_a_layer() {
  const scratch here;
  const std::string layer = here.layer("with-a-node");
  ::mknod((layer + "/node").c_str(), S_IFCHR | 0666, makedev(1, 3));
  expect_output(check::run(with_layers({layer}),
                           {"sh", "-c", "echo x 2>/dev/null >/node || echo refused"}),
                "refused\n");
}

void its_own_ipc() {
  subject container({}, idle);
  const pid_t first = container.first_process();
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

// Returns the names of all writable layers. That of a killed container stays until
// another one starts.
std::set<std::string> writable_layers() {
  const std::string scratch = root_directory() + "/scratch";
  if (!sys::exists(scratch)) return {};
  const auto names = sys::list_directory(scratch);
  return {names.begin(), names.end()};
}

void changes_are_discarded() {
  const auto before = writable_layers();
  expect_output(check::run({}, {"sh", "-c", "echo first >/h; cat /h"}), "first\n");
  for (const auto& name : writable_layers())
    expect(before.contains(name), "its writable layer still exists");
  expect_output(check::run({}, {"sh", "-c", "test -e /h || echo fresh"}), "fresh\n");
}

void layers_are_shared() {
  subject first_container({},
                          {"sh", "-c", "echo one >/h; echo ready; read -r l; cat /h"});
  const pid_t first = first_container.first_process();
  subject second_container(
      {}, {"sh", "-c", "cat /h; echo two >/h; echo ready; read -r l; cat /h"});
  const pid_t second = second_container.first_process();
  expect(root_overlay_of(first).layers == root_overlay_of(second).layers,
         "their layers are different");
  expect(root_overlay_of(first).upper != root_overlay_of(second).upper,
         "they have the same writable layer");
  expect(sys::exists(root_overlay_of(first).upper + "/h"),
         "the second has removed the first one's writable layer");
  first_container.write("\n");
  second_container.write("\n");
  expect(first_container.line() == "one", "one container sees the other's changes");
  expect(second_container.line() == "two", "one container sees the other's changes");
}

void upper_layers_win() {
  const scratch here;
  const std::string low = here.layer("low"), high = here.layer("high");
  std::ofstream(low + "/both") << "low\n";
  std::ofstream(high + "/both") << "high\n";
  expect_output(check::run(with_layers({low, high}), {"cat", "/low", "/high", "/both"}),
                "low\nhigh\nhigh\n");
}

void whiteouts_and_opaque_directories() {
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

void any_names_and_120_layers() {
  const scratch here;
  const std::vector<std::string> names{"x:y", "x,y", "x\\y"};
  std::vector<std::string> few;
  for (const auto& name : names) few.push_back(here.layer(name));
  expect_output(check::run(with_layers(few), {"cat", "/x:y", "/x,y", "/x\\y"}),
                "x:y\nx,y\nx\\y\n");
  std::vector<std::string> layers{here.layer("a:b"), here.layer("a,b"),
                                  here.layer("a b\\c")};
  while (layers.size() < max_layers - 1)
    layers.push_back(
        here.layer(fmt::format("a-layer-with-a-long-name-{}", layers.size())));
  const auto result = check::run(
      with_layers(layers), {"sh", "-c", "cat /a:b /a,b '/a b\\c'; ls / | grep -c long"});
  expect_output(result, fmt::format("a:b\na,b\na b\\c\n{}\n", max_layers - 4));
  layers.erase(layers.begin(), layers.begin() + 3);  // plain names, too long for a page
  expect_output(check::run(with_layers(layers), {"sh", "-c", "ls / | grep -c long"}),
                fmt::format("{}\n", layers.size()));
}

// Runs shell commands, and compares the changes of each with the list by our module. The
// program prints the same list.
void changes_are_listed() {
  const scratch here;
  const std::string low = here.layer("low"), high = here.layer("high");
  for (const auto& layer : {low, high}) fs::create_directories(layer + "/dir/below");
  std::ofstream(low + "/dir/old") << "old\n";
  std::ofstream(low + "/dir/below/deep") << "deep\n";
  const auto layers = with_layers({low, high});
  int number = 0;
  const auto lists = [&](const std::string& command, const std::string& expected) {
    const std::string kept = here / fmt::format("kept{}", ++number);
    auto options = layers;
    options.insert(options.end(), {"--keep", kept});
    const auto result = check::run(options, {"sh", "-c", command});
    expect(result.status == 0, fmt::format("{}: {}", command, result.errors));
    std::string got;
    for (const auto& [kind, path] :
         keep(kept, {mnt::demo_root(), low, high}).changes({mnt::demo_root(), low, high}))
      got += fmt::format("{}{} {}", got.empty() ? "" : ", ", kind, path);
    expect(got == expected,
           fmt::format("`{}` is listed as \"{}\", not \"{}\"", command, got, expected));
  };
  lists("echo x >/new; mkdir /dir/new; echo x >/dir/new/file",
        "C /dir, A /dir/new, A /dir/new/file, A /new");
  lists("echo x >>/dir/old", "C /dir, C /dir/old");
  lists("rm /low /dir/old", "C /dir, D /dir/old, D /low");
  lists("echo x >/new; rm /new", "");
  lists("mknod /null c 1 3", "A /null");
  lists("rm -r /dir; mkdir /dir; echo x >/dir/new",
        "C /dir, D /dir/below, D /dir/old, A /dir/new");
}

void kept_layer_has_one_user() {
  const scratch here;
  subject container({"--keep", here / "kept"}, idle);
  container.first_process();
  const int status = check::run({"--keep", here / "kept"}, {"true"}).status;
  expect(status == 125, fmt::format("a second container got it: status {}", status));
}

void kept_layer_is_reused() {
  const scratch here;
  const std::vector<std::string> keep{"--keep", here / "kept"};
  expect_output(check::run(keep, {"sh", "-c", "echo kept >/h; rm /bin/vi; cat /h"}),
                "kept\n");
  expect_output(check::run(keep, {"sh", "-c", "cat /h; ls /bin/vi 2>/dev/null"}),
                "kept\n");
}

void stale_layers_are_removed() {
  const std::string scratch = root_directory() + "/scratch";
  {
    subject container({}, idle);
    container.first_process();
    container.kill(SIGKILL);
  }
  expect(!fs::is_empty(scratch), "the killed container left nothing");
  check::run({}, {"true"});
  expect(fs::is_empty(scratch), "the killed container's layer still exists");
}

// Moves root_directory() to an overlay, where no other overlay can have its upper layer.
class on_an_overlay {
 public:
  on_an_overlay() {
    for (const char* name : {"lower", "upper", "work", "root"})
      fs::create_directory(here_ / name);
    const std::string text =
        fmt::format("lowerdir={},upperdir={},workdir={}", here_ / "lower",
                    here_ / "upper", here_ / "work");
    ::mount("overlay", (here_ / "root").c_str(), "overlay", 0, text.c_str());
    ::setenv("ZOOMIN_ROOT", (here_ / "root").c_str(), 1);  // of the checked program
    before_ = use_context({.root = here_ / "root", .run = run_directory()});
  }
  on_an_overlay(const on_an_overlay&) = delete;
  on_an_overlay& operator=(const on_an_overlay&) = delete;
  ~on_an_overlay() {
    use_context(before_);
    ::setenv("ZOOMIN_ROOT", root_directory().c_str(), 1);
    ::umount2((here_ / "root").c_str(), MNT_DETACH);
  }

 private:
  scratch here_;
  context before_;
};

void in_memory_on_an_overlay() {
  const on_an_overlay host;
  const auto result = check::run({}, {"sh", "-c", "echo hi >/h; cat /h; id -u"});
  expect_output(result, "hi\n0\n");
  expect(fs::is_empty(root_directory() + "/scratch"), "its directory still exists");
}

}  // namespace

std::vector<check::fact> proofs() {
  return {
      {"overlay", "its root is an overlay with a writable layer on top",
       root_is_an_overlay},
      {"overlay", "its / has the mode of the topmost layer",
       root_has_the_mode_of_the_layer},
      {"overlay", "a whole container also has its own IPC namespace", its_own_ipc},
      {"overlay", "whatever it writes, its layers don't change", layers_stay_as_they_are},
      {"overlay", "its changes are discarded at its end", changes_are_discarded},
      {"overlay", "two containers share layers, but not their changes",
       layers_are_shared},
      {"overlay", "a file of an upper layer hides one of a lower layer",
       upper_layers_win},
      {"overlay", "whiteouts and opaque directories hide lower files",
       whiteouts_and_opaque_directories},
      {"overlay", "no device node of a layer works", no_device_of_a_layer},
      {"overlay", "its changes are listed", changes_are_listed},
      {"overlay", "120 layers with any names can be mounted", any_names_and_120_layers},
      {"overlay", "a kept writable layer can be used again", kept_layer_is_reused},
      {"overlay", "a kept writable layer has one user", kept_layer_has_one_user},
      {"overlay", "the next container cleans up after killed ones",
       stale_layers_are_removed},
      {"overlay", "if the host's root is an overlay, it writes to memory",
       in_memory_on_an_overlay},
  };
}

}  // namespace zoomin::overlay
