// SPDX-License-Identifier: MIT
#include "cgroup/container_group.hpp"

#include <fmt/format.h>

#include <exception>

#include "04-cgroups/coordination/create.hpp"
#include "04-cgroups/v1.hpp"
#include "base/field_error.hpp"
#include "cgroup/io.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

void limit_all_groups(const group& group, std::uint64_t ceiling_bytes) {
  const cgroup_dir* at = find(group.dirs(), "memory");
  if (at == nullptr || ceiling_bytes == unlimited) return;
  const std::string file =
      at->zoomin_group() + (at->version == 2 ? "/memory.max" : "/memory.limit_in_bytes");
  if (v1::bytes_in(file) == unlimited)
    write_file(quiet, file, fmt::format("{}", ceiling_bytes));
}

// Sets the limits that step 4 doesn't have.
void set_more_limits(const group& group, const resources& resources) {
  const auto& dirs = group.dirs();
  const bool v2 = dirs.at(0).version == 2;
  if (resources.memory_reservation_bytes)
    write_file({"memory.reserved"_id, "reclaimed last below this"},
               require(dirs, "memory", "HostConfig.MemoryReservation")
                   .file(v2 ? "memory.low" : "memory.soft_limit_in_bytes"),
               fmt::format("{}", *resources.memory_reservation_bytes));
  if (const auto weight = resources.cpu_weight)
    write_file({"cpu.weight"_id, "its share of busy processors"},
               require(dirs, "cpu", "HostConfig.CpuShares")
                   .file(v2 ? "cpu.weight" : "cpu.shares"),
               fmt::format("{}", v2 ? *weight : shares_of(*weight)));
  if (resources.memory_nodes) {
    const std::string field = "HostConfig.CpusetMems";
    const auto nodes = processors_text(*resources.memory_nodes);
    base::pass_to_kernel(field, nodes, [&] {
      write_file({"cpuset.mems"_id, "only these memory nodes"},
                 require(dirs, "cpuset", field).file("cpuset.mems"), nodes);
    });
  }
  limit_io(group, resources);
}

}  // namespace

group create(const std::string& name, const resources& resources,
             const std::string& parent, std::uint64_t ceiling_bytes) {
  auto controllers = extra_controllers;
  if (resources.needs_cpuset()) controllers.insert("cpuset");
  const limits& basic_limits = resources;
  auto result = create(name, basic_limits, parent, controllers);
  limit_all_groups(result, ceiling_bytes);
  set_more_limits(result, resources);
  return result;
}

void limit(const group& group, const resources& resources) {
  group.limit(resources);
  set_more_limits(group, resources);
}

namespace {

// Undoes a part of limit(group, after). The limits are set in the same order, so those
// before the refused one are back when that one is refused again.
void put_back(const group& group, resources before, const resources& after) {
  const auto undo = [&](auto member, std::uint64_t usual) {
    if (after.*member && !(before.*member)) before.*member = usual;
  };
  undo(&resources::memory_bytes, unlimited);
  undo(&resources::cpu_quota_us, unlimited);
  undo(&resources::memory_reservation_bytes,
       group.dirs().at(0).version == 2 ? 0 : unlimited);
  undo(&resources::cpu_weight, 100);
  try {
    limit(group, before);
  } catch (const std::exception&) {
    // The caller reports the first refusal.
  }
}

}  // namespace

void change_limits(const group& group, const resources& before, const resources& after) {
  try {
    limit(group, after);
  } catch (const std::exception&) {
    put_back(group, before, after);
    throw;
  }
}

}  // namespace zoomin::cgroup
