// SPDX-License-Identifier: MIT
// event_loop: the owner's life with a process inside: carries its streams to the log and
// to whoever is attached, and does what is asked over sockets, until it ends, and while a
// container rests until it is run again. One thread, one poll(2).
//
// A connection carries lines of at most 1 MiB. It begins with "zoomin 1", the version of
// the protocol, and is answered by the owner's. An owner from before versions answers
// "error unknown request: zoomin 1" instead and understands all words but `keep`; it
// takes lines of 4,096 bytes at most. An owner goes on to understand older requests, so
// that a container needn't be restarted after an upgrade. Each further line gets a line
// back, "ok" or "error WHY":
//   attach [input]        then it carries the streams: Docker's frames (a byte 1 or 2 for
//                         stdout or stderr, three of 0, four of length, the data), bare
//                         with a terminal. Its own bytes are stdin, its half-close is
//                         stdin's end.
//   kill SIGNAL
//   stop SIGNAL SECONDS [keep]   asks, then kills; "ended STATUS WHY" once all is over;
//                         keep: it isn't removed, although that was asked for its end
//   down                  the same with its own signal and time; not by its user
//   pause, unpause
//   rename NAME
//   update JSON           other words in its HostConfig
//   connect JSON          a network more
//   disconnect NETWORK
//   pin                     what is sent from its network from now on, pins.hpp
//   remove                kills, and has it removed; "ended STATUS"
//   wait                  "ended STATUS", once it isn't to be run again
//   resize ROWS COLUMNS
//   close                 its output has no reader any more
// Several lines may follow each other on one connection.
#pragma once

#include <poll.h>
#include <signal.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "01-pid/pid.hpp"
#include "base/event_source.hpp"
#include "common/fd.hpp"
#include "container/log/writer.hpp"
#include "container/monitor/output_queue.hpp"
#include "container/runtime/stdio.hpp"

namespace zoomin::container {

class event_loop {
 public:
  // Without a listening socket where that is empty. `directory`: room for what readers
  // who are slow haven't had yet.
  explicit event_loop(unique_fd listener, std::string directory = {});

  // A connection that has asked already: it is waited for however slow it is, and nothing
  // is lost for it.
  void attach(unique_fd connection, bool input);
  // One that is told the end.
  void watch(unique_fd connection);

  // What only the owner can do; each throws what keeps it from it.
  struct request_handlers {
    std::function<void(bool wanted)> pause;
    std::function<void(const std::string& name)> rename;
    std::function<void(const std::string& host_config)> update;
    std::function<void(const std::string& attachment)> connect;
    std::function<void(const std::string& network)> disconnect;
    std::function<void()> pin;
    // Ends all processes of the container that outlive its first one, once that has
    // ended.
    std::function<void()> end_rest;
    int stop_signal = SIGTERM;
    std::chrono::milliseconds patience = std::chrono::seconds(10);
  };
  void set_handlers(request_handlers can) { owner_ = std::move(can); }

  // What it lives with, until run() returns: borrows `of` and `kept`, which may be empty.
  void serve(pid::child& child, outer_ends ends, bool terminal, log_writer* kept);
  // Until run() returns; borrowed, and may be empty.
  void add_source(event_source* other) {
    if (other != nullptr) others_.push_back(other);
  }
  // Until the process has ended and all it wrote is with the log and the queues.
  pid::exit_status run();
  // Without a process. False where it isn't to be run again.
  bool sleep_until_restart(std::chrono::milliseconds time);
  // Somebody ended it, or wants it to stay as it is: its user, or the machine's end.
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool stopped_by_user() const { return by_user_; }
  [[nodiscard]] bool removed() const { return removed_; }
  // Tells whether the container is kept although its end was to remove it: it will be
  // started again.
  [[nodiscard]] bool kept() const { return kept_; }
  // Once all is undone: sends what is still queued, and tells those who wait, `again`
  // only those who wait for this run.
  void finish(int status, const std::string& why = {}, bool again = false);

 private:
  struct connected_client {
    unique_fd connection;
    bool attached = false;
    bool input = false;
    bool lossless = false;
    bool waits = false;
    bool to_the_last = false;  // for the last run's end
    bool silent = false;       // half closed: says nothing more
    bool gone = false;
    std::string received{};  // the beginning of a line
    output_queue queue{};
  };
  void add(connected_client client);
  void dispatch();
  void take_output(unique_fd& from, stream which);
  void send(connected_client& to, stream which, std::string_view data);
  static void flush(connected_client& to);
  void on_line(connected_client& from);
  void hear_end(connected_client& from);
  void handle_request(connected_client& from, const std::string& line);
  std::string answer_to(connected_client& from, const std::string& line);
  void give_input();
  void accept_one();
  void stop(int signal, std::chrono::milliseconds patience);
  void signal(int number);
  pid::child& process();
  void pause(bool wanted);
  void unpause_to_end();
  [[nodiscard]] bool output_is_held() const;
  [[nodiscard]] int timeout() const;
  void wait_for_events(std::vector<pollfd>& events) const;

  using clock = std::chrono::steady_clock;

  pid::child* child_ = nullptr;
  std::vector<event_source*> others_;
  outer_ends ends_;
  bool terminal_ = false;
  log_writer* log_ = nullptr;
  unique_fd listener_;
  std::string directory_;
  unique_fd signals_;
  std::deque<connected_client> clients_;
  std::string input_;  // on its way to stdin
  bool input_ends_ = false;
  std::optional<clock::time_point> kill_at_, wake_at_;
  request_handlers owner_;
  bool stopped_ = false, by_user_ = false, removed_ = false, kept_ = false;
  bool ended_ = false, paused_ = false;
};

}  // namespace zoomin::container
