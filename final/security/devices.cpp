// SPDX-License-Identifier: MIT
// devices: cgroup version 1 has files for device rules, see the kernel's documentation
// "Device Whitelist Controller". Version 2 runs an eBPF program at each open and mknod:
// bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE. The program, which is assembled here, has a few
// comparisons for each rule, and returns 1 (allowed) if all comparisons of a rule hold.
// After the last rule it returns 0.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "04-cgroups/cgroup.hpp"
#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"
#include "security/security.hpp"

namespace zoomin::security {

using namespace sys;

namespace {

// --- version 1 ---

std::string number_text(const std::optional<std::uint32_t>& number) {
  return number ? fmt::format("{}", *number) : "*";
}

std::string text_of(const device_rule& rule) {
  return fmt::format("{} {}:{} {}", rule.type, number_text(rule.number),
                     number_text(rule.minor), rule.access);
}

// Allows only these devices. Each rule needs a write(2) of its own.
void confine_v1(const std::string& directory, const std::vector<device_rule>& allowed) {
  write_file({"devices.none"_id, "deny all devices"}, directory + "/devices.deny", "a");
  const std::string path = directory + "/devices.allow";
  const unique_fd file = sys::open(path, O_WRONLY);
  for (const auto& rule : allowed) {
    const std::string text = text_of(rule);
    write_open({"devices"_id, "allow only", text}, file.get(), path, text);
  }
}

// --- version 2 ---

using program = std::vector<bpf_insn>;

// Names the registers: r2 holds the type of the device, r3 the access, r4 the major and
// r5 the minor number; r1 points to the context at the start.
constexpr std::uint8_t context = BPF_REG_1, kind = BPF_REG_2, access_bits = BPF_REG_3,
                       major_number = BPF_REG_4, minor_number = BPF_REG_5,
                       scratch = BPF_REG_6, verdict = BPF_REG_0;

bpf_insn instruction(unsigned code, std::uint8_t to, std::uint8_t from, std::int16_t jump,
                     std::int32_t value) {
  bpf_insn made{};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = to & 0xfU;
  made.src_reg = from & 0xfU;
  made.off = jump;
  made.imm = value;
  return made;
}
bpf_insn load_field(std::uint8_t to, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, context,
                     static_cast<std::int16_t>(offset), 0);
}
bpf_insn copy(std::uint8_t to, std::uint8_t from) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
bpf_insn set(std::uint8_t to, std::int32_t value) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
bpf_insn keep_bits(std::uint8_t number, std::int32_t bits) {
  return instruction(BPF_ALU | BPF_AND | BPF_K, number, 0, 0, bits);
}
bpf_insn shift_right(std::uint8_t number, std::int32_t by) {
  return instruction(BPF_ALU | BPF_RSH | BPF_K, number, 0, 0, by);
}
// Returns a jump whose target part_for() sets.
bpf_insn jump_unless(std::uint8_t number, std::int32_t value) {
  return instruction(BPF_JMP | BPF_JNE | BPF_K, number, 0, 0, value);
}
bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

std::int32_t bits_of(const std::string& access) {
  std::int32_t bits = 0;
  for (const char character : access) {
    if (character == 'm') bits |= BPF_DEVCG_ACC_MKNOD;
    if (character == 'r') bits |= BPF_DEVCG_ACC_READ;
    if (character == 'w') bits |= BPF_DEVCG_ACC_WRITE;
  }
  return bits;
}

// Loads the registers from struct bpf_cgroup_dev_ctx, include/uapi/linux/bpf.h. The high
// half of its access_type is the access, the low half is the type.
program beginning() {
  return {load_field(kind, offsetof(bpf_cgroup_dev_ctx, access_type)),
          copy(access_bits, kind),
          keep_bits(kind, 0xffff),
          shift_right(access_bits, 16),
          load_field(major_number, offsetof(bpf_cgroup_dev_ctx, major)),
          load_field(minor_number, offsetof(bpf_cgroup_dev_ctx, minor))};
}

program part_for(const device_rule& rule) {
  program code;
  if (rule.type != 'a')
    code.push_back(
        jump_unless(kind, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
  if (rule.number)
    code.push_back(jump_unless(major_number, static_cast<std::int32_t>(*rule.number)));
  if (rule.minor)
    code.push_back(jump_unless(minor_number, static_cast<std::int32_t>(*rule.minor)));
  // The rule must allow all bits of the requested access.
  code.push_back(copy(scratch, access_bits));
  code.push_back(keep_bits(scratch, ~bits_of(rule.access)));
  code.push_back(jump_unless(scratch, 0));
  code.push_back(set(verdict, 1));
  code.push_back(leave());
  for (std::size_t i = 0; i < code.size(); ++i)
    if (code[i].code == (BPF_JMP | BPF_JNE | BPF_K))
      code[i].off = static_cast<std::int16_t>(code.size() - i - 1);
  return code;
}

program compile(const std::vector<device_rule>& allowed) {
  program code = beginning();
  for (const auto& rule : allowed)
    for (const auto& next : part_for(rule)) code.push_back(next);
  code.push_back(set(verdict, 0));
  code.push_back(leave());
  return code;
}

int call_bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

void confine_v2(int group, const std::string& name,
                const std::vector<device_rule>& allowed) {
  const program code = compile(allowed);
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uint64_t>(code.data());
  load.insn_cnt = static_cast<std::uint32_t>(code.size());
  load.license = reinterpret_cast<std::uint64_t>("");
  const unique_fd loaded(request(
      {"devices.program"_id, "decides which devices may be used"}, "bpf",
      [&] { return fmt::format("bpf(BPF_PROG_LOAD, {} instructions)", code.size()); },
      [] { return "devices"; }, [&] { return call_bpf(BPF_PROG_LOAD, load); }));
  bpf_attr attach{};
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.target_fd = static_cast<std::uint32_t>(group);
  attach.attach_bpf_fd = static_cast<std::uint32_t>(loaded.get());
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  request(
      {"devices.attach"_id, "for all processes in the group"}, "bpf",
      [&] { return fmt::format("bpf(BPF_PROG_ATTACH, {})", name); }, [&] { return name; },
      [&] { return call_bpf(BPF_PROG_ATTACH, attach); });
}

std::optional<std::uint32_t> parse_number(const std::string& rule,
                                          std::string_view text) {
  if (text == "*") return std::nullopt;
  const auto number = text::whole_number<std::uint32_t>(text);
  if (!number)
    throw base::field_error(
        "HostConfig.DeviceCgroupRules",
        fmt::format("{}: {} is not a device number", quote(rule), quote(text)));
  return number;
}

}  // namespace

device_rule parse_device_rule(const std::string& text) {
  const auto colon = text.find(':');
  const auto space = text.find(' ', colon == std::string::npos ? 0 : colon);
  const bool well_formed = text.size() > 2 && text[1] == ' ' &&
                           colon != std::string::npos && space != std::string::npos &&
                           std::string("abc").find(text[0]) != std::string::npos;
  const std::string access = well_formed ? text.substr(space + 1) : "";
  if (access.empty() || access.find_first_not_of("rwm") != std::string::npos)
    throw base::field_error("HostConfig.DeviceCgroupRules",
                            fmt::format("{}: not a device rule", quote(text)),
                            "write TYPE MAJOR:MINOR ACCESS, such as \"c 1:3 rwm\"");
  const std::string_view view = text;
  return {text[0], parse_number(text, view.substr(2, colon - 2)),
          parse_number(text, view.substr(colon + 1, space - colon - 1)), access};
}

// The rules are for null, zero, full, random and urandom (major 1), for tty, console and
// ptmx (5), and for the pseudoterminals (136).
std::vector<device_rule> default_devices() {
  std::vector<device_rule> rules;
  for (const std::uint32_t minor : {3U, 5U, 7U, 8U, 9U})
    rules.push_back({'c', 1, minor, "rw"});
  for (const std::uint32_t minor : {0U, 1U, 2U}) rules.push_back({'c', 5, minor, "rw"});
  rules.push_back({'c', 136, std::nullopt, "rw"});
  return rules;
}

void confine_devices(const cgroup::group& group,
                     const std::vector<device_rule>& allowed) {
  if (group.fd() >= 0) return confine_v2(group.fd(), group.name(), allowed);
  if (const auto* at = cgroup::find(group.dirs(), "devices"))
    return confine_v1(at->directory, allowed);
  throw sys::error(ENOENT, "open", "devices.deny",
                   "no cgroup hierarchy has the controller devices");
}

}  // namespace zoomin::security
