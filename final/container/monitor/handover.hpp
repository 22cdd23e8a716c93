// SPDX-License-Identifier: MIT
// handover: what a command passes to the monitor that it executes, besides the files of
// the container: open descriptors, by their numbers, and the settings of the narration.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/fd.hpp"
#include "common/narration.hpp"
#include "container/monitor/attached_client.hpp"
#include "container/monitor/daemonize.hpp"

namespace zoomin::container {

struct handover {
  unique_fd lock;      // of the container
  unique_fd listener;  // clients that connect early wait for the event loop
  std::vector<attached_client> clients;
  narration::style narration_style = narration::style::off;
  unique_fd record;  // of the narration; empty if there is none
};

// The numbers of some descriptors, and the text that says which is which.
struct handover_words {
  std::string text;
  std::vector<int> descriptors;
};
handover_words words_of(const unique_fd& lock, const unique_fd& listener,
                        const std::vector<attached_client>& clients);
// Takes the descriptors, and makes them close-on-exec again. Throws usage_error if the
// text is damaged.
handover parse_handover(const std::string& text);

// Takes over what launch() has passed to this program, whose words are ID, the handover's
// text and those that launch() adds; begins to narrate, if the caller does. Throws
// usage_error.
std::pair<handover, launched> take_over(const std::vector<std::string>& words);

}  // namespace zoomin::container
