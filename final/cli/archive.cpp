// SPDX-License-Identifier: MIT
// archive: the commands load, save, import, export and system check, which zoomin-image
// runs.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "04-cgroups/coordination/cleanup.hpp"
#include "base/cp.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "cli/shared_commands.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/runtime/rootfs.hpp"
#include "image/archive/check.hpp"
#include "image/archive/load.hpp"
#include "image/archive/staging.hpp"
#include "image/archive/tar_directory.hpp"
#include "image/store.hpp"

namespace zoomin::cli {

namespace {

// Returns true for a device or a pipe, to which the archive is written directly.
bool is_special(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) &&
         !S_ISDIR(status.st_mode);
}

void write_file(const std::string& path, const std::function<void(int)>& write) {
  std::string temporary = path + ".XXXXXX";
  const unique_fd file(sys::check(
      "mkstemp", path, [&] { return ::mkostemp(temporary.data(), O_CLOEXEC); }));
  try {
    write(file.get());
    sys::check("rename", path, [&] { return ::rename(temporary.c_str(), path.c_str()); });
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

// Calls `write` with a descriptor of the file `path`, or of stdout if `path` is empty. A
// regular file appears under its name only once it is complete. Throws usage_error with
// `hint` rather than writing to a terminal.
void write_output(const std::string& path, const std::string& hint,
                  const std::function<void(int)>& write) {
  if (path.empty() && ::isatty(STDOUT_FILENO) == 1)
    throw usage_error("cowardly refusing to save to a terminal", hint);
  if (path.empty())
    write(STDOUT_FILENO);
  else if (is_special(path))
    write(sys::open(path, O_WRONLY).get());
  else
    write_file(path, write);
}

int import_image(const arguments& words) {
  const flags options = parse_import(words);
  const auto& rest = options.rest();
  if (rest[0].starts_with("http://") || rest[0].starts_with("https://"))
    throw not_supported("image import of a URL");
  std::string id;
  {
    const progress display("Importing", false);
    id = image::import(rest[0], rest.size() > 1 ? rest[1] : "", options.list("--change"),
                       options.text("--message"));
  }
  print(id + "\n");
  return 0;
}

const command import({"import"}, import_manual, import_image);

std::string loaded_text(const std::vector<image::loaded>& images) {
  std::string text;
  for (const auto& image : images) {
    if (image.names.empty()) text += "Loaded image ID: " + image.id + "\n";
    for (const auto& name : image.names) text += "Loaded image: " + name + "\n";
  }
  return text;
}

int load_images(const arguments& words) {
  const flags options = parse_load(words);
  const std::string path = options.text("--input", "-");
  if (path == "-" && ::isatty(STDIN_FILENO) == 1)
    throw usage_error("image load: stdin is a terminal", "use zoomin load -i ARCHIVE");
  std::vector<image::loaded> images;
  {
    const progress display("Loading", options.on("--quiet"));
    images = image::load(path);
  }
  print(loaded_text(images));
  return 0;
}

const command load({"load"}, load_manual, load_images);

int save_images(const arguments& words) {
  const flags options = parse_save(words);
  write_output(options.text("--output"), "use zoomin save -o ARCHIVE IMAGE", [&](int to) {
    const progress display("Saving", false);
    image::save(options.rest(), to);
  });
  return 0;
}

const command save({"save"}, save_manual, save_images);

// Packs a copy of the root file system. The copy is made in a private directory, as in
// cp_archive.cpp, so that the container can continue while it is packed.
void pack_root(const std::string& reference, int to) {
  image::make_store();
  const image::staging files;
  const unique_fd copy = sys::open(files.directory(), O_RDONLY | O_DIRECTORY);
  {
    const container::rootfs inside(reference, container::rootfs::extent::root_alone);
    const progress display("Copying", false);
    base::cp({inside.get(), "/.", reference}, {copy.get(), "/.", ""}, false,
             base::owners::kept);
  }
  const progress display("Exporting", false);
  image::write_tar_directory(files.directory(), to);
}

int export_container(const arguments& words) {
  const flags options = parse_export(words);
  write_output(options.text("--output"), "use zoomin export -o ARCHIVE CONTAINER",
               [&](int to) { pack_root(options.rest()[0], to); });
  return 0;
}

const command exporter({"export"}, export_manual, export_container);

int check_system(const arguments& words) {
  parse_system_check(words);
  cgroup::clean_up();  // removes the groups of builds that were killed
  const auto result = image::check_store();
  for (const auto& problem : result.problems) complain(problem);
  print(fmt::format("images: {}, layers: {}, blobs: {}; {}\n", result.images,
                    result.layers, result.blobs,
                    result.problems.empty()
                        ? std::string("all intact")
                        : fmt::format("{} problems", result.problems.size())));
  return result.problems.empty() ? 0 : 1;
}

const command check({"system check"}, system_check_manual, check_system);

}  // namespace

}  // namespace zoomin::cli
