# What every target of ours has in common. Nothing here reaches the targets of a project that embeds us.
function(jobs_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wextra-semi)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A designated initialiser that leaves members at their default is the style of this project.
    # GCC 12 believes that an empty std::optional is read where it is only copied, and that a std::string may overlap
    # itself or exceed the address space.
    target_compile_options(${target} PRIVATE -Wno-missing-field-initializers -Wno-maybe-uninitialized -Wno-restrict
      -Wno-stringop-overflow)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # core/guarded.h says what each mutex guards. libstdc++ 12 still asks its own deprecated function for the space to sort in.
    target_compile_options(${target} PRIVATE -Wthread-safety -Wno-missing-field-initializers -Wno-deprecated-declarations)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 18)
      target_compile_options(${target} PRIVATE -Wno-missing-designated-field-initializers)
    endif()
  endif()
  if(JOBS_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  set_property(GLOBAL APPEND PROPERTY JOBS_TARGETS ${target})
endfunction()

# jobs_unite()
# Compiles the sources of a target together, JOBS_UNITE_SOURCES at a time: they read the same headers and instantiate the same
# templates, which costs far more than their own lines. Called once every target is known. Sources with a local name in common
# are kept apart, as they are when this is configured.
function(jobs_unite)
  if(NOT JOBS_UNITE_SOURCES)
    return()
  endif()
  if(NOT JOBS_UNITE_SOURCES MATCHES "^[0-9]+$")
    message(FATAL_ERROR "JOBS_UNITE_SOURCES is how many sources are compiled together, not ${JOBS_UNITE_SOURCES}: say a number, "
      "as `cmake --preset` does")
  endif()
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  get_property(targets GLOBAL PROPERTY JOBS_TARGETS)
  set(list "")
  foreach(target IN LISTS targets)
    get_target_property(sources ${target} SOURCES)
    get_target_property(target_dir ${target} SOURCE_DIR)
    foreach(source IN LISTS sources)
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${target_dir}" NORMALIZE)
      cmake_path(IS_PREFIX PROJECT_BINARY_DIR "${source}" generated)
      if(source MATCHES "\\.cc$" AND NOT generated)
        string(APPEND list "${target}|${source}\n")
      endif()
    endforeach()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # GCC takes a source that is included for a header, where a type of the unnamed namespace would be a mistake.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    else()
      # A local variable may be called as something of a neighbour's.
      target_compile_options(${target} PRIVATE -Wno-shadow)
    endif()
  endforeach()
  file(WRITE "${PROJECT_BINARY_DIR}/sources.txt" "${list}")
  execute_process(COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/cmake/unite.py" ${JOBS_UNITE_SOURCES}
    INPUT_FILE "${PROJECT_BINARY_DIR}/sources.txt" OUTPUT_VARIABLE groups COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" groups "${groups}")
  foreach(line IN LISTS groups)
    string(REGEX MATCH "^(.*)\\|(.*)\\|(.*)$" line "${line}")
    set_source_files_properties("${CMAKE_MATCH_3}" TARGET_DIRECTORY ${CMAKE_MATCH_1} PROPERTIES UNITY_GROUP "${CMAKE_MATCH_2}")
  endforeach()
endfunction()

# jobs_precompile(TARGET header…)
# Most of the time of a build goes into reading the same large headers again and again. The presets for development read
# them once a target; a plain build does not, so that a forgotten #include is still noticed there.
function(jobs_precompile target)
  if(JOBS_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <atomic> <chrono> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <set>
      <sstream> <stdexcept> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> ${ARGN})
    jobs_show_precompiled_to_ccache(${target})
  endif()
endfunction()

# jobs_precompile_as(TARGET OTHER): takes the headers that OTHER has read. Both are compiled with the same options.
function(jobs_precompile_as target other)
  if(JOBS_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${other})
    jobs_show_precompiled_to_ccache(${target})
  endif()
endfunction()

function(jobs_show_precompiled_to_ccache target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
endfunction()
