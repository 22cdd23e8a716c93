// SPDX-License-Identifier: MIT
// record: keeps what the narration says, for --record, whatever the style: one line of
// JSON for each request, remark and fact. The lines are those of --explain=json.
//
// They are written to a file in memory, memfd_create(2), which both sides share.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/fd.hpp"

namespace zoomin::narration {

// Makes the file, to which this process and its children write from now on. It is
// close-on-exec. Throws sys::error.
unique_fd start_record();
// Continues the record of the program that has executed this one.
void continue_record(unique_fd file) noexcept;
// Writes nothing to the record from now on.
void end_record() noexcept;
// Returns the record's file, or -1 if there is none.
int record_file() noexcept;
// Returns whether there is a record.
bool records() noexcept;
// Writes a line {"name": "value", …}, if there is a record.
void record(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

// Moves the descriptors of the narration and of the record to `first` and the following
// numbers, so that all others can be closed. stderr stays where it is. Returns the next
// free number.
int move_outputs(int first);

}  // namespace zoomin::narration
