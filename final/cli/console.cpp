// SPDX-License-Identifier: MIT
#include "cli/console.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>

#include "base/field_error.hpp"
#include "base/printable.hpp"
#include "common/error.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::cli {

std::string in_flags(std::string_view text) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.";
  std::string result;
  while (!text.empty()) {
    const auto size = std::min(text.find_first_not_of(letters), text.size());
    const auto word = text.substr(0, size);
    const bool is_field = !base::field_in(word).empty();
    const auto flag = is_field ? container::flag_of(word) : std::string_view();
    result += flag.empty() ? word : flag;
    if (size < text.size()) result += text[size];
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return result;
}

void complain(const std::string& text, const std::string& hint) {
  std::string result = fmt::format("zoomin: {}\n", base::printable(in_flags(text)));
  if (!hint.empty()) result += fmt::format("hint: {}\n", base::printable(in_flags(hint)));
  [[maybe_unused]] const auto ignored =
      ::write(STDERR_FILENO, result.data(), result.size());
}

void report_failure(const usage_error& failure) {
  complain(failure.what(), failure.hint());
}

void write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(to, text.data(), text.size());
    if (wrote == -1 && errno == EINTR) continue;
    if (wrote == -1) throw sys::error(errno, "write", to == 1 ? "stdout" : "stderr");
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void print(const std::string& text) { write_all(STDOUT_FILENO, text); }

bool wait_while_read(int fd) {
  std::array<pollfd, 2> polled{{{fd, POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
  if (::poll(polled.data(), polled.size(), -1) == -1 && errno != EINTR)
    throw sys::error(errno, "poll", "stdout");
  return polled[1].revents == 0;
}

void require_consent(bool forced, const std::string& targets) {
  if (forced) return;
  print(
      fmt::format("WARNING! This will remove {}.\n"
                  "Are you sure you want to continue? [y/N] ",
                  targets));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "Y" && answer != "yes") throw consent_refused();
}

int for_each(const arguments& names,
             const std::function<void(const std::string&)>& action) {
  int status = 0;
  for (const auto& name : names) {
    try {
      action(name);
    } catch (const usage_error& refused) {
      complain(refused.what(), refused.hint());
      status = 1;
    } catch (const sys::error& failure) {
      complain(failure.what(), hint_for(failure));
      status = 1;
    }
  }
  return status;
}

}  // namespace zoomin::cli
