// SPDX-License-Identifier: MIT
// attach: connects a command with the streams of a running container.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "container/control.hpp"
#include "container/monitor/handover.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

TEST_CASE("attach passes input, output and exit status", "[final]") {
  import_busybox();
  output_of(
      "zoomin run -di --name c bb sh -c 'read a; echo got $a; echo err >&2; exit 7'");
  const auto result = shell("echo word | zoomin attach c");
  CHECK(result.output == "got word\n");
  CHECK(result.errors == "err\n");
  CHECK(result.status == 7);
  CHECK(contains(shell("zoomin attach c").errors, "is not running"));
  shell("zoomin rm c");
}

TEST_CASE("attach --no-stdin passes no input", "[final]") {
  import_busybox();
  output_of("zoomin run -di --name c bb sh -c 'read a; echo got $a'");
  subprocess other(
      {"sh", "-c",
       "echo ready; exec " + built("zoomin") + " attach --no-stdin c < /dev/null"});
  CHECK(other.line() == "ready");
  CHECK(shell("sleep 0.2; echo word | zoomin attach c").output == "got word\n");
  CHECK(other.line() == "got word");
  CHECK(other.end() == 0);
  shell("zoomin rm c");
}

TEST_CASE("a container outlives its killed run command, is logged and can be attached",
          "[final]") {
  import_busybox();
  subprocess front({"sh", "-c",
                    "exec " + built("zoomin") +
                        " run -i --name c bb sh -c 'echo ready; read a; echo got $a'"});
  CHECK(front.line() == "ready");
  front.kill(SIGKILL);
  CHECK(front.end() == 128 + SIGKILL);
  CHECK(output_of("zoomin ps --format '{{.Names}}'") == "c");
  CHECK(shell("echo word | zoomin attach c").output == "got word\n");
  CHECK(output_of("zoomin wait c; zoomin logs c") == "0\nready\ngot word");
  shell("zoomin rm c");
}

TEST_CASE("a slow reader loses nothing, and a stuck one delays no other", "[final]") {
  import_busybox();
  output_of("zoomin run -di --log-driver none --name c bb sh -c 'read a; seq 1 1500000'");
  // One reader never reads, one begins late, one begins at once.
  subprocess stuck(
      {"sh", "-c",
       "echo ready; " + built("zoomin") + " attach --no-stdin c | sleep 100"});
  CHECK(stuck.line() == "ready");
  subprocess late(
      {"sh", "-c",
       "echo ready; " + built("zoomin") + " attach --no-stdin c | (sleep 2; md5sum)"});
  CHECK(late.line() == "ready");
  const auto result = output_of("seq 1 1500000 | md5sum");
  CHECK(output_of("sleep 0.3; echo go | zoomin attach c | md5sum") == result);
  CHECK(output_of("zoomin wait c") == "0");
  CHECK(late.line() == result);
  shell("zoomin rm c");
}

TEST_CASE("two attached clients see the same output, and one stays when the other goes",
          "[final]") {
  import_busybox();
  output_of(
      "zoomin run -di --name c bb sh -c 'while read a; do echo got $a; done; exit 5'");
  subprocess first({built("zoomin"), "attach", "c"});
  subprocess two({built("zoomin"), "attach", "c"});
  // The reply to each shows that it is attached.
  first.write("a\n");
  CHECK(first.line() == "got a");
  two.write("b\n");
  CHECK(first.line() == "got b");
  for (auto line = two.line(); line != "got b"; line = two.line()) CHECK(line == "got a");
  first.kill(SIGKILL);
  CHECK(first.end() == 128 + SIGKILL);
  two.write("c\n");
  CHECK(two.line() == "got c");
  CHECK(output_of("zoomin ps --format '{{.Names}}'") == "c");
  two.close_input();
  CHECK(two.end() == 5);
  CHECK(output_of("zoomin logs c") == "got a\ngot b\ngot c");
  output_of("zoomin rm c");
}

TEST_CASE("a monitor takes over each client that its command hands to it", "[final]") {
  namespace container = zoomin::container;
  auto [first, our_first] = container::control::make_pair();
  auto [second, our_second] = container::control::make_pair();
  auto [lock, listener] = container::control::make_pair();
  std::vector<container::attached_client> clients;
  clients.push_back({std::move(first), true, {}, {30, 90}, true});
  clients.push_back({std::move(second), false, {}, {}, false});
  const auto words = container::words_of(lock, listener, clients);
  CHECK(words.descriptors == std::vector{lock.get(), listener.get(),
                                         clients[0].streams.get(),
                                         clients[1].streams.get()});
  // In a new program nobody else owns the descriptors.
  for (auto* fd : {&lock, &listener, &clients[0].streams, &clients[1].streams})
    static_cast<void>(fd->release());
  const auto taken = container::parse_handover(words.text);
  REQUIRE(taken.clients.size() == 2U);
  CHECK(taken.clients[0].input);
  CHECK(taken.clients[0].size.columns == 90);
  CHECK(taken.clients[0].stays);
  CHECK_FALSE(taken.clients[1].input);
  CHECK_FALSE(taken.clients[1].control);
  CHECK(::write(taken.clients[1].streams.get(), "x", 1) == 1);
  char got = 0;
  CHECK(::read(our_second.get(), &got, 1) == 1);
  CHECK((::fcntl(taken.lock.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK_THROWS(container::parse_handover("{}"));
}

TEST_CASE("the terminal of a container has the size of the client that resized last",
          "[final]") {
  import_busybox();
  output_of("zoomin run -dit --name c bb sh");
  terminal first({built("zoomin"), "attach", "c"}, 30, 90);
  terminal second({built("zoomin"), "attach", "c"}, 40, 100);
  second.type("echo ready-$((1 + 1))\n");
  for (auto* window : {&first, &second}) window->expect("ready-2");
  first.resize(31, 91);
  // The resize reaches the monitor on a connection of its own.
  second.type("until stty size | grep -q '31 91'; do sleep 0.1; done; stty size\n");
  second.expect("\n31 91");
  first.expect("\n31 91");
  second.resize(41, 101);
  first.type("until stty size | grep -q '41 101'; do sleep 0.1; done; stty size\n");
  first.expect("\n41 101");
  second.expect("\n41 101");
  first.type("exit 3\n");
  CHECK(first.end() == 3);
  CHECK(second.end() == 3);
  output_of("zoomin rm c");
}
