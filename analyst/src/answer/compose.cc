#include "answer/compose.h"

namespace analyst::answering {

Composed compose(const Narrative& narrative, const std::vector<QueryResult>& results) {
  const Evidence evidence{results, narrative.words};
  Composed out;
  const auto proven = [&](const std::vector<Sentence>& sentences, const char* before, const char* between) {
    std::string text;
    for (const Sentence& sentence : sentences) {
      if (!disproof(sentence, evidence).empty()) {
        ++out.dropped;
        continue;
      }
      text += (text.empty() ? "" : between) + std::string(before) + sentence.text;
    }
    return text;
  };
  out.summary = proven(narrative.headline, "", " ");
  if (out.summary.empty()) out.summary = "The queries have run; their rows are in the result.";
  out.message = out.summary;
  for (const auto& part : {proven(narrative.points, "- ", "\n"), proven(narrative.table, "", "\n"),
                           proven(narrative.footer, "", "\n\n")}) {
    if (!part.empty()) out.message += "\n\n" + part;
  }
  out.message += "\n";
  return out;
}

}  // namespace analyst::answering
