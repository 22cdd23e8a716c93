// SPDX-License-Identifier: MIT
#include "02-net/lab/probe.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "02-net/query/link_list.hpp"
#include "common/lab/lab_host.hpp"
#include "common/lab/subprocess.hpp"
#include "common/look.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

namespace {

sockaddr_in socket_address(const std::string& text, std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  ::inet_pton(AF_INET, text.c_str(), &at.sin_addr);
  return at;
}

unique_fd make_socket(protocol over) {
  const int type = over == protocol::tcp ? SOCK_STREAM : SOCK_DGRAM;
  return unique_fd(sys::check("socket", "probe",
                              [&] { return ::socket(AF_INET, type | SOCK_CLOEXEC, 0); }));
}

void bind_to(const unique_fd& socket, const std::string& at, std::uint16_t port) {
  const sockaddr_in address = socket_address(at, port);
  sys::check("bind", fmt::format("{}:{}", at, port), [&] {
    return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address);
  });
}

std::string hears(const sockaddr_in& client) {
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &client.sin_addr, text.data(), text.size());
  return fmt::format("hears {}", text.data());
}

[[noreturn]] void answer_connections(int listening) {
  while (true) {
    sockaddr_in client{};
    socklen_t size = sizeof client;
    const unique_fd descriptor(
        ::accept4(listening, reinterpret_cast<sockaddr*>(&client), &size, SOCK_CLOEXEC));
    const std::string text = hears(client);
    ::send(descriptor.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
}

[[noreturn]] void answer_datagrams(int bound) {
  while (true) {
    std::array<char, 64> ignored{};
    sockaddr_in client{};
    socklen_t size = sizeof client;
    auto* address = reinterpret_cast<sockaddr*>(&client);
    ::recvfrom(bound, ignored.data(), ignored.size(), 0, address, &size);
    const std::string text = hears(client);
    ::sendto(bound, text.data(), text.size(), 0, address, size);
  }
}

void enter_network(pid_t pid) {
  sys::setns(sys::quiet, sys::open(fmt::format("/proc/{}/ns/net", pid), O_RDONLY).get(),
             CLONE_NEWNET);
}

// Returns the server's answer. Throws sys::error if there is none.
std::string ask_here(const std::string& at, std::uint16_t port, protocol over,
                     int seconds, const std::string& source) {
  const unique_fd socket = make_socket(over);
  const timeval patience{seconds, 0};
  for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO})
    ::setsockopt(socket.get(), SOL_SOCKET, option, &patience, sizeof patience);
  const auto colon = std::min(source.find(':'), source.size());
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!source.empty())
    bind_to(socket, source.substr(0, colon),
            static_cast<std::uint16_t>(std::atoi(source.substr(colon).c_str() + 1)));
  if (source.starts_with("127."))
    ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5);
  const sockaddr_in address = socket_address(at, port);
  sys::check("connect", at, [&] {
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                     sizeof address);
  });
  if (over == protocol::udp)
    sys::check("send", at, [&] { return ::send(socket.get(), "?", 1, MSG_NOSIGNAL); });
  std::array<char, 64> text{};
  const auto got = sys::check(
      "recv", at, [&] { return ::recv(socket.get(), text.data(), text.size(), 0); });
  return {text.data(), static_cast<std::size_t>(got)};
}

}  // namespace

server::server(pid_t pid, const std::string& at, std::uint16_t port, protocol over) {
  std::array<int, 2> ends{};
  sys::check("pipe2", "server", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  const unique_fd reads(ends[0]);
  unique_fd writes(ends[1]);
  process_ = sys::check("fork", "server", [] { return ::fork(); });
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The server must not keep the pipes of containers open.
    sys::close_range(sys::quiet, 3, static_cast<unsigned>(ends[1]) - 1);
    sys::close_range(sys::quiet, static_cast<unsigned>(ends[1]) + 1, ~0U);
    std::string trouble;
    unique_fd socket;
    try {
      enter_network(pid);
      socket = make_socket(over);
      const int on = 1;
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      bind_to(socket, at, port);
      if (over == protocol::tcp) ::listen(socket.get(), 16);
    } catch (const std::exception& failure) {
      trouble = failure.what();
    }
    [[maybe_unused]] const auto ignored =
        ::write(ends[1], trouble.data(), trouble.size());
    writes.reset();
    if (!trouble.empty()) ::_exit(1);
    over == protocol::tcp ? answer_connections(socket.get())
                          : answer_datagrams(socket.get());
  }
  writes.reset();
  const std::string trouble = sys::read_all(reads.get(), "server");
  check::expect(trouble.empty(), trouble);
}

server::~server() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

std::string ask(pid_t from, const std::string& at, std::uint16_t port, protocol over,
                int seconds, const std::string& source) {
  return look::from_inside(from, CLONE_NEWNET, [&] {
    try {
      return ask_here(at, port, over, seconds, source);
    } catch (const sys::error& failure) {
      // These are the errors of an expired timeout: socket(7), SO_RCVTIMEO.
      const bool late = failure.number() == EINPROGRESS || failure.number() == EAGAIN;
      return fmt::format("({})", late ? "no answer" : failure.code().message());
    }
  });
}

std::string heard_while(std::uint16_t port, const std::function<void()>& action) {
  const unique_fd socket = make_socket(protocol::udp);
  bind_to(socket, "0.0.0.0", port);
  action();
  sockaddr_in client{};
  socklen_t size = sizeof client;
  char ignored = 0;
  auto* address = reinterpret_cast<sockaddr*>(&client);
  if (::recvfrom(socket.get(), &ignored, 1, MSG_DONTWAIT, address, &size) == -1)
    return "(nothing)";
  return hears(client);
}

pid_t outside() {
  return std::atoi(host::outside_namespace().substr(std::strlen("/proc/")).c_str());
}

std::vector<std::string> addresses_in(pid_t pid) {
  std::istringstream seen(look::from_inside(pid, CLONE_NEWNET, [] {
    std::string result;
    for (const auto& [name, address] : link_addresses())
      if (name != "lo") result += fmt::format("{} {}\n", name, address);
    return result;
  }));
  std::vector<std::string> addresses;
  for (std::string line; std::getline(seen, line);) addresses.push_back(line);
  return addresses;
}

std::string run_in(pid_t pid, const std::vector<std::string>& command) {
  return look::from_inside(pid, CLONE_NEWNET, [&] {
    const auto result = check::run_to_end(command);
    return result.output + result.errors;
  });
}

}  // namespace zoomin::net
