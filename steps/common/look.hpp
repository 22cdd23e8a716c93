// SPDX-License-Identifier: MIT
// look: compares what the host sees of a process with what the process sees itself.
//
// Each module has a function facts(pid) that returns rows for its own mechanism. It works
// for any process, also those of other runtimes. Needs CAP_SYS_ADMIN and CAP_SYS_PTRACE.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace zoomin::look {

struct row {
  std::string fact;
  std::string host;
  std::string container;
};

// Prints a table " fact   host sees   container sees", as wide as the terminal, to the
// narration's output.
void print(const std::vector<row>& rows);

// Puts the facts of this process, before the first request, into the record (record.hpp),
// if there is one.
void record_before(const std::function<std::vector<row>()>& facts);
// Puts the container's facts into the record, and prints them if `visible`.
void show(bool visible, const std::function<std::vector<row>()>& facts);

// Runs `see` in a child that has joined these namespaces (CLONE_NEW… bits) of process
// `pid`, and returns its text. If joining fails, or `see` throws, the text is "(reason)".
std::string from_inside(pid_t pid, std::uint64_t namespaces,
                        const std::function<std::string()>& see);

// Returns the inode number of /proc/PID/ns/NAME. Two processes are in the same namespace
// if and only if these are equal, namespaces(7). Empty if the process is gone.
std::string namespace_number(pid_t pid, const std::string& name);

// Prints a line to the narration's output, in one write(2).
void print_line(const std::string& line);

// Something that a container created on the host ("bridge zoomin0").
struct leftover {
  std::string name;
  bool exists;
};
// Prints "after the end: process 4711 gone, bridge zoomin0 still there", or briefly
// "after the end: process, bridge gone".
void print_leftovers(const std::vector<leftover>& leftovers);

}  // namespace zoomin::look
