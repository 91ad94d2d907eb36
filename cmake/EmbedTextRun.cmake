# Run by embed_text() at build time: writes the header and the source that hold the files' text.
string(REPLACE "|" ";" FILES "${FILES}")
file(WRITE "${HEADER}" "#pragma once
#include <span>
#include <string_view>
namespace embedded {
#ifndef JOBS_EMBEDDED_FILE
#define JOBS_EMBEDDED_FILE
struct File {
  std::string_view name;
  std::string_view text;
};
#endif
extern const std::span<const File> ${NAMESPACE};
}  // namespace embedded
")
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text HEX)
  # A byte array has no length limit, a string literal has.
  string(LENGTH "${text}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," text "${text}")
  string(MAKE_C_IDENTIFIER "${name}" id)
  string(APPEND arrays "const char text_${id}[] = {${text}'\\0'};\n")
  string(APPEND entries "    {\"${name}\", {text_${id}, ${bytes}}},\n")
endforeach()
file(WRITE "${SOURCE}" "#include \"embedded/${NAMESPACE}.h\"
namespace embedded {
namespace {
${arrays}const File files[] = {
${entries}};
}  // namespace
const std::span<const File> ${NAMESPACE}(files);
}  // namespace embedded
")
