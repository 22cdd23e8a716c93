// SPDX-License-Identifier: MIT
// requests: what an event loop does for each request; event_loop.hpp describes them.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/text.hpp"
#include "container/control.hpp"
#include "container/monitor/event_loop.hpp"

namespace zoomin::container {

// A handler gets the text behind the verb. It returns false if the request isn't known in
// this form, or if this loop can't carry it out.
struct event_loop::requests {
  static bool attach(event_loop& loop, connected_client& client,
                     const std::string& option) {
    loop.process();
    client.attached = true;
    client.input = option == "input" && loop.ends_.in;
    return true;
  }

  static bool kill(event_loop& loop, connected_client&, const std::string& arguments) {
    int number = 0;
    if (!(std::istringstream(arguments) >> number)) return false;
    loop.signal(number);
    return true;
  }

  template <bool paused>
  static bool pause(event_loop& loop, connected_client&, const std::string& arguments) {
    if (!arguments.empty()) return false;
    loop.pause(paused);
    return true;
  }

  // Passes the argument to a handler that only the monitor of a container has.
  template <std::function<void(const std::string&)> request_handlers::*handler>
  static bool pass_on(event_loop& loop, connected_client&, const std::string& argument) {
    const auto& handle = loop.handlers_.*handler;
    if (argument.empty() || !handle) return false;
    handle(argument);
    return true;
  }

  static bool pin(event_loop& loop, connected_client&, const std::string&) {
    if (!loop.handlers_.prevent_spoofing) return false;
    loop.handlers_.prevent_spoofing();
    return true;
  }

  static bool stop(event_loop& loop, connected_client& client,
                   const std::string& arguments) {
    std::istringstream words(arguments);
    int signal = 0, seconds = 0;
    std::string option;
    if (!(words >> signal >> seconds)) return false;
    words >> option;
    client.waits = loop.by_user_ = true;
    loop.kept_ = option == "keep";
    loop.stop(signal, std::chrono::seconds(seconds));
    return true;
  }

  static bool down(event_loop& loop, connected_client& client, const std::string&) {
    client.waits = true;
    loop.stop(loop.handlers_.stop_signal, loop.handlers_.stop_timeout);
    return true;
  }

  static bool remove(event_loop& loop, connected_client& client, const std::string&) {
    client.waits = loop.removed_ = true;
    loop.thaw_to_end();
    if (loop.child_ != nullptr) loop.child_->kill(SIGKILL);
    return true;
  }

  static bool wait(event_loop&, connected_client& client, const std::string&) {
    client.waits = client.waits_for_last = true;
    return true;
  }

  static bool resize(event_loop& loop, connected_client&, const std::string& arguments) {
    std::istringstream words(arguments);
    int rows = 0, columns = 0;
    if (!(words >> rows >> columns)) return false;
    if (loop.terminal_)
      container::resize(loop.ends_.out.get(), {static_cast<unsigned short>(rows),
                                               static_cast<unsigned short>(columns)});
    return true;
  }

  static bool close(event_loop& loop, connected_client&, const std::string&) {
    loop.ends_.out.reset();
    loop.ends_.err.reset();
    return true;
  }

  struct entry {
    std::string_view verb;
    bool (*handle)(event_loop&, connected_client&, const std::string& arguments);
  };
  static constexpr auto table() {
    return std::to_array<entry>({{"attach", attach},
                                 {"kill", kill},
                                 {"pause", pause<true>},
                                 {"unpause", pause<false>},
                                 {"rename", pass_on<&request_handlers::rename>},
                                 {"update", pass_on<&request_handlers::update>},
                                 {"connect", pass_on<&request_handlers::connect>},
                                 {"disconnect", pass_on<&request_handlers::disconnect>},
                                 {"pin", pin},
                                 {"stop", stop},
                                 {"down", down},
                                 {"remove", remove},
                                 {"wait", wait},
                                 {"resize", resize},
                                 {"close", close}});
  }
};

std::string event_loop::answer_to(connected_client& client, const std::string& line) {
  const auto [verb, arguments] = text::cut(line, ' ');
  if (verb == "zoomin") {
    std::istringstream(arguments) >> client.version;
    return fmt::format("zoomin {}\n", protocol_version);
  }
  static constexpr auto table = requests::table();
  const auto* const known = std::ranges::find(table, verb, &requests::entry::verb);
  if (known == table.end() || !known->handle(*this, client, arguments))
    throw usage_error(failure_kind::unsupported,
                      fmt::format("{} {}", unknown_request, line));
  return "ok\n";
}

}  // namespace zoomin::container
