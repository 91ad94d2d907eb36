#include "model/folder.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>

#include "model/document.h"
#include "model/reference.h"

namespace analyst {
namespace {

namespace fs = std::filesystem;

std::string without_suffix(std::string name) {
  for (const std::string_view suffix : {".yaml", ".yml"}) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

// What a file is, by its name relative to the folder and without the suffix.
std::optional<ModelFile> recognise(const std::string& relative) {
  ModelFile file;
  if (relative == "model") {
    file.kind = ModelFile::Kind::model;
    return file;
  }
  if (relative == "relationships") {
    file.kind = ModelFile::Kind::relationships;
    return file;
  }
  std::string name = fs::path(relative).filename().string();
  if (name.ends_with(".view")) {
    file.kind = ModelFile::Kind::view;
    name.resize(name.size() - 5);
    // "x.query.view" defines the view x by a query.
    if (name.ends_with(".query")) name.resize(name.size() - 6);
  } else if (name.ends_with(".topic")) {
    file.kind = ModelFile::Kind::topic;
    name.resize(name.size() - 6);
  } else {
    return std::nullopt;
  }
  file.name = std::move(name);
  return file;
}

std::optional<std::string> read_text(const fs::path& path, Problems& problems) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (!error && size > document_bytes_max) {
    problems.error({path.string(), 0, 0}, "larger than " + std::to_string(document_bytes_max / 1024) + " KiB; split it");
    return std::nullopt;
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text(error ? 0 : static_cast<std::size_t>(size), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (error || stream.bad() || (!stream.is_open())) {
    problems.error({path.string(), 0, 0}, "cannot be read");
    return std::nullopt;
  }
  return text;
}

using Found = std::map<std::string, ModelFile>;

void scan(const fs::path& folder, std::string_view what, Found& found, Problems& problems) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    problems.error({folder.string(), 0, 0}, std::string(what) + " folder is missing; check the path");
    return;
  }
  std::vector<fs::path> paths;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::end(at); at.increment(error)) {
    if (at->path().filename().string().starts_with(".")) {
      if (at->is_directory(error)) at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file(error)) continue;
    paths.push_back(at->path());
    if (paths.size() > model_files_max) {
      problems.error({folder.string(), 0, 0}, "holds more than " + std::to_string(model_files_max) + " files");
      return;
    }
  }
  if (error) problems.error({folder.string(), 0, 0}, "cannot be read to the end: " + error.message());
  std::sort(paths.begin(), paths.end());

  Found here;
  for (const fs::path& path : paths) {
    const std::string relative = path.lexically_relative(folder).generic_string();
    const std::string key = without_suffix(relative);
    auto file = recognise(key);
    if (!file) {
      if (key != relative) {
        problems.warning({path.string(), 0, 0},
                         "not read; a model is made of model.yaml, relationships.yaml, NAME.view.yaml and NAME.topic.yaml");
      }
      continue;
    }
    file->path = path.string();
    if (file->kind == ModelFile::Kind::view && !is_name(file->name)) {
      problems.error({file->path, 0, 0}, "\"" + file->name +
                                             "\" is no name for a view; use letters, digits and underscores, and \"table\" "
                                             "for the table's own name");
      continue;
    }
    if (const auto other = here.find(key); other != here.end()) {
      problems.error({file->path, 0, 0}, "has the same name as " + other->second.path + "; keep one of them");
      continue;
    }
    auto text = read_text(path, problems);
    if (!text) continue;
    file->text = std::move(*text);
    here.emplace(key, std::move(*file));
  }
  for (auto& [key, file] : here) found.insert_or_assign(key, std::move(file));
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

std::vector<ModelFile> read_folder(const fs::path& base, const fs::path& branch, Problems& problems) {
  Found found;
  scan(base, "the model's", found, problems);
  if (!branch.empty()) {
    Found over;
    scan(branch, "the branch's", over, problems);
    for (auto& [key, file] : over) {
      if (is_blank(file.text)) {
        found.erase(key);
      } else {
        found.insert_or_assign(key, std::move(file));
      }
    }
  }
  std::vector<ModelFile> files;
  for (auto& [key, file] : found) files.push_back(std::move(file));
  return files;
}

}  // namespace analyst
