// SPDX-License-Identifier: MIT
#include "build/parallel_stages.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <list>
#include <utility>

#include "base/json.hpp"
#include "base/parallel.hpp"
#include "build/stage_failure.hpp"
#include "build/steps.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"

namespace zoomin::build {

using nlohmann::json;

namespace {

// --- messages: a header with the kind and the length, then the text ---

enum class kind : std::uint8_t {
  note,
  warning,
  begin,
  output,
  explain,
  end,       // the kinds so far: calls of an observer, and warnings
  fetch,     // answered with an empty message
  download,  // answered with an empty message
  done,
  failed
};

struct message {
  kind type = kind::done;
  std::string text{};
};

struct header {
  std::uint32_t length;
  kind type;
};

void send_bytes(int to, const void* bytes, std::size_t size) {
  for (const auto* next = static_cast<const char*>(bytes); size > 0;) {
    const auto sent = sys::check("send", "a stage's socket",
                                 [&] { return ::send(to, next, size, MSG_NOSIGNAL); });
    next += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

void send(int to, kind type, std::string_view text) {
  const header begin{static_cast<std::uint32_t>(text.size()), type};
  send_bytes(to, &begin, sizeof begin);
  send_bytes(to, text.data(), text.size());
}

bool receive_bytes(int from, void* bytes, std::size_t size) {
  return size == 0 || std::cmp_equal(::recv(from, bytes, size, MSG_WAITALL), size);
}

// Waits for a message. Returns nothing if the other process has ended.
std::optional<message> receive(int from) {
  header begin{};
  if (!receive_bytes(from, &begin, sizeof begin)) return std::nullopt;
  message result{begin.type, std::string(begin.length, '\0')};
  if (!receive_bytes(from, result.text.data(), begin.length)) return std::nullopt;
  return result;
}

json title_json(const step_title& step) {
  return {{"stage", step.stage},
          {"number", step.number},
          {"count", step.count},
          {"text", step.text}};
}

step_title title_of(const json& from) {
  return {from.at("stage"), from.at("number"), from.at("count"), from.at("text")};
}

std::string text_of(const json& value) { return base::shown_json(value); }

// Sends the calls from the process of a stage to the build.
class sending_observer : public observer {
 public:
  explicit sending_observer(int to) : to_(to) {}
  void note(std::string_view warning) override { send(to_, kind::note, warning); }
  void begin(const step_title& step) override {
    send(to_, kind::begin, text_of(title_json(step)));
  }
  void output(std::string_view bytes) override { send(to_, kind::output, bytes); }
  void explain(std::string_view lines) override { send(to_, kind::explain, lines); }
  void end(const step_title& step, const step_result& result) override {
    auto text = title_json(step);
    text["cached"] = result.cached;
    text["seconds"] = result.seconds;
    if (result.layer_bytes) text["layer"] = *result.layer_bytes;
    send(to_, kind::end, text_of(text));
  }

 private:
  int to_;
};

void show(const message& shown, observer& report) {
  const std::string& text = shown.text;
  if (shown.type == kind::note) report.note(text);
  if (shown.type == kind::warning) narration::warn(text);
  if (shown.type == kind::begin) report.begin(title_of(json::parse(text)));
  if (shown.type == kind::output) report.output(text);
  if (shown.type == kind::explain) report.explain(text);
  if (shown.type != kind::end) return;
  const auto ended = json::parse(text);
  step_result result{ended.at("cached"), ended.at("seconds")};
  if (ended.contains("layer")) result.layer_bytes = ended.at("layer");
  report.end(title_of(ended), result);
}

// --- the process of a stage ---

// Asks the build to fetch something, which may show progress on the terminal, and waits
// for the answer.
void ask(int socket, kind type, const std::string& text) {
  send(socket, type, text);
  if (!receive(socket)) ::_exit(1);
}

void fetch_through_build(build_options& options, int socket) {
  if (options.fetch)
    options.fetch = [=](const std::string& name) { ask(socket, kind::fetch, name); };
  if (options.download)
    options.download = [=](const std::string& url, const std::string& path) {
      ask(socket, kind::download, path + "\n" + url);
    };
}

[[noreturn]] void build_in_child(session& build, std::size_t number, int socket) {
  sending_observer report(socket);
  std::string error;
  const narration::warning_scope warnings(
      [&](std::string_view text) { send(socket, kind::warning, text); });
  try {
    sys::set_parent_death_signal(sys::quiet, SIGKILL);
    build.stop.separate();
    build.report = report;
    fetch_through_build(build.options, socket);
    stage_steps(build, number).run();
    build.store_steps();
    send(socket, kind::done, to_text(build.states[number]));
    ::_exit(0);
  } catch (const base::cancelled&) {
    ::_exit(1);
  } catch (const std::exception& failure) {
    error = stage_failure(failure);
  }
  try {
    build.store_steps();
    send(socket, kind::failed, error);
  } catch (const std::exception&) {  // the build has ended
  }
  ::_exit(1);
}

// --- the build ---

struct worker {
  std::size_t stage;
  unique_fd process, socket;
  std::vector<message> unshown{};
  bool ended = false;
};

class stage_pool {
 public:
  explicit stage_pool(session& build)
      : build_(build),
        states_(build.plan.stages.size(), state::waiting),
        most_(base::processors()) {}
  stage_pool(const stage_pool&) = delete;
  stage_pool& operator=(const stage_pool&) = delete;

  ~stage_pool() {
    for (const auto& each : workers_) sys::pidfd_send_signal(each.process.get(), SIGTERM);
    for (auto& each : workers_) reap(each);
  }

  void run() {
    while (start_ready()) wait();
  }

 private:
  enum class state { waiting, begun, done };

  [[nodiscard]] bool is_ready(std::size_t stage) const {
    return build_.plan.needed[stage] && states_[stage] == state::waiting &&
           std::ranges::all_of(build_.plan.sources[stage], [this](std::size_t source) {
             return states_[source] == state::done;
           });
  }

  // Starts the stages that are ready. Returns false if the build is complete.
  bool start_ready() {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (is_ready(i)) ready.push_back(i);
    if (workers_.empty() && (ready.size() == 1 || (most_ == 1 && !ready.empty()))) {
      stage_steps(build_, ready[0]).run();
      states_[ready[0]] = state::done;
      return true;
    }
    for (const auto stage : ready)
      if (running() < most_) start(stage);
    return !workers_.empty();
  }

  [[nodiscard]] std::size_t running() const {
    return static_cast<std::size_t>(std::ranges::count(workers_, false, &worker::ended));
  }

  void start(std::size_t stage) {
    std::array<int, 2> ends{};
    sys::check("socketpair", "a stage", [&] {
      return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
    });
    worker added{stage, {}, unique_fd(ends[0])};
    unique_fd childs(ends[1]);
    build_.store_steps();  // so that the child doesn't store them, too
    if (sys::clone3(sys::quiet, 0, -1, &added.process) == 0) {
      added.socket.reset();
      for (auto& each : workers_) each.socket.reset();
      build_in_child(build_, stage, childs.get());
    }
    states_[stage] = state::begun;
    workers_.push_back(std::move(added));
  }

  void wait() {
    if (workers_.empty()) return;
    std::vector<pollfd> polled{{build_.stop.fd(), POLLIN, 0}};
    for (const auto& each : workers_)
      polled.push_back({each.ended ? -1 : each.socket.get(), POLLIN, 0});
    sys::check("poll", "the stages", [&] {
      int ready = 0;
      do ready = ::poll(polled.data(), polled.size(), -1);
      while (ready == -1 && errno == EINTR);
      return ready;
    });
    build_.stop.check();
    auto next = polled.begin();
    for (auto& each : workers_)
      if ((++next)->revents != 0) handle_message(each);
    show_in_order();
  }

  // Handles the next message of a stage.
  void handle_message(worker& from) {
    auto got = receive(from.socket.get());
    if (!got) return fail(from, "");
    if (got->type == kind::failed) return fail(from, got->text);
    if (got->type == kind::fetch || got->type == kind::download) {
      answer(from, *got);
    } else if (got->type == kind::done) {
      build_.states[from.stage] = parse_state(got->text);
      states_[from.stage] = state::done;
      from.ended = true;
    } else {
      from.unshown.push_back(std::move(*got));
    }
  }

  void answer(worker& to, const message& request) const {
    const auto& text = request.text;
    const auto end = text.find('\n');
    if (request.type == kind::fetch)
      build_.options.fetch(text);
    else
      build_.options.download(text.substr(end + 1), text.substr(0, end));
    send(to.socket.get(), kind::done, "");
  }

  void show_in_order() {
    while (!workers_.empty()) {
      auto& first = workers_.front();
      show_all(first);
      if (!first.ended) return;
      reap(first);
      workers_.pop_front();
    }
  }

  void show_all(worker& shown) const {
    for (const auto& each : std::exchange(shown.unshown, {})) show(each, build_.report);
  }

  // Shows the progress of a failed stage, then throws its error.
  void fail(worker& from, const std::string& failure) {
    build_.stop.check();
    show_all(from);
    if (!failure.empty()) throw_stage_failure(failure);
    throw usage_error(failure_kind::damaged, "a stage's process ended unexpectedly",
                      "it may have been killed; try again");
  }

  static void reap(worker& ended) {
    ended.socket.reset();
    siginfo_t info{};
    while (::waitid(P_PIDFD, static_cast<id_t>(ended.process.get()), &info, WEXITED) ==
               -1 &&
           errno == EINTR) {
    }
  }

  session& build_;
  std::vector<state> states_;
  std::size_t most_;
  std::list<worker> workers_;  // that aren't completely shown, in order of start
};

}  // namespace

void build_stages(session& build) { stage_pool(build).run(); }

}  // namespace zoomin::build
