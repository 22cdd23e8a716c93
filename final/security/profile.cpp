// SPDX-License-Identifier: MIT
#include "security/profile.hpp"
#include "base/field_error.hpp"

#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "base/lazy_library.hpp"
#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::security {

using base::value;
using nlohmann::json;

namespace {

base::lazy_library seccomp("libseccomp.so.2", "libseccomp2");

template <typename Function, typename... Arguments>
auto call(const char* name, Arguments... arguments) {
  return seccomp.find<Function>(name)(arguments...);
}

[[noreturn]] void refuse(const std::string& text) {
  throw base::field_error("HostConfig.SecurityOpt", "seccomp: " + text);
}

using words = std::vector<std::string>;

std::uint32_t action_of(const std::string& name, unsigned error_number) {
  constexpr std::array<std::pair<std::string_view, std::uint32_t>, 7> known{
      {{"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
       {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
       {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
       {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
       {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
       {"SCMP_ACT_LOG", SCMP_ACT_LOG},
       {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)}}};
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(error_number);
  for (const auto& [each, action] : known)
    if (name == each) return action;
  refuse(fmt::format("{}: unsupported action", sys::quote(name)));
}

scmp_compare operator_of(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, scmp_compare>, 7> known{
      {{"SCMP_CMP_NE", SCMP_CMP_NE},
       {"SCMP_CMP_LT", SCMP_CMP_LT},
       {"SCMP_CMP_LE", SCMP_CMP_LE},
       {"SCMP_CMP_EQ", SCMP_CMP_EQ},
       {"SCMP_CMP_GE", SCMP_CMP_GE},
       {"SCMP_CMP_GT", SCMP_CMP_GT},
       {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}}};
  for (const auto& [each, comparison] : known)
    if (name == each) return comparison;
  refuse(fmt::format("{}: unknown operator", sys::quote(name)));
}

// Returns libseccomp's number of an architecture. The library's name for
// "SCMP_ARCH_X86_64" is "x86_64".
std::uint32_t architecture_of(std::string name) {
  constexpr std::string_view prefix = "SCMP_ARCH_";
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  name = sys::lower_case(std::move(name));
  const auto found = call<decltype(seccomp_arch_resolve_name)>(
      "seccomp_arch_resolve_name", name.c_str());
  if (found == 0) refuse(fmt::format("{}: unknown architecture", sys::quote(name)));
  return found;
}

// Returns true if this kernel's version is at least `version`, such as "4.8".
bool kernel_is_at_least(const std::string& version) {
  utsname machine{};
  ::uname(&machine);
  int major = 0, minor = 0, other_major = 0, other_minor = 0;
  std::sscanf(machine.release, "%d.%d", &major, &minor);
  if (std::sscanf(version.c_str(), "%d.%d", &other_major, &other_minor) != 2)
    refuse(fmt::format("minKernel {}: not a version", sys::quote(version)));
  return std::pair(major, minor) >= std::pair(other_major, other_minor);
}

// Holds the properties of a container on which rules may depend.
struct container {
  const words& capabilities;
  std::string architecture;

  [[nodiscard]] bool has(const std::string& capability) const {
    return std::ranges::find(capabilities, capability) != capabilities.end();
  }
};

bool applies_to(const json& rule, const container& subject) {
  const json includes = value(rule, "includes", json::object());
  const json excludes = value(rule, "excludes", json::object());
  const auto has = [&](const std::string& name) { return subject.has(name); };
  const auto arches = value(includes, "arches", words());
  const auto others = value(excludes, "arches", words());
  const auto since = value(includes, "minKernel", std::string());
  const auto until = value(excludes, "minKernel", std::string());
  return std::ranges::all_of(value(includes, "caps", words()), has) &&
         std::ranges::none_of(value(excludes, "caps", words()), has) &&
         (arches.empty() || std::ranges::count(arches, subject.architecture) > 0) &&
         std::ranges::count(others, subject.architecture) == 0 &&
         (since.empty() || kernel_is_at_least(since)) &&
         (until.empty() || !kernel_is_at_least(until));
}

std::vector<scmp_arg_cmp> comparisons_of(const json& rule) {
  std::vector<scmp_arg_cmp> comparisons;
  for (const auto& entry : value(rule, "args", json::array())) {
    const auto index = entry.at("index").get<unsigned>();
    if (index > 5) refuse(fmt::format("system calls have no argument {}", index));
    comparisons.push_back({.arg = index,
                           .op = operator_of(entry.at("op")),
                           .datum_a = value<scmp_datum_t>(entry, "value", 0),
                           .datum_b = value<scmp_datum_t>(entry, "valueTwo", 0)});
  }
  return comparisons;
}

// Returns the alternatives of a rule; it applies if one of them holds. If the comparisons
// are of different arguments, all must hold, in a single alternative. If several compare
// the same argument, each comparison is an alternative, as with other OCI runtimes.
std::vector<std::vector<scmp_arg_cmp>> alternatives_of(const json& rule) {
  const auto comparisons = comparisons_of(rule);
  std::set<unsigned> indexes;
  for (const auto& comparison : comparisons) indexes.insert(comparison.arg);
  if (indexes.size() == comparisons.size()) return {comparisons};
  std::vector<std::vector<scmp_arg_cmp>> alternatives;
  for (const auto& comparison : comparisons) alternatives.push_back({comparison});
  return alternatives;
}

class compiler {
 public:
  explicit compiler(const json& profile)
      : default_action_(action_of(profile.at("defaultAction"),
                                  value(profile, "defaultErrnoRet", unsigned{EPERM}))),
        context_(call<decltype(seccomp_init)>("seccomp_init", default_action_)) {
    if (context_ == nullptr) refuse("unsupported defaultAction");
    constexpr std::uint32_t as_a_tree = 2;
    call<decltype(seccomp_attr_set)>("seccomp_attr_set", context_,
                                     SCMP_FLTATR_CTL_OPTIMIZE, as_a_tree);
  }
  compiler(const compiler&) = delete;
  compiler& operator=(const compiler&) = delete;
  ~compiler() { call<decltype(seccomp_release)>("seccomp_release", context_); }

  void add_architectures(const words& names) {
    for (const auto& name : names) {
      const int done = call<decltype(seccomp_arch_add)>("seccomp_arch_add", context_,
                                                        architecture_of(name));
      if (done < 0 && done != -EEXIST)
        refuse(fmt::format("the architecture {}: {}", name, std::strerror(-done)));
    }
  }

  // Adds a rule. Ignores system calls that the library doesn't know, as other runtimes
  // do.
  void add(const json& rule) {
    const auto action =
        action_of(rule.at("action"), value(rule, "errnoRet", unsigned{EPERM}));
    if (action == default_action_) return;
    auto names = value(rule, "names", words());
    if (const auto old_name = value(rule, "name", std::string()); !old_name.empty())
      names.push_back(old_name);
    for (const auto& name : names) {
      const int number = call<decltype(seccomp_syscall_resolve_name)>(
          "seccomp_syscall_resolve_name", name.c_str());
      if (number == __NR_SCMP_ERROR) continue;
      for (const auto& conditions : alternatives_of(rule)) {
        const int done = call<decltype(seccomp_rule_add_array)>(
            "seccomp_rule_add_array", context_, action, number,
            static_cast<unsigned>(conditions.size()), conditions.data());
        if (done < 0) refuse(fmt::format("{}: {}", name, std::strerror(-done)));
      }
    }
  }

  std::vector<sock_filter> program() {
    const unique_fd memory(sys::check(
        "memfd_create", "filter", [] { return ::memfd_create("filter", MFD_CLOEXEC); }));
    const int done =
        call<decltype(seccomp_export_bpf)>("seccomp_export_bpf", context_, memory.get());
    if (done < 0) refuse(std::strerror(-done));
    const auto size = ::lseek(memory.get(), 0, SEEK_END);
    std::vector<sock_filter> programs(static_cast<std::size_t>(size) /
                                      sizeof(sock_filter));
    sys::check("pread", "filter", [&] {
      return ::pread(memory.get(), programs.data(), static_cast<std::size_t>(size), 0);
    });
    return programs;
  }

 private:
  std::uint32_t default_action_;
  scmp_filter_ctx context_;
};

words architectures_in(const json& profile) {
  auto names = value(profile, "architectures", words());
  const auto native = call<decltype(seccomp_arch_native)>("seccomp_arch_native");
  for (const auto& entry : value(profile, "archMap", json::array()))
    if (architecture_of(entry.at("architecture")) == native)
      for (auto& other : value(entry, "subArchitectures", words()))
        names.push_back(std::move(other));
  return names;
}

}  // namespace

std::vector<sock_filter> compile_profile(const std::string& json_text,
                                         const words& capabilities,
                                         const std::string& architecture) try {
  const json profile = base::parse_json<json>(json_text, "the seccomp profile");
  const container subject{capabilities, architecture};
  std::optional<compiler> filter(profile);
  filter->add_architectures(architectures_in(profile));
  for (const auto& rule : value(profile, "syscalls", json::array()))
    if (applies_to(rule, subject)) filter->add(rule);
  auto program = filter->program();
  filter.reset();
  seccomp.close();
  return program;
} catch (const json::exception& failure) {
  refuse(fmt::format("the profile is malformed: {}", failure.what()));
}

}  // namespace zoomin::security
