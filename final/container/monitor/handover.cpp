// SPDX-License-Identifier: MIT
#include "container/monitor/handover.hpp"

#include <fcntl.h>

#include "base/json.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

// Adds a descriptor under its key, unless it is empty.
void put(json& to, const char* key, const unique_fd& fd, std::vector<int>& descriptors) {
  if (!fd) return;
  to[key] = fd.get();
  descriptors.push_back(fd.get());
}

unique_fd take(const json& from, const char* key) {
  const int number = from.value(key, -1);
  if (number < 0) return {};
  sys::check("fcntl", key, [&] { return ::fcntl(number, F_SETFD, FD_CLOEXEC); });
  return unique_fd(number);
}

attached_client take_client(const json& from) {
  return {.streams = take(from, "Streams"),
          .input = from.value("Input", false),
          .control = take(from, "Control"),
          .size = {from.value<unsigned short>("Rows", 0),
                   from.value<unsigned short>("Columns", 0)},
          .stays = from.value("Stays", false)};
}

}  // namespace

handover_words words_of(const unique_fd& lock, const unique_fd& listener,
                        const std::vector<attached_client>& clients) {
  handover_words words;
  json document{{"Narration", static_cast<int>(narration::current_style())},
                {"Clients", json::array()}};
  if (narration::records()) {
    document["Record"] = narration::record_file();
    words.descriptors.push_back(narration::record_file());
  }
  put(document, "Lock", lock, words.descriptors);
  put(document, "Listener", listener, words.descriptors);
  for (const auto& client : clients) {
    json entry{{"Input", client.input},
               {"Rows", client.size.rows},
               {"Columns", client.size.columns},
               {"Stays", client.stays}};
    put(entry, "Streams", client.streams, words.descriptors);
    put(entry, "Control", client.control, words.descriptors);
    document["Clients"].push_back(std::move(entry));
  }
  words.text = base::json_text(document);
  return words;
}

handover parse_handover(const std::string& text) {
  return base::read_or_damaged("the handover", {}, [&] {
    const auto document = base::parse_own<json>(text, "the handover");
    handover taken{
        .lock = take(document, "Lock"),
        .listener = take(document, "Listener"),
        .clients = {},
        .narration_style = static_cast<narration::style>(document.value("Narration", 0)),
        .record = take(document, "Record")};
    for (const auto& client : document.at("Clients"))
      taken.clients.push_back(take_client(client));
    return taken;
  });
}

std::pair<handover, launched> take_over(const std::vector<std::string>& words) {
  if (words.size() != 4)
    throw usage_error("this command is for zoomin itself",
                      "use `zoomin start` or `zoomin exec`");
  auto taken = parse_handover(words[1]);
  if (taken.narration_style != narration::style::off)
    narration::begin({.style = taken.narration_style});
  if (taken.record) narration::continue_record(std::move(taken.record));
  return {std::move(taken),
          launched{pid::gate(unique_fd(std::stoi(words[2]))), words[3]}};
}

}  // namespace zoomin::container
