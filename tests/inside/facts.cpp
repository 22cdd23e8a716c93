// SPDX-License-Identifier: MIT
#include "inside/facts.hpp"

#include <sstream>

namespace zoomin::test {

facts::facts(const run_result& from) : errors(from.errors) {
  std::istringstream lines(from.output);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos)
      values[line.substr(0, equals)] = line.substr(equals + 1);
  }
}

std::string facts::operator[](const std::string& name) const {
  const auto found = values.find(name);
  return found == values.end() ? "missing" : found->second;
}

std::map<std::string, std::string> facts::beginning_with(const std::string& name) const {
  std::map<std::string, std::string> matching;
  for (const auto& [key, value] : values)
    if (key.starts_with(name)) matching[key] = value;
  return matching;
}

}  // namespace zoomin::test
