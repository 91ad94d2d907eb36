// The word that was probably meant.
#include "model/nearest.h"

#include <catch2/catch.hpp>

using analyst::did_you_mean;
using analyst::edit_distance;
using analyst::nearest;

TEST_CASE("edit distance counts insertions, deletions, substitutions and swaps", "[nearest]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("label", "label") == 0);
  CHECK(edit_distance("lable", "label") == 1);
  CHECK(edit_distance("labl", "label") == 1);
  CHECK(edit_distance("labels", "label") == 1);
  CHECK(edit_distance("lobel", "label") == 1);
  CHECK(edit_distance("", "label") == 5);
}

TEST_CASE("the nearest word is found whatever its case, and a strange word has none", "[nearest]") {
  const std::vector<std::string> words = {"label", "description", "synonyms"};
  CHECK(nearest("lable", words) == "label");
  CHECK(nearest("Synonym", words) == "synonyms");
  CHECK_FALSE(nearest("xylophone", words));
  CHECK_FALSE(nearest("", words));
  CHECK_FALSE(nearest(std::string(100'000, 'a'), words));
}

TEST_CASE("a short word tolerates one slip and no more", "[nearest]") {
  CHECK(nearest("isx", {"is"}) == "is");
  CHECK_FALSE(nearest("xyz", {"is"}));
}

TEST_CASE("the hint reads as the end of a sentence", "[nearest]") {
  CHECK(did_you_mean("lable", {"label"}) == "; did you mean \"label\"?");
  CHECK(did_you_mean("zzzzzz", {"label"}).empty());
}
