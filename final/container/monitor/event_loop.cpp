// SPDX-License-Identifier: MIT
#include "container/monitor/event_loop.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"
#include "container/failure_line.hpp"
#include "container/log/frame.hpp"

namespace zoomin::container {

namespace {

constexpr std::size_t output_buffer_size = 256UL << 10;
constexpr int max_final_reads = 64;  // covers a full pipe, and a terminal's 64 KiB
constexpr std::size_t max_input = 64UL << 10;

unique_fd open_termination_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  return unique_fd(sys::check(
      "signalfd", "", [&] { return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK); }));
}

}  // namespace

event_loop::event_loop(unique_fd listener, std::string directory)
    : listener_(std::move(listener)),
      directory_(std::move(directory)),
      signals_(open_termination_signal()) {}

void event_loop::serve(pid::child& child, outer_ends ends, bool terminal,
                       log_writer* log) {
  child_ = &child;
  ends_ = std::move(ends);
  terminal_ = terminal;
  log_ = log;
  input_.clear();
  input_ends_ = ended_ = paused_ = false;
  kill_at_.reset();
}

void event_loop::add(connected_client client) {
  ::fcntl(client.connection.get(), F_SETFL, O_NONBLOCK);
  clients_.push_back(std::move(client));
}

void event_loop::attach(unique_fd connection, bool input) {
  // The buffer holds more than most programs write at once. Only root may set it,
  // socket(7).
  const int size = 1 << 20;
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  if (connection)
    add({.connection = std::move(connection),
         .attached = true,
         .input = input,
         .lossless = true});
}

void event_loop::watch(unique_fd connection) {
  if (connection)
    add({.connection = std::move(connection),
         .waits = true,
         .version = protocol_version});
}

pid::exit_status event_loop::run() {
  while (!ended_) dispatch();
  sources_.clear();
  const auto ending = std::exchange(child_, nullptr)->wait();
  if (handlers_.kill_rest) handlers_.kill_rest();
  // A process that outlives init may go on writing, so the number of reads is bounded.
  for (int reads = 0; ends_.out && reads < max_final_reads; ++reads)
    take_output(ends_.out, stream::out);
  for (int reads = 0; ends_.err && reads < max_final_reads; ++reads)
    take_output(ends_.err, stream::err);
  ends_ = {};
  log_ = nullptr;
  return ending;
}

bool event_loop::sleep_until_restart(std::chrono::milliseconds time) {
  wake_at_ = clock::now() + time;
  while (!stopped_ && !removed_ && clock::now() < *wake_at_) dispatch();
  wake_at_.reset();
  return !stopped_ && !removed_;
}

bool event_loop::output_is_held() const {
  return std::ranges::any_of(clients_, [](const connected_client& client) {
    return client.lossless && !client.queue.empty();
  });
}

