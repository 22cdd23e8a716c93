// SPDX-License-Identifier: MIT
#include "01-pid/gate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "common/sys.hpp"

namespace zoomin::pid {

namespace {

constexpr std::size_t largest_message = std::size_t{16} * 1024;

// Encodes a failure as "errno\0call\0object\0hint". An errno of 0 stands for a
// usage_error, whose kind is the call and whose text is the object.
std::string packed(int number, std::string_view call, std::string_view object,
                   std::string_view hint) {
  const std::string_view nul("\0", 1);
  return fmt::format("{}{}{}{}{}{}{}", number, nul, call.substr(0, 64), nul,
                     object.substr(0, 4096), nul, hint.substr(0, 1024));
}

std::string packed(failure_kind kind, std::string_view text, std::string_view hint) {
  return packed(0, std::to_string(static_cast<int>(kind)), text, hint);
}

[[noreturn]] void throw_packed(std::string_view text) {
  std::array<std::string, 4> fields;
  for (auto& field : fields) {
    const auto end = text.find('\0');
    field = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const auto& [number, call, object, hint] = fields;
  if (number == "0")
    throw usage_error(static_cast<failure_kind>(std::stoi(call)), object, hint);
  if (call == "pause") narration::interrupt();
  throw sys::error(std::stoi(number), call, object, hint);
}

}  // namespace

std::pair<gate, gate> gate::make() {
  // Task 1.1 begins.
  std::array<int, 2> ends{};
  sys::check("socketpair", "gate", [&] {
    return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data());
  });
  return {gate(unique_fd(ends[0])), gate(unique_fd(ends[1]))};
  // Task 1.1 ends.
}

void gate::send(message kind, std::string_view text, int descriptor) {
  narration::show_brief();
  const std::string body = static_cast<char>(kind) + std::string(text);
  iovec data{const_cast<char*>(body.data()), body.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (descriptor >= 0) {  // SCM_RIGHTS, unix(7)
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  sys::check("sendmsg", "gate",
             [&] { return ::sendmsg(fd_.get(), &header, MSG_NOSIGNAL); });
}

message gate::receive(std::vector<unique_fd>* descriptors, std::string* text) {
  narration::show_brief();
  while (true) {
    std::array<char, largest_message> buffer{};
    iovec data{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const auto size = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
    if (size == -1 && errno == EINTR) continue;
    // ECONNRESET is an end of file while messages that this side sent are still unread.
    if (size == 0 || (size == -1 && errno == ECONNRESET)) return message::end_of_file;
    if (size == -1) throw sys::error(errno, "recvmsg", "gate");
    const auto kind = static_cast<message>(buffer[0]);
    if (kind == message::failure)
      throw_packed({buffer.data() + 1, static_cast<std::size_t>(size) - 1});
    if (text != nullptr)
      text->assign(buffer.data() + 1, static_cast<std::size_t>(size) - 1);
    if (kind != message::descriptor) return kind;
    if (const cmsghdr* rights = CMSG_FIRSTHDR(&header); rights != nullptr) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
      unique_fd owned(descriptor);
      if (descriptors != nullptr) descriptors->push_back(std::move(owned));
    }
  }
}

void gate::report(const std::exception& failure) noexcept {
  try {
    if (const auto* refused = dynamic_cast<const sys::error*>(&failure))
      send(message::failure, packed(refused->number(), refused->call(), refused->object(),
                                    refused->hint()));
    else if (const auto* usage = dynamic_cast<const usage_error*>(&failure))
      send(message::failure, packed(usage->kind(), usage->what(), usage->hint()));
    else
      send(message::failure, packed(failure_kind::invalid, failure.what(), {}));
  } catch (const std::exception&) {
    // The host's side is gone, and nobody can receive the report.
  }
}

void gate::move_to(int number) {
  if (fd_.get() == number) return;
  sys::check("dup3", "gate", [&] { return ::dup3(fd_.get(), number, O_CLOEXEC); });
  fd_ = unique_fd(number);
}

}  // namespace zoomin::pid
