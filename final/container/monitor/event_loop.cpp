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
#include <sstream>
#include <utility>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"

namespace zoomin::container {

namespace {

constexpr std::size_t piece = 256UL << 10;
constexpr int most_last_reads = 64;  // more than a full pipe, and a terminal's 64 KiB
constexpr std::size_t most_input = 64UL << 10;
std::array<char, 8> frame_of(stream which, std::size_t size) {
  const auto byte = [&](unsigned shift) {
    return static_cast<char>((size >> shift) & 0xff);
  };
  return {which == stream::err ? char{2} : char{1},
          0,
          0,
          0,
          byte(24),
          byte(16),
          byte(8),
          byte(0)};
}

// Returns the text as one line, since an answer is one, whatever names are in it.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

unique_fd termination() {
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
      signals_(termination()) {}

void event_loop::serve(pid::child& child, outer_ends ends, bool terminal,
                       log_writer* kept) {
  child_ = &child;
  ends_ = std::move(ends);
  terminal_ = terminal;
  log_ = kept;
  input_.clear();
  input_ends_ = ended_ = paused_ = false;
  kill_at_.reset();
}

void event_loop::add(connected_client client) {
  ::fcntl(client.connection.get(), F_SETFL, O_NONBLOCK);
  clients_.push_back(std::move(client));
}

void event_loop::attach(unique_fd connection, bool input) {
  // More than most programs write at once; as root it may be, socket(7).
  const int room = 1 << 20;
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  if (connection)
    add({.connection = std::move(connection),
         .attached = true,
         .input = input,
         .lossless = true});
}

void event_loop::watch(unique_fd connection) {
  if (connection) add({.connection = std::move(connection), .waits = true});
}

pid::exit_status event_loop::run() {
  while (!ended_) dispatch();
  others_.clear();
  const auto ending = std::exchange(child_, nullptr)->wait();
  if (owner_.end_rest) owner_.end_rest();
  // A process that outlives the container may go on writing: only so much is still taken.
  for (int reads = 0; ends_.out && reads < most_last_reads; ++reads)
    take_output(ends_.out, stream::out);
  for (int reads = 0; ends_.err && reads < most_last_reads; ++reads)
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
  return std::ranges::any_of(clients_, [](const connected_client& one) {
    return one.lossless && !one.queue.empty();
  });
}

int event_loop::timeout() const {
  auto next = kill_at_ ? kill_at_ : wake_at_;
  for (const auto* one : others_)
    if (const auto wanted = one->deadline(); wanted && (!next || *wanted < *next))
      next = wanted;
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

// The fixed ones first, then each client's, and the companions'.
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
    const bool deaf = client.silent || (client.input && input_.size() >= most_input);
    events.push_back(
        {client.connection.get(),
         static_cast<short>((deaf ? 0 : POLLIN) | (client.queue.empty() ? 0 : POLLOUT)),
         0});
  }
  for (const auto* other : others_)
    for (const auto& one : other->descriptors()) events.push_back(one);
  ::poll(events.data(), events.size(), timeout());
}

void event_loop::dispatch() {
  std::vector<pollfd> events;
  wait_for_events(events);
  const auto ready = [&](std::size_t i) { return events[i].revents != 0; };
  if (ready(1)) take_output(ends_.out, stream::out);
  if (ready(2)) take_output(ends_.err, stream::err);
  if (ready(3)) give_input();
  const std::size_t known = clients_.size();
  for (std::size_t i = 0; i < known; ++i) {
    const auto what = events[6 + i].revents;
    if ((what & POLLOUT) != 0) flush(clients_[i]);
    if ((what & (POLLIN | POLLHUP | POLLERR)) != 0) on_line(clients_[i]);
  }
  std::erase_if(clients_, [](const connected_client& one) { return one.gone; });
  if (ready(4)) accept_one();
  if (ready(5)) {
    signalfd_siginfo got{};
    if (::read(signals_.get(), &got, sizeof got) > 0)
      stop(owner_.stop_signal, owner_.patience);
  }
  for (auto* one : others_) one->dispatch();
  if (kill_at_ && clock::now() >= *kill_at_) {
    kill_at_.reset();
    if (child_ != nullptr) child_->kill(SIGKILL);
  }
  ended_ = ready(0);
}

void event_loop::take_output(unique_fd& from, stream which) {
  static std::array<char, piece> buffer;
  const auto got = ::read(from.get(), buffer.data(), buffer.size());
  if (got == -1 && (errno == EAGAIN || errno == EINTR) && !ended_) return;
  if (got <= 0) return from.reset();  // a terminal's end is EIO
  const std::string_view data(buffer.data(), static_cast<std::size_t>(got));
  if (log_ != nullptr) log_->write(which, data);
  for (auto& one : clients_)
    if (one.attached) send(one, which, data);
}

void event_loop::send(connected_client& to, stream which, std::string_view data) {
  const auto frame = frame_of(which, data.size());
  const std::size_t head = terminal_ ? 0 : frame.size();
  std::size_t sent = 0;
  if (to.queue.empty()) {
    const std::array<iovec, 2> parts{{{const_cast<char*>(frame.data()), head},
                                      {const_cast<char*>(data.data()), data.size()}}};
    const auto wrote = ::writev(to.connection.get(), parts.data(), parts.size());
    if (wrote == -1 && errno != EAGAIN) to.gone = true;
    if (wrote > 0) sent = static_cast<std::size_t>(wrote);
  }
  try {
    if (sent < head) to.queue.append({frame.data() + sent, head - sent});
    to.queue.append(data.substr(sent > head ? sent - head : 0));
  } catch (const sys::error&) {
    to.gone = true;  // the disk is full
  }
}

void event_loop::flush(connected_client& to) {
  const auto rest = to.queue.front();
  const auto wrote = ::send(to.connection.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (wrote == -1 && errno != EAGAIN) to.gone = true;
  if (wrote > 0) to.queue.drop(static_cast<std::size_t>(wrote));
}

void event_loop::on_line(connected_client& from) {
  std::array<char, most_input> buffer;
  const auto got = ::read(from.connection.get(), buffer.data(), buffer.size());
  if (got == -1 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return hear_end(from);
  std::string_view data(buffer.data(), static_cast<std::size_t>(got));
  while (!from.attached && !data.empty()) {
    const auto end = data.find('\n');
    if (from.received.size() <= longest_line) from.received += data.substr(0, end);
    data.remove_prefix(end == std::string_view::npos ? data.size() : end + 1);
    if (end == std::string_view::npos || from.gone) return;
    handle_request(from, std::exchange(from.received, {}));
  }
  if (!from.input || data.empty()) return;
  input_ += data;
  give_input();
}

// A half-close ends stdin; a client that has died ends nothing but its own stream.
void event_loop::hear_end(connected_client& from) {
  pollfd state{from.connection.get(), 0, 0};
  ::poll(&state, 1, 0);
  if (from.silent || !from.attached || state.revents != 0) {
    from.gone = true;
    return;
  }
  from.silent = true;
  if (from.input && !terminal_) input_ends_ = true;
  give_input();
}

void event_loop::handle_request(connected_client& from, const std::string& line) {
  std::string answer;
  try {
    if (line.size() > longest_line) throw usage_error("the request has more than 1 MiB");
    answer = answer_to(from, line);
  } catch (const std::exception& refused) {
    answer = fmt::format("error {}\n", one_line(refused.what()));
  }
  from.queue.append(answer);
  flush(from);
}

pid::child& event_loop::process() {
  if (child_ == nullptr) throw usage_error("it is not running: it will be restarted");
  return *child_;
}

// What ends it isn't followed by a restart.
void event_loop::signal(int number) {
  if (number == SIGKILL) unpause_to_end();
  process().kill(number);
  if (number == SIGKILL || number == owner_.stop_signal) stopped_ = by_user_ = true;
}

void event_loop::pause(bool wanted) {
  process();
  if (!owner_.pause) throw usage_error("it can't be paused");
  if (wanted == paused_)
    throw usage_error(wanted ? "it is paused already" : "it is not paused");
  owner_.pause(wanted);
  paused_ = wanted;
}

// In version 1 what is frozen takes no signal.
void event_loop::unpause_to_end() {
  if (paused_) pause(false);
}

std::string event_loop::answer_to(connected_client& from, const std::string& line) {
  std::istringstream words(line);
  std::string verb, option;
  int first = 0, second = 0;
  words >> verb;
  std::string answer = "ok\n";
  if (verb == "zoomin") {
    answer = fmt::format("zoomin {}\n", protocol_version);
  } else if (verb == "attach") {
    words >> option;
    process();
    from.attached = true;
    from.input = option == "input" && ends_.in;
  } else if (verb == "kill" && words >> first) {
    signal(first);
  } else if ((verb == "pause" || verb == "unpause") && line == verb) {
    pause(verb == "pause");
  } else if (verb == "rename" && line.size() > 7 && owner_.rename) {
    owner_.rename(line.substr(7));
  } else if (verb == "update" && line.size() > 7 && owner_.update) {
    owner_.update(line.substr(7));
  } else if (verb == "connect" && line.size() > 8 && owner_.connect) {
    owner_.connect(line.substr(8));
  } else if (verb == "disconnect" && line.size() > 11 && owner_.disconnect) {
    owner_.disconnect(line.substr(11));
  } else if (verb == "pin" && owner_.pin) {
    owner_.pin();
  } else if (verb == "stop" && words >> first >> second) {
    from.waits = by_user_ = true;
    words >> option;
    kept_ = option == "keep";
    stop(first, std::chrono::seconds(second));
  } else if (verb == "down") {
    from.waits = true;
    stop(owner_.stop_signal, owner_.patience);
  } else if (verb == "remove") {
    from.waits = removed_ = true;
    unpause_to_end();
    if (child_ != nullptr) child_->kill(SIGKILL);
  } else if (verb == "wait") {
    from.waits = from.to_the_last = true;
  } else if (verb == "resize" && words >> first >> second) {
    if (terminal_)
      resize(ends_.out.get(),
             {static_cast<unsigned short>(first), static_cast<unsigned short>(second)});
  } else if (verb == "close") {
    ends_.out.reset();
    ends_.err.reset();
  } else {
    answer = fmt::format("error {} {}\n", unknown_request, one_line(line));
  }
  return answer;
}

void event_loop::give_input() {
  if (!ends_.in) return input_.clear();
  if (!input_.empty()) {
    const auto wrote = ::write(ends_.in.get(), input_.data(), input_.size());
    if (wrote == -1 && errno != EAGAIN) {  // it doesn't want more
      input_.clear();
      if (!terminal_) ends_.in.reset();
      return;
    }
    if (wrote > 0) input_.erase(0, static_cast<std::size_t>(wrote));
  }
  if (input_.empty() && input_ends_) ends_.in.reset();
}

void event_loop::accept_one() {
  unique_fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (connection)
    add({.connection = std::move(connection), .queue = output_queue(directory_)});
}

void event_loop::stop(int signal, std::chrono::milliseconds patience) {
  stopped_ = true;
  if (child_ == nullptr) return;
  unpause_to_end();
  child_->kill(signal);
  kill_at_ = clock::now() + patience;
}

void event_loop::finish(int status, const std::string& why, bool again) {
  if (!again) listener_.reset();
  std::deque<connected_client> staying;
  for (auto& one : clients_) {
    if (again && !one.attached && (one.to_the_last || !one.waits))
      staying.push_back(std::move(one));
    else if (one.waits)
      one.queue.append(fmt::format("ended {} {}\n", status, why));
  }
  std::erase_if(clients_, [](const connected_client& one) { return !one.connection; });
  const auto is_owed = [&](const connected_client& one) {
    return one.lossless || one.waits || (one.attached && !again);
  };
  while (!clients_.empty()) {
    std::vector<pollfd> events;
    for (auto& one : clients_)
      if (!one.queue.empty() && !one.gone) flush(one);
    std::erase_if(clients_, [&](const connected_client& one) {
      return one.gone || one.queue.empty() || !is_owed(one);
    });
    for (const auto& one : clients_) events.push_back({one.connection.get(), POLLOUT, 0});
    if (!events.empty()) ::poll(events.data(), events.size(), -1);
  }
  clients_ = std::move(staying);
}

}  // namespace zoomin::container