int event_loop::timeout() const {
  auto next = kill_at_ ? kill_at_ : wake_at_;
  for (const auto* source : sources_)
    if (const auto deadline = source->deadline();
        deadline && (!next || *deadline < *next))
      next = deadline;
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

namespace {

// The positions of the descriptors that are always polled. Those of the clients follow,
// then those of the event sources.
enum class polled { process_end, output, errors, input, arrivals, termination };
constexpr auto index_of(polled position) { return static_cast<std::size_t>(position); }
constexpr auto first_client = index_of(polled::termination) + 1;

}  // namespace

void event_loop::wait_for_events(std::vector<pollfd>& events) const {
  const bool held = output_is_held();
  const auto readable = [&](const unique_fd& fd) {
    return pollfd{held ? -1 : fd.get(), POLLIN, 0};
  };
  events = {{child_ != nullptr ? child_->pidfd() : -1, POLLIN, 0},
            readable(ends_.out),
            readable(ends_.err),
            {input_.empty() ? -1 : ends_.in.get(), POLLOUT, 0},
            {listener_.get(), POLLIN, 0},
            {signals_.get(), POLLIN, 0}};
  for (const auto& client : clients_) {
    const bool is_ignored = client.silent || (client.input && input_.size() >= max_input);
    events.push_back({client.connection.get(),
                      static_cast<short>((is_ignored ? 0 : POLLIN) |
                                         (client.queue.empty() ? 0 : POLLOUT)),
                      0});
  }
  for (const auto* source : sources_)
    for (const auto& extra : source->descriptors()) events.push_back(extra);
  ::poll(events.data(), events.size(), timeout());
}

void event_loop::dispatch() {
  std::vector<pollfd> events;
  wait_for_events(events);
  const auto ready = [&](polled position) {
    return events[index_of(position)].revents != 0;
  };
  if (ready(polled::output)) take_output(ends_.out, stream::out);
  if (ready(polled::errors)) take_output(ends_.err, stream::err);
  if (ready(polled::input)) write_input();
  const std::size_t known = clients_.size();
  for (std::size_t i = 0; i < known; ++i) {
    const auto ready_events = events[first_client + i].revents;
    if ((ready_events & POLLOUT) != 0) flush(clients_[i]);
    if ((ready_events & (POLLIN | POLLHUP | POLLERR)) != 0) on_readable(clients_[i]);
  }
  std::erase_if(clients_, [](const connected_client& client) { return client.gone; });
  if (ready(polled::arrivals)) accept_client();
  if (ready(polled::termination)) {
    signalfd_siginfo got{};
    if (::read(signals_.get(), &got, sizeof got) > 0)
      stop(handlers_.stop_signal, handlers_.stop_timeout);
  }
  for (auto* source : sources_) source->dispatch();
  if (kill_at_ && clock::now() >= *kill_at_) {
    kill_at_.reset();
    if (child_ != nullptr) child_->kill(SIGKILL);
  }
  ended_ = ready(polled::process_end);
}

void event_loop::take_output(unique_fd& from, stream stream) {
  static std::array<char, output_buffer_size> buffer;
  const auto got = ::read(from.get(), buffer.data(), buffer.size());
  if (got == -1 && (errno == EAGAIN || errno == EINTR) && !ended_) return;
  if (got <= 0) return from.reset();  // the end of a terminal is EIO
  const std::string_view data(buffer.data(), static_cast<std::size_t>(got));
  if (log_ != nullptr) log_->write(stream, data);
  for (auto& client : clients_)
    if (client.attached) send(client, stream, data);
}

void event_loop::send(connected_client& client, stream stream, std::string_view data) {
  const auto frame = frame_of(stream, data.size());
  const std::size_t head = terminal_ ? 0 : frame.size();
  std::size_t sent = 0;
  if (client.queue.empty()) {
    const std::array<iovec, 2> parts{{{const_cast<char*>(frame.data()), head},
                                      {const_cast<char*>(data.data()), data.size()}}};
    const auto wrote = ::writev(client.connection.get(), parts.data(), parts.size());
    if (wrote == -1 && errno != EAGAIN) client.gone = true;
    if (wrote > 0) sent = static_cast<std::size_t>(wrote);
  }
  try {
    if (sent < head) client.queue.append({frame.data() + sent, head - sent});
    client.queue.append(data.substr(sent > head ? sent - head : 0));
  } catch (const sys::error&) {
    client.gone = true;  // the disk is full
  }
}

void event_loop::flush(connected_client& client) {
  const auto rest = client.queue.front();
  const auto wrote =
      ::send(client.connection.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (wrote == -1 && errno != EAGAIN) client.gone = true;
  if (wrote > 0) client.queue.drop(static_cast<std::size_t>(wrote));
}

void event_loop::on_readable(connected_client& client) {
  std::array<char, max_input> buffer;
  const auto got = ::read(client.connection.get(), buffer.data(), buffer.size());
  if (got == -1 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return on_end_of_file(client);
  std::string_view data(buffer.data(), static_cast<std::size_t>(got));
  while (!client.attached && !data.empty()) {
    const auto end = data.find('\n');
    if (client.received.size() <= max_line) client.received += data.substr(0, end);
    data.remove_prefix(end == std::string_view::npos ? data.size() : end + 1);
    if (end == std::string_view::npos || client.gone) return;
    handle_request(client, std::exchange(client.received, {}));
  }
  if (!client.input || data.empty()) return;
  input_ += data;
  write_input();
}

// Ends stdin after a half-close. If the client has closed its socket, only its connection
// ends.
void event_loop::on_end_of_file(connected_client& client) {
  pollfd state{client.connection.get(), 0, 0};
  ::poll(&state, 1, 0);
  if (client.silent || !client.attached || state.revents != 0) {
    client.gone = true;
    return;
  }
  client.silent = true;
  if (client.input && !terminal_) input_ends_ = true;
  write_input();
}

void event_loop::handle_request(connected_client& client, const std::string& line) {
  std::string answer;
  try {
    if (line.size() > max_line) throw usage_error("the request has more than 1 MiB");
    answer = answer_to(client, line);
  } catch (const std::exception& refused) {
    answer = failure_line(refused, client.version) + "\n";
  }
  client.queue.append(answer);
  flush(client);
}

pid::child& event_loop::process() {
  if (child_ == nullptr)
    throw usage_error(failure_kind::conflict,
                      "the container is restarting; wait until it is running");
  return *child_;
}

// Sends a signal. A signal that ends the container prevents a restart.
void event_loop::signal(int number) {
  if (number == SIGKILL) thaw_to_end();
  process().kill(number);
  if (number == SIGKILL || number == handlers_.stop_signal) stopped_ = by_user_ = true;
}

void event_loop::pause(bool paused) {
  if (child_ == nullptr)
    throw usage_error(failure_kind::conflict,
                      "is restarting, wait until the container is running");
  if (!handlers_.pause) throw usage_error(failure_kind::unsupported, "can't be paused");
  if (paused == paused_)
    throw usage_error(failure_kind::conflict,
                      paused ? "is already paused" : "is not paused");
  handlers_.pause(paused);
  paused_ = paused;
}

// Thaws the container before it is killed, because a frozen process of cgroup version 1
// receives no signal.
void event_loop::thaw_to_end() {
  if (paused_) pause(false);
}

void event_loop::write_input() {
  if (!ends_.in) return input_.clear();
  if (!input_.empty()) {
    const auto wrote = ::write(ends_.in.get(), input_.data(), input_.size());
    if (wrote == -1 && errno != EAGAIN) {  // the process has closed stdin
      input_.clear();
      if (!terminal_) ends_.in.reset();
      return;
    }
    if (wrote > 0) input_.erase(0, static_cast<std::size_t>(wrote));
  }
  if (input_.empty() && input_ends_) ends_.in.reset();
}

void event_loop::accept_client() {
  unique_fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (connection)
    add({.connection = std::move(connection), .queue = output_queue(directory_)});
}

void event_loop::stop(int signal, std::chrono::milliseconds timeout) {
  stopped_ = true;
  if (child_ == nullptr) return;
  thaw_to_end();
  child_->kill(signal);
  kill_at_ = clock::now() + timeout;
}

void event_loop::finish(int status, const std::string& why, bool again) {
  if (!again) listener_.reset();
  std::deque<connected_client> staying;
  for (auto& client : clients_) {
    if (again && !client.attached && (client.waits_for_last || !client.waits))
      staying.push_back(std::move(client));
    else if (client.waits)
      client.queue.append(fmt::format("ended {} {}\n", status, why));
  }
  std::erase_if(clients_,
                [](const connected_client& client) { return !client.connection; });
  const auto is_owed = [&](const connected_client& client) {
    return client.lossless || client.waits || (client.attached && !again);
  };
  while (!clients_.empty()) {
    std::vector<pollfd> events;
    for (auto& client : clients_)
      if (!client.queue.empty() && !client.gone) flush(client);
    std::erase_if(clients_, [&](const connected_client& client) {
      return client.gone || client.queue.empty() || !is_owed(client);
    });
    for (const auto& client : clients_)
      events.push_back({client.connection.get(), POLLOUT, 0});
    if (!events.empty()) ::poll(events.data(), events.size(), -1);
  }
  clients_ = std::move(staying);
}

}  // namespace zoomin::container
