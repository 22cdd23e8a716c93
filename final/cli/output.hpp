// SPDX-License-Identifier: MIT
// output: writes an archive to the file of --output, or to stdout.
#pragma once

#include <functional>
#include <string>

namespace zoomin::cli {

// Calls `write` with a descriptor of the file `path`, or of stdout if `path` is empty. A
// regular file appears under its name only once it is complete. Throws usage_error with
// `hint` rather than writing to a terminal.
void write_output(const std::string& path, const std::string& hint,
                  const std::function<void(int to)>& write);

}  // namespace zoomin::cli
