// SPDX-License-Identifier: MIT
// event_loop: the loop of a monitor, or of an exec. It carries the output of the process
// that it owns to the log and to attached clients, and handles requests over sockets,
// until that process ends, and between the runs of a container. It needs one thread and
// one poll(2).
//
// The control protocol, version 2. A connection carries lines of at most 1 MiB. The
// client begins with "zoomin 2", its version of the protocol, and the monitor answers
// with its own. Each further line is answered by a line: "ok", or the failure as an
// object,
//   {"kind": "invalid", "field": "HostConfig.CpuQuota", "text": WHY, "hint": TEXT}
// `kind` is a failure_kind (common/error.hpp), and `field` is empty unless a setting is
// at fault. A system call that failed has the kind "system", and "call", "object" and
// "errno" instead of "field".
//
// A monitor keeps accepting older requests, so that containers needn't be restarted after
// an upgrade. In version 1 a failure is the line "error WHY"; a client that begins with
// "zoomin 1", or without a version, receives it in this form. A monitor that is older
// than the versions answers "error unknown request: zoomin 2" to the first line. It knows
// all requests but the option `keep`, and accepts lines of at most 4,096 bytes.
//
// The requests:
//   attach [input]        from then on the connection carries the streams: Docker's
//                         frames (one byte 1 or 2 for stdout or stderr, three bytes 0,
//                         four bytes of length, the data), or the bare data with a
//                         terminal. Data from the client is stdin; its half-close ends
//                         stdin
//   kill SIGNAL
//   stop SIGNAL SECONDS [keep]   sends the signal, and SIGKILL after SECONDS; answers
//                         "ended STATUS WHY" when the container has ended. With keep,
//                         --rm doesn't remove the container
//   down                  stops the container with its own signal and timeout; it doesn't
//                         count as stopped by the user
//   pause, unpause
//   rename NAME
//   update JSON           changes values of the HostConfig
//   connect JSON          connects the container to a network
//   disconnect NETWORK
//   pin                   adds anti-spoofing rules to the container's network
//   remove                kills and removes the container; answers "ended STATUS"
//   wait                  answers "ended STATUS" when the container has ended and isn't
//                         restarted
//   resize ROWS COLUMNS
//   close                 closes the process's output, because the client's has no reader
// A connection may carry several requests.
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
  // `listener`: the control socket, or none. `directory`: where the output queues of slow
  // clients spill to disk.
  explicit event_loop(unique_fd listener, std::string directory = {});

  // Attaches a client without a request. The loop waits for it however slow it is, so
  // that it loses no output.
  void attach(unique_fd connection, bool input);
  // Adds a connection that only receives the exit notification.
  void watch(unique_fd connection);

  // Handlers of the requests that only the monitor can carry out. Each throws the reason
  // if it fails.
  struct request_handlers {
    std::function<void(bool paused)> pause;
    std::function<void(const std::string& name)> rename;
    std::function<void(const std::string& host_config)> update;
    std::function<void(const std::string& attachment)> connect;
    std::function<void(const std::string& network)> disconnect;
    std::function<void()> prevent_spoofing;
    // Kills the processes that outlive init. Called once init has ended.
    std::function<void()> kill_rest;
    int stop_signal = SIGTERM;
    std::chrono::milliseconds stop_timeout = std::chrono::seconds(10);
  };
  void set_handlers(request_handlers handlers) { handlers_ = std::move(handlers); }

  // Sets the process, its streams and its log until run() returns. Borrows `child`, and
  // `log`, which may be null.
  void serve(pid::child& child, outer_ends ends, bool terminal, log_writer* log);
  // Adds an event source until run() returns. Borrows `source`, which may be null.
  void add_source(base::event_source* source) {
    if (source != nullptr) sources_.push_back(source);
  }
  // Runs until the process has ended and all its output is in the log and the queues.
  pid::exit_status run();
  // Serves clients while no process runs. Returns false if the container must not be
  // restarted.
  bool sleep_until_restart(std::chrono::milliseconds time);
  // Returns true if the container was stopped, by its user or because the machine goes
  // down, so that it isn't restarted.
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool stopped_by_user() const { return by_user_; }
  [[nodiscard]] bool removed() const { return removed_; }
  // Returns true if the container is kept in spite of --rm, because it will be started
  // again.
  [[nodiscard]] bool kept() const { return kept_; }
  // Sends the queued output and the exit notification. Call it once the resources are
  // released. `again` means that the container will be restarted; then only clients that
  // wait for the end of this run are notified.
  void finish(int status, const std::string& why = {}, bool again = false);

 private:
  struct connected_client {
    unique_fd connection;
    bool attached = false;
    bool input = false;
    bool lossless = false;
    bool waits = false;
    bool waits_for_last = false;  // for the end of the last run
    bool silent = false;          // half-closed: it sends no more
    bool gone = false;
    int version = 1;         // of the protocol that it speaks
    std::string received{};  // the beginning of a line
    output_queue queue{};
  };
  void add(connected_client client);
  void dispatch();
  void take_output(unique_fd& from, stream stream);
  void send(connected_client& client, stream stream, std::string_view data);
  static void flush(connected_client& client);
  void on_readable(connected_client& client);
  void on_end_of_file(connected_client& client);
  void handle_request(connected_client& client, const std::string& line);
  struct requests;  // the table of the requests and their handlers
  std::string answer_to(connected_client& client, const std::string& line);
  void write_input();
  void accept_client();
  void stop(int signal, std::chrono::milliseconds timeout);
  void signal(int number);
  pid::child& process();
  void pause(bool paused);
  void thaw_to_end();
  [[nodiscard]] bool output_is_held() const;
  [[nodiscard]] int timeout() const;
  void wait_for_events(std::vector<pollfd>& events) const;

  using clock = std::chrono::steady_clock;

  pid::child* child_ = nullptr;
  std::vector<base::event_source*> sources_;
  outer_ends ends_;
  bool terminal_ = false;
  log_writer* log_ = nullptr;
  unique_fd listener_;
  std::string directory_;
  unique_fd signals_;
  std::deque<connected_client> clients_;
  std::string input_;  // not yet written to stdin
  bool input_ends_ = false;
  std::optional<clock::time_point> kill_at_, wake_at_;
  request_handlers handlers_;
  bool stopped_ = false, by_user_ = false, removed_ = false, kept_ = false;
  bool ended_ = false, paused_ = false;
};

}  // namespace zoomin::container
