// SPDX-License-Identifier: MIT
#include "build/context.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <span>
#include <utility>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/tar_directory.hpp"
#include "image/archive/transaction.hpp"

namespace zoomin::build {

namespace {

constexpr std::size_t largest_file = 1 << 20;
constexpr std::size_t piece_bytes = 256UL << 10;

// Passes on the bytes of a file, which may come slowly. Throws base::cancelled.
void each_piece_of(int input, const std::string& name, const base::cancellation& stop,
                   const image::staging::sink& to) {
  std::vector<char> piece(piece_bytes);
  while (true) {
    stop.wait_for(input);
    const auto got = sys::check(
        "read", name, [&] { return ::read(input, piece.data(), piece.size()); });
    if (got == 0) return;
    to({piece.data(), static_cast<std::size_t>(got)});
  }
}

image::staged copy_of(int input, const base::cancellation& stop, image::staging& files) {
  return files.add([&](const image::staging::sink& to) {
    each_piece_of(input, "the context", stop, to);
  });
}

std::string text_of_stdin(const base::cancellation& stop) {
  const std::string name = "standard input";
  std::string text;
  each_piece_of(STDIN_FILENO, name, stop, [&](std::span<const char> bytes) {
    text.append(bytes.data(), bytes.size());
    if (text.size() > largest_file) throw usage_error(name + ": larger than 1 MiB");
  });
  return text;
}

// Returns true if the file is compressed or begins like a tar archive.
bool is_archive(const image::staged& file) {
  if (image::compression_of(file) != image::compression::none) return true;
  const unique_fd input = sys::open(file.path, O_RDONLY);
  std::array<char, 262> begin{};
  const auto got = ::read(input.get(), begin.data(), begin.size());
  return std::cmp_equal(got, begin.size()) &&
         std::string_view(begin.data() + 257, 5) == "ustar";
}

std::string text_of(int file, const std::string& name) {
  struct stat info {};
  sys::check("fstat", name, [&] { return ::fstat(file, &info); });
  if (S_ISDIR(info.st_mode))
    throw usage_error(fmt::format("{} is a directory, expected a Dockerfile", name));
  if (static_cast<std::size_t>(info.st_size) > largest_file)
    throw usage_error(fmt::format("{}: larger than 1 MiB", name));
  std::string text = sys::read_all(file, name);
  if (text.size() > largest_file)
    throw usage_error(fmt::format("{}: larger than 1 MiB", name));
  return text;
}

}  // namespace

context::context(const std::string& where, const std::string& file,
                 const base::cancellation& stop) {
  if (where == "-" && file == "-")
    throw usage_error("the context and the Dockerfile can't both be standard input");
  open(where, stop);
  read_file(where, file, stop);
}

void context::open(const std::string& where, const base::cancellation& stop) {
  struct stat info {};
  if (where != "-" && ::stat(where.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    root_ = sys::open(where, O_RDONLY | O_DIRECTORY);
    return;
  }
  if (where.starts_with("http://") || where.starts_with("https://") ||
      where.starts_with("git"))
    if (where.find(':') != std::string::npos)
      throw usage_error(failure_kind::unsupported,
                        fmt::format("build context {}: URLs are not supported", where),
                        "download or clone it, then give the directory or the archive");
  unpack(image::open_input(where).get(), stop);
}

// Unpacks the archive. A file that isn't an archive is the Dockerfile of an empty
// context.
void context::unpack(int archive, const base::cancellation& stop) {
  unpacked_.emplace();
  const image::staged copy = copy_of(archive, stop, *unpacked_);
  const std::string directory = unpacked_->directory() + "/context";
  sys::mkdir(sys::quiet, directory, 0755);
  root_ = sys::open(directory, O_RDONLY | O_DIRECTORY);
  const unique_fd file = sys::open(copy.path, O_RDONLY);
  only_file_ = !is_archive(copy);
  if (only_file_)
    file_text_ = text_of(file.get(), "the Dockerfile");
  else
    image::unpack(file.get(), directory);
}

// Looks for the Dockerfile `file` in the working directory if the context is a directory,
// so that it may be outside of the context, and then in the context.
void context::read_file(const std::string& where, const std::string& file,
                        const base::cancellation& stop) {
  file_name_ = file.empty() ? "Dockerfile" : file;
  if (only_file_) return;
  if (file == "-") {
    file_name_ = "Dockerfile";
    file_text_ = text_of_stdin(stop);
    return read_dockerignore("Dockerfile");
  }
  std::optional<unique_fd> found;
  if (!file.empty() && !unpacked_) found = sys::open_if_exists(file, O_RDONLY);
  const auto inside = [&](const std::string& name) {
    if (!found) found = sys::find_in_root(root_.get(), name, O_RDONLY);
  };
  inside(file_name_);
  if (file.empty()) inside("Containerfile");
  if (!found)
    throw usage_error(
        failure_kind::not_found,
        fmt::format("failed to read dockerfile: open {}: no such file or "
                    "directory",
                    file_name_),
        fmt::format("put it in the context {}, or give its path with -f", where));
  file_text_ = text_of(found->get(), file_name_);
  read_dockerignore(file_name_);
}

// Reads FILE.dockerignore beside the Dockerfile, or else the context's .dockerignore.
void context::read_dockerignore(const std::string& file) {
  std::optional<unique_fd> rules;
  if (!unpacked_) rules = sys::open_if_exists(file + ".dockerignore", O_RDONLY);
  for (const auto& name : {file + ".dockerignore", std::string(".dockerignore")})
    if (!rules) rules = sys::find_in_root(root_.get(), name, O_RDONLY);
  if (rules) ignored_ = ignore_rules(text_of(rules->get(), ".dockerignore"));
}

}  // namespace zoomin::build
