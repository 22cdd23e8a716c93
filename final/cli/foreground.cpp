// SPDX-License-Identifier: MIT
#include "cli/foreground.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "cli/console.hpp"
#include "cli/errors.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

namespace {

constexpr std::size_t buffer_size = 256UL << 10;
constexpr std::size_t min_spliced = 64UL << 10;  // a smaller frame is copied

// Puts the terminal into raw mode, so that keys reach the container as they are typed,
// termios(3).
class raw_terminal {
 public:
  explicit raw_terminal(bool enable) {
    if (!enable || ::tcgetattr(STDIN_FILENO, &before_) == -1) return;
    termios raw = before_;
    ::cfmakeraw(&raw);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
  }
  raw_terminal(const raw_terminal&) = delete;
  raw_terminal& operator=(const raw_terminal&) = delete;
  ~raw_terminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

// Blocks the signals that are passed on, and returns a descriptor to read them from.
unique_fd block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH})
    sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return unique_fd(
      sys::check("signalfd", "", [&] { return ::signalfd(-1, &set, SFD_CLOEXEC); }));
}

bool write_whole(int to, std::string_view data) {
  while (!data.empty()) {
    const auto wrote = ::write(to, data.data(), data.size());
    if (wrote == -1 && errno == EINTR) continue;
    if (wrote == -1) return false;
    data.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

// Returns the size of this command's terminal; zero if it has none.
container::window window_size() {
  winsize size{};
  for (const int terminal : {STDOUT_FILENO, STDIN_FILENO})
    if (::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_row != 0)
      return {size.ws_row, size.ws_col};
  return {};
}

class foreground_streams {
 public:
  foreground_streams(attachment attachment, attach_options options)
      : process_(std::move(attachment)),
        options_(std::move(options)),
        signals_(block_signals()) {}

  int run() {
    // A larger pipe means fewer task switches between this process and its reader. This
    // has no effect if stdout isn't a pipe.
    ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20);
    const raw_terminal raw(process_.terminal && process_.input);
    send_size();
    while (!detached_ && ended_by_ == 0 && (process_.streams || !status_)) dispatch();
    if (detached_) return 0;
    if (ended_by_ != 0) return 128 + ended_by_;
    return *status_;
  }

 private:
  void dispatch() {
    std::array<pollfd, 4> events{{{process_.streams.get(), POLLIN, 0},
                                  {status_ ? -1 : process_.watch.get(), POLLIN, 0},
                                  {signals_.get(), POLLIN, 0},
                                  {process_.input ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (::poll(events.data(), events.size(), -1) == -1) return;
    if (events[0].revents != 0) take_output();
    if (events[1].revents != 0) take_message();
    if (events[2].revents != 0) pass_signal();
    if (events[3].revents != 0) send_input();
  }

  void take_output() {
    if (is_large_ && left_ > 0 && splice_output()) return;
    const auto most = is_large_ && left_ == 0 ? head_.size() : buffer_.size();
    const auto got = ::read(process_.streams.get(), buffer_.data(), most);
    if (got == -1 && errno == EINTR) return;
    if (got <= 0) return process_.streams.reset();
    std::string_view data(buffer_.data(), static_cast<std::size_t>(got));
    if (process_.terminal) return show(STDOUT_FILENO, data);
    while (!data.empty()) take_frame(data);
  }

  // Shows a frame, or a part of one.
  void take_frame(std::string_view& data) {
    if (left_ == 0) {
      const std::size_t need = head_.size() - head_filled_;
      const auto part = data.substr(0, need);
      part.copy(head_.data() + head_filled_, part.size());
      head_filled_ += part.size();
      data.remove_prefix(part.size());
      if (head_filled_ < head_.size()) return;
      head_filled_ = 0;
      left_ = container::size_in(head_);
      is_large_ = can_splice_ && left_ >= min_spliced;
    }
    const auto part = data.substr(0, left_);
    const bool err = is_error();
    if (err ? options_.shows_err : options_.shows_out)
      show(err ? STDERR_FILENO : STDOUT_FILENO, part);
    left_ -= part.size();
    data.remove_prefix(part.size());
  }

  // Moves the frame's content to a pipe without copying it, splice(2). Returns false if
  // the output isn't a pipe. A large frame is likely followed by others, so
  // take_output() then reads the next head alone.
  bool splice_output() {
    const bool err = is_error();
    if (output_closed_ || !(err ? options_.shows_err : options_.shows_out)) return false;
    const auto moved =
        ::splice(process_.streams.get(), nullptr, err ? STDERR_FILENO : STDOUT_FILENO,
                 nullptr, left_, SPLICE_F_MOVE);
    if (moved > 0) left_ -= static_cast<std::size_t>(moved);
    if (moved > 0 || (moved == -1 && errno == EINTR)) return true;
    can_splice_ = is_large_ = false;  // not a pipe, or its reader has closed it
    return false;
  }

  [[nodiscard]] bool is_error() const {
    return container::stream_in(head_) == container::stream::err;
  }

  void show(int where, std::string_view data) {
    if (write_whole(where, data) || output_closed_) return;
    output_closed_ = true;  // the process gets SIGPIPE as well
    process_.watch.send("close");
  }

  void take_message() {
    const auto line = process_.watch.receive();
    if (line && !line->starts_with("ended ")) return;
    if (!line) complain("the container's monitor was killed, and the container with it");
    status_ = line ? std::stoi(line->substr(6)) : 128 + SIGKILL;
    if (!line) return;
    const auto why = line->find(' ', 6) + 1;  // "ended 137 WHY"
    if (why != 0 && why < line->size()) complain(line->substr(why));
  }

  void pass_signal() {
    signalfd_siginfo got{};
    if (::read(signals_.get(), &got, sizeof got) != sizeof got || status_) return;
    if (got.ssi_signo == SIGWINCH) return send_size();
    if (options_.passes_signals)
      process_.watch.send(fmt::format("kill {}", got.ssi_signo));
    else
      ended_by_ = static_cast<int>(got.ssi_signo);
  }

  void send_size() {
    const auto size = window_size();
    if (process_.terminal && size.rows != 0)
      process_.watch.send(fmt::format("resize {} {}", size.rows, size.columns));
  }

  void send_input() {
    std::array<char, 4096> keys;
    const auto got = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (got == -1 && errno == EINTR) return;
    if (got <= 0) {
      process_.input = false;
      ::shutdown(process_.streams.get(), SHUT_WR);
      return;
    }
    const std::string_view typed(keys.data(), static_cast<std::size_t>(got));
    if (process_.terminal && is_detach(typed)) {
      detached_ = true;
      return;
    }
    if (!write_whole(process_.streams.get(), typed)) process_.input = false;
  }

  // Returns true once all detach keys have been typed, in one read or in several.
  bool is_detach(std::string_view typed) {
    const std::string& keys = options_.detach_keys;
    for (const char key : typed) {
      matched_ = key == keys[matched_] ? matched_ + 1 : key == keys[0] ? 1 : 0;
      if (matched_ == keys.size()) return true;
    }
    return false;
  }

  attachment process_;
  attach_options options_;
  unique_fd signals_;
  std::array<char, buffer_size> buffer_;
  container::frame_head head_{};
  std::size_t head_filled_ = 0;
  std::size_t left_ = 0;  // bytes left of the current frame
  bool is_large_ = false, can_splice_ = true;
  std::optional<int> status_;
  int ended_by_ = 0;  // the signal that ends this command, not the container
  bool output_closed_ = false, detached_ = false;
  std::size_t matched_ = 0;  // how many of the detach keys were typed
};

}  // namespace

int follow(attachment attachment, attach_options options) {
  const auto streams =
      std::make_unique<foreground_streams>(std::move(attachment), std::move(options));
  return streams->run();
}

std::string parse_keys(const std::string& text) {
  std::string keys;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const bool with_ctrl = part.size() == 6 && part.starts_with("ctrl-");
    const char key = with_ctrl ? part[5] : part.size() == 1 ? part[0] : '\0';
    if (key == '\0' ||
        (with_ctrl && (key < '@' || key > 'z' || (key > '_' && key < 'a'))))
      throw usage_error(
          fmt::format("--detach-keys {}: invalid key sequence", sys::quote(text)),
          "write keys such as ctrl-p,ctrl-q");
    keys += with_ctrl ? static_cast<char>(key & 0x1f) : key;
  }
  if (keys.empty())
    throw usage_error("--detach-keys: expected a key sequence",
                      "write keys such as ctrl-p,ctrl-q");
  return keys;
}

attach_options attach_options_of(const flags& options) {
  attach_options result;
  const auto streams = options.list("--attach");
  const auto names = [&](const char* stream) {
    return streams.empty() || std::ranges::find(streams, stream) != streams.end();
  };
  for (const auto& stream : streams)
    if (stream != "stdin" && stream != "stdout" && stream != "stderr" && stream != "true")
      throw misuse(fmt::format("--attach {}: expected stdin, stdout or stderr", stream));
  result.shows_out = names("stdout");
  result.shows_err = names("stderr");
  if (options.has("--sig-proxy")) result.passes_signals = options.on("--sig-proxy");
  if (options.has("--detach-keys"))
    result.detach_keys = parse_keys(options.text("--detach-keys"));
  return result;
}

attach_request attach_request_of(bool input, bool terminal) {
  return {input, terminal, terminal ? window_size() : container::window{}};
}

void require_terminal(bool input, bool terminal) {
  if (input && terminal && ::isatty(STDIN_FILENO) != 1)
    throw usage_error("the input device is not a TTY",
                      "omit -t if stdin is a pipe or a file");
}

}  // namespace zoomin::cli
