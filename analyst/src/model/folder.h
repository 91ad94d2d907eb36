// model/folder.h - which files make up a model: those of a folder, with a branch's laid over them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/problems.h"

namespace analyst {

struct ModelFile {
  enum class Kind { model, relationships, view, topic };
  Kind kind = Kind::view;
  // Of the view or topic.
  std::string name = {};
  // As shown in problems.
  std::string path = {};
  std::string text = {};
};

constexpr std::size_t model_files_max = 5'000;

// The files in the order of their relative names, which are compared without the suffix ".yaml". A file of the branch
// replaces the base's of the same relative name; an empty one removes it. Folders whose name starts with a dot are passed
// over. What cannot be read, and files whose names say nothing, go to `problems`.
std::vector<ModelFile> read_folder(const std::filesystem::path& base, const std::filesystem::path& branch,
                                   Problems& problems);

}  // namespace analyst
