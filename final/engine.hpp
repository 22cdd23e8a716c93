// SPDX-License-Identifier: MIT
// engine: all that a client of the runtime can ask for, as the command line does and a
// server could. Nothing behind it prints, asks or exits. A failure is thrown: a
// usage_error, whose kind says whose fault it is, or a sys::error. A warning is part of
// the result.
//
// A client includes this header and those of docker/, base/ and common/, and no other of
// the engine except the table of a container's settings, container/spec/fields.hpp.
//
// A server must ignore SIGPIPE, because the other end of a connection may be gone, and
// reap its children, the owners of what it starts.
//
// `reference` is a container's name, its id, or the beginning of its id.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/event_stream.hpp"
#include "common/paths.hpp"
#include "container/boot.hpp"
#include "container/control.hpp"
#include "container/execs.hpp"
#include "container/lifecycle.hpp"
#include "container/log/follower.hpp"
#include "container/log/frame.hpp"
#include "container/log/line_joiner.hpp"
#include "container/log/reader.hpp"
#include "container/runtime/rootfs.hpp"
#include "container/runtime/stdio.hpp"
#include "container/store.hpp"
#include "image/gc.hpp"
#include "image/image.hpp"
#include "network/network.hpp"
#include "volume/volume.hpp"

namespace zoomin {

using warnings = std::vector<std::string>;

template <typename Value>
struct reply {
  Value value;
  zoomin::warnings warnings;
};

// A transition of a container that is under way. Several can be at once.
struct transition {
  // Readable when finish() can proceed; -1: finish() doesn't wait. It is open as long as
  // `finish` exists.
  int fd = -1;
  // Waits for the end of the transition, then completes it. Call it once, also if the
  // result doesn't matter. Throws the reason if the transition failed. Returns the exit
  // status that wait() asks for, else 0.
  std::function<reply<int>()> finish;
};

// A network to make. The engine chooses what is left empty.
struct new_network {
  std::string name, subnet, gateway, ip_range;
  bool internal = false;
  std::map<std::string, std::string> labels;
};

// How a client attaches to a process that it starts.
struct attach_request {
  bool input = false;        // it sends the process's standard input
  bool terminal = false;     // the process has a terminal
  container::window size{};  // of the terminal
};

// A connection to a process that runs.
struct attachment {
  container::control watch;  // receives the exit notification, sends signals
  unique_fd streams;         // frames (log/frame.hpp), or bare data with a terminal
  bool input = false;
  bool terminal = false;
};

// The start of a container that is under way, and the connection that it begins with.
struct attached_start {
  transition step;
  attachment client;
};

// Reads the log of a container, and follows it if so requested. Rotation keeps up to 64
// MiB for it beyond the log's limits; a client that pauses for longer misses records.
class log_stream {
 public:
  enum class progress {
    paused,     // `take` returned false: call next() when the client has room again
    caught_up,  // all is read for now: call next() when fd() is readable
    ended       // there will be no more
  };
  // Returns a descriptor for poll(2), which is readable when next() may find more; -1 if
  // the log isn't followed.
  [[nodiscard]] int fd() const { return follower_ ? follower_->fd() : -1; }
  // Calls `take` for each record since the last call, until it returns false; the next
  // call continues behind that record. Each call reads a part of the file anew, so take
  // many records in a call. The log ends if it isn't followed, or if the container has
  // ended or the range has.
  progress next(const container::record_visitor& take);

 private:
  friend class engine;  // which refuses a container that keeps no log
  log_stream(const std::string& id, container::log_range range, bool follows);

  bool lives_;                                       // the container may write more
  std::optional<container::log_follower> follower_;  // made before the log is read
  container::log_reader reader_;
};

class engine {
 public:
  // The directories are in use until the engine's end, also by docker/. Engines nest.
  // `program` is the zoomin that owns what the engine starts; if it is empty, this
  // program is one: its main() leads "__monitor" and "__exec" to run_monitor() and
  // run_exec(). The owners are children of this process.
  explicit engine(context directories, std::string program = {});
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine() { use_context(std::move(before_)); }

  // --- containers ---

  // Returns the id of a container.
  std::string find_container(const std::string& reference);
  std::vector<std::string> container_ids();
  std::vector<std::string> container_names();
  // Returns the state, after the repair that a killed monitor makes necessary.
  container::state state_of(const std::string& reference);
  // Returns the PID of a container's init. Throws usage_error unless it is running.
  pid_t pid_of(const std::string& reference);
  container::container_spec spec_of(const std::string& reference);
  // Returns the host's ids of the processes in a running container.
  std::vector<pid_t> processes_of(const std::string& reference);
  // Narrates an arrow of the article's diagram, common/narration.hpp.
  void narrate(std::string_view arrow);
  // Narrates how the host and process `pid` see each other.
  void compare_views(pid_t pid);
  // Returns the container's root directory as its processes see it.
  container::rootfs root_of(const std::string& reference);
  reply<std::vector<overlay::change>> changes(const std::string& reference);
  std::uint64_t writable_layer_bytes(const std::string& id);
  // Throws usage_error if the container keeps no log.
  log_stream logs(const std::string& reference, container::log_range range, bool follows);

