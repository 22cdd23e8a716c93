// SPDX-License-Identifier: MIT
#include "base/names.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "common/error.hpp"
#include "common/make_path.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

void validate_name(const std::string& name, std::size_t most, std::string_view type) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0; };
  const auto fine = [&](unsigned char c) {
    return is_word(c) || c == '_' || c == '.' || c == '-';
  };
  if (name.empty() || name.size() > most || !std::ranges::all_of(name, fine) ||
      !is_word(static_cast<unsigned char>(name[0])))
    throw usage_error(
        fmt::format("Invalid {} name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                    type, sys::quote(name)),
        fmt::format("use 1 to {} characters, beginning with a letter or digit", most));
}

unique_fd lock_directory(const std::string& directory, bool exclusive) {
  const std::string parent = std::filesystem::path(directory).parent_path();
  sys::make_path(directory, parent, 0700);
  unique_fd store = sys::open(directory, O_RDONLY | O_DIRECTORY);
  sys::lock(store.get(), exclusive);
  return store;
}

}  // namespace zoomin::base
