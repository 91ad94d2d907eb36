// From a folder and a database to a model: the steps of draft.h, one after the other.
#include <utility>

#include "analyst/model.h"
#include "model/document.h"
#include "model/draft.h"
#include "model/folder.h"
#include "model/from_database.h"

namespace analyst {
namespace {

void read_file(const ModelFile& file, Draft& draft) {
  const std::size_t errors = draft.problems.errors();
  const YamlNode root = parse_document(file.text, file.path, draft.problems);
  // What could not be parsed would only be said to be empty.
  if (root.kind == YamlNode::Kind::null && draft.problems.errors() != errors) return;
  switch (file.kind) {
    case ModelFile::Kind::model:
      return read_model_file(root, file.path, draft);
    case ModelFile::Kind::relationships:
      return read_relationships(root, file.path, draft);
    case ModelFile::Kind::view:
      return read_view(root, file.path, file.name, draft);
    case ModelFile::Kind::topic:
      return read_topic(root, file.path, file.name, draft);
  }
}

Draft draft_of(const std::filesystem::path& base, const std::filesystem::path& branch, Database& database) {
  Draft draft;
  std::vector<ModelFile> files;
  if (!base.empty()) files = read_folder(base, branch, draft.problems);
  if (files.empty()) {
    if (!draft.problems.has_errors()) draft.model = model_of_database(database.describe());
    return draft;
  }
  for (const ModelFile& file : files) read_file(file, draft);
  merge_database(database.describe(), draft);
  resolve(draft);
  return draft;
}

}  // namespace

LoadedModel load_model(std::string id, std::string name, const std::filesystem::path& base,
                       const std::filesystem::path& branch, Database& database) {
  Draft draft = draft_of(base, branch, database);
  if (draft.problems.has_errors()) throw ModelError(draft.problems.sorted());
  draft.model.id = std::move(id);
  draft.model.name = std::move(name);
  return {.model = std::make_shared<const Model>(std::move(draft.model)), .warnings = draft.problems.sorted()};
}

std::vector<Problem> check_model(const std::filesystem::path& base, const std::filesystem::path& branch,
                                 Database& database) {
  return draft_of(base, branch, database).problems.sorted();
}

}  // namespace analyst
