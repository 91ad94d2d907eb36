# embed_text(TARGET NAMESPACE name FILES a.sql b.sql …)
# Compiles text files into TARGET. The generated header <embedded/NAMESPACE.h> declares
#   namespace embedded { struct File { std::string_view name, text; }; extern const std::span<const File> NAMESPACE; }
# with the files in the order given; `name` is the file's name without its folder.
function(embed_text target)
  cmake_parse_arguments(arg "" "NAMESPACE" "FILES" ${ARGN})
  set(dir "${CMAKE_CURRENT_BINARY_DIR}/embedded-${arg_NAMESPACE}")
  set(header "${dir}/embedded/${arg_NAMESPACE}.h")
  set(source "${dir}/${arg_NAMESPACE}.cc")
  set(script "${PROJECT_SOURCE_DIR}/cmake/EmbedTextRun.cmake")
  set(absolute "")
  foreach(file IN LISTS arg_FILES)
    get_filename_component(path "${file}" ABSOLUTE)
    list(APPEND absolute "${path}")
  endforeach()
  string(REPLACE ";" "|" joined "${absolute}")
  add_custom_command(
    OUTPUT "${header}" "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DNAMESPACE=${arg_NAMESPACE}" "-DHEADER=${header}" "-DSOURCE=${source}"
            "-DFILES=${joined}" -P "${script}"
    DEPENDS ${absolute} "${script}"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}" "${header}")
  target_include_directories(${target} PRIVATE "${dir}")
endfunction()