  // Creates a container from a create request in the shape of Docker's API. A name is
  // chosen if `name` is empty.
  reply<std::string> create(container::create_request request, const std::string& name);
  // Starts a container; complete when its command runs.
  transition start(const std::string& reference);
  // Starts a container, attached before its first byte of output. `narrates_to_end`: the
  // narration follows it to its end.
  attached_start start_attached(const std::string& reference,
                                const attach_request& request, bool narrates_to_end);
  // Attaches to a running container.
  attachment attach(const std::string& reference, bool input);
  // Sets the size of a running container's terminal.
  void resize(const std::string& reference, container::window size);
  // Creates an exec: another process to run in a running container. It has an id, and a
  // record that lasts until the container's next start.
  container::exec_name create_exec(const std::string& reference,
                                   const container::exec_options& options);
  container::exec_name find_exec(const std::string& exec_id);
  container::exec_state state_of(const container::exec_name& exec);
  // Start an exec, the second one attached before its first byte of output. Return when
  // its command runs. A large program, or one with threads, chooses exec_owner::program.
  warnings start_exec(const container::exec_name& exec, container::exec_owner owner);
  reply<attachment> start_exec_attached(const container::exec_name& exec,
                                        const attach_request& request,
                                        container::exec_owner owner);
  void resize_exec(const container::exec_name& exec, container::window size);
  transition wait_for_exec(const container::exec_name& exec);
  transition kill(const std::string& reference, int signal);
  transition stop(const std::string& reference, std::optional<int> signal,
                  std::optional<unsigned> timeout_s);
  transition restart(const std::string& reference, std::optional<int> signal,
                     std::optional<unsigned> timeout_s);
  transition pause(const std::string& reference, bool paused);
  transition wait(const std::string& reference);
  transition remove(const std::string& reference, bool force, bool with_volumes);
  void rename(const std::string& reference, const std::string& name);
  // Changes values of HostConfig.
  void update(const std::string& reference, const container::create_request& values);
  // Run a monitor, or the event loop of an exec, in a program that the engine executes
  // for it: zoomin, with these words after "__monitor" or "__exec". Never return.
  [[noreturn]] void run_monitor(const std::vector<std::string>& words);
  [[noreturn]] void run_exec(const std::vector<std::string>& words);
  // Start and stop all containers with the machine, container/boot.hpp.
  void start_all(const container::failure_handler& on_failure);
  void stop_all(const container::failure_handler& on_failure);
  // Removes the cgroups that killed monitors left.
  void clean_up_cgroups();

  // --- events ---

  // Returns the events of all containers, images, networks and volumes. An empty `since`
  // starts with the next one; an empty `until` never ends. The times are those of
  // base/timestamp.hpp.
  base::event_stream events(const std::string& since, const std::string& until);

  // --- images ---

  void find_image(const std::string& reference);
  // Returns the name by which an image that is absent can be pulled; empty if it is here,
  // or if `reference` is no name.
  std::string absent_image(const std::string& reference);
  std::vector<image::summary> images();
  // A layer that only the build cache keeps counts too.
  std::uint64_t bytes_of_layers();
  void tag(const std::string& reference, const std::string& name);
  // Returns the ids of the images that containers use.
  std::set<std::string> used_images(const container::on_damaged_spec& on_damage);
  reply<image::removal> remove_image(const std::string& reference, bool force,
                                     const container::on_damaged_spec& on_damage);
  // Removes the layers that no image uses; with `include_used`, the whole cache.
  reply<image::pruned_cache> prune_build_cache(bool include_used);

  // --- networks ---

  std::vector<network::network> networks(
      const std::function<void(const usage_error&)>& on_damage = {});
  reply<network::network> make_network(const new_network& request);
  // Returns the names of the containers that are connected to a network.
  std::vector<std::string> users_of_network(const std::string& name);
  // `even_damaged`: also a network whose file can't be read, by its name.
  warnings remove_network(const std::string& reference, bool even_damaged);
  // Removes the default network from the kernel. Returns false if a container uses it.
  reply<bool> take_down_default_network();
  // Connects a container to a network, also under the names `aliases`. An empty
  // `address` is chosen.
  void connect(const std::string& network, const std::string& reference,
               const std::vector<std::string>& aliases, const std::string& address);
  void disconnect(const std::string& network, const std::string& reference);
  // Returns the networks whose firewall rules another program removed, after it has
  // closed the way into the host that they had guarded.
  std::vector<std::string> networks_without_rules();

  // --- volumes ---

  void find_volume(const std::string& name);
  std::vector<volume::volume> volumes();
  // Makes a volume and returns its name; an anonymous one if `name` is empty.
  std::string make_volume(const std::string& name,
                          const std::map<std::string, std::string>& labels);
  std::uint64_t volume_bytes(const std::string& name);
  std::set<std::string> used_volumes(const container::on_damaged_spec& on_damage);
  // Removes those of the volumes that no container uses, and leftovers of killed
  // commands. Returns the removed names.
  reply<std::vector<std::string>> remove_volumes(
      const std::vector<std::string>& names,
      const container::on_damaged_spec& on_damage = {});

 private:
  context before_;
  std::string program_;
};

}  // namespace zoomin
