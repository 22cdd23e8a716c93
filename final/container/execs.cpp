// SPDX-License-Identifier: MIT
#include "container/execs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/stored.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/store.hpp"

namespace zoomin::container {

// Lists the keys of exec.json.
template <typename Options, typename Visit>
requires std::is_same_v<std::remove_const_t<Options>, exec_options>
static void each_field(Options& options, const Visit& visit) {
  visit("Cmd", options.command);
  visit("Env", options.environment);
  visit("User", options.user);
  visit("WorkingDir", options.directory);
  visit("Tty", options.terminal);
  visit("AttachStdin", options.has_input);
}

// Lists the keys of state.json.
template <typename State, typename Visit>
requires std::is_same_v<std::remove_const_t<State>, exec_state>
static void each_field(State& state, const Visit& visit) {
  visit("Started", state.started);
  visit("Running", state.running);
  visit("Pid", state.pid);
  visit("ExitCode", state.exit_code);
}

namespace {

constexpr std::size_t max_kept = 128, kept_after_removal = 64;
constexpr const char* next_start_hint = "the container's next start removes it";

std::string all_directory(const std::string& container_id) {
  return socket_directory_of(container_id) + "/execs";
}

std::string state_file(const exec_name& exec) {
  return directory_of(exec) + "/state.json";
}

// Returns a text of constant size, so that a reader never finds half a document between
// the write(2) and the ftruncate(2) of an update.
std::string text_of(const exec_state& state) {
  std::string text = base::stored_text(state);
  text.resize(std::max<std::size_t>(text.size(), 160), ' ');
  return text;
}

std::vector<std::string> exec_ids(const std::string& container_id) {
  const auto directory = all_directory(container_id);
  return sys::exists(directory) ? sys::list_directory(directory)
                                : std::vector<std::string>();
}

std::optional<unique_fd> try_lock_exec(const exec_name& exec) {
  auto fd = sys::open_if_exists(directory_of(exec), O_RDONLY | O_DIRECTORY);
  if (!fd || !sys::try_lock(fd->get())) return std::nullopt;
  return fd;
}

// Removes the oldest execs that don't run, so that a container that runs for months with
// an exec each minute doesn't fill the run directory, which is in memory.
void remove_oldest(const std::string& container_id) {
  std::vector<std::pair<std::int64_t, exec_name>> by_age;
  for (auto& id : exec_ids(container_id)) {
    exec_name exec{container_id, std::move(id)};
    struct stat info {};
    if (::stat(directory_of(exec).c_str(), &info) == 0)
      by_age.emplace_back(info.st_mtim.tv_sec, std::move(exec));
  }
  std::ranges::sort(by_age, {}, [](const auto& aged) { return aged.first; });
  for (std::size_t i = 0; i + kept_after_removal < by_age.size(); ++i)
    if (const auto lock = try_lock_exec(by_age[i].second))
      sys::remove_tree(sys::quiet, directory_of(by_age[i].second));
}

[[noreturn]] void refuse_unknown_exec(const std::string& exec_id) {
  throw usage_error(failure_kind::not_found,
                    fmt::format("No such exec instance: {}", exec_id));
}

}  // namespace

std::string directory_of(const exec_name& exec) {
  return fmt::format("{}/{}", all_directory(exec.container), exec.id);
}

exec_name add_exec(const std::string& container_id, const exec_options& options) {
  exec_name exec{container_id, new_id()};
  if (!sys::make_directory(sys::quiet, all_directory(container_id), 0700) &&
      exec_ids(container_id).size() >= max_kept)
    remove_oldest(container_id);
  sys::make_directory(sys::quiet, directory_of(exec), 0700);
  base::replace_file(directory_of(exec) + "/exec.json", base::stored_text(options),
                     false);
  base::replace_file(state_file(exec), text_of(exec_state{}), false);
  return exec;
}

exec_name find_exec(const std::string& exec_id) {
  if (exec_id.size() != 64 ||
      exec_id.find_first_not_of("0123456789abcdef") != std::string::npos)
    refuse_unknown_exec(exec_id);
  for (auto& container_id : ids())
    if (exec_name exec{container_id, exec_id}; sys::exists(state_file(exec))) return exec;
  refuse_unknown_exec(exec_id);
}

unique_fd hold_to_start(const exec_name& exec) {
  auto lock = try_lock_exec(exec);
  if (lock && !read_exec_state(exec).started) return std::move(*lock);
  throw usage_error(failure_kind::conflict,
                    fmt::format("Exec command {} {}", exec.id,
                                lock ? "has already run" : "is already running"));
}

exec_options read_exec(const exec_name& exec) {
  return base::parse_stored<exec_options>(
      sys::read_stored(directory_of(exec) + "/exec.json"), "exec.json", next_start_hint);
}

exec_state read_exec_state(const exec_name& exec) {
  const auto read = [&] {
    return base::parse_stored<exec_state>(sys::read_stored(state_file(exec)),
                                          "state.json of exec " + exec.id,
                                          next_start_hint);
  };
  exec_state now = read();
  if (!now.running || !try_lock_exec(exec)) return now;
  now = read();  // as the event loop left it
  if (std::exchange(now.running, false)) now.exit_code = 128 + SIGKILL;
  return now;
}

void write_exec_state(const exec_name& exec, const exec_state& now) {
  try {
    base::overwrite_in_place(state_file(exec), text_of(now));
  } catch (const sys::error& failure) {
    if (failure.number() != ENOENT) throw;
  }
}

std::vector<std::string> unfinished_execs(const std::string& container_id) {
  auto ids = exec_ids(container_id);
  std::erase_if(ids, [&](const std::string& id) {
    const exec_name exec{container_id, id};
    if (!sys::exists(state_file(exec))) return true;  // it is being added or removed
    const auto now = read_exec_state(exec);
    return now.started && !now.running;
  });
  return ids;
}

void clear_execs(const std::string& container_id) {
  sys::remove_tree(sys::quiet, all_directory(container_id));
}

}  // namespace zoomin::container
