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
  if(JOBS_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# jobs_precompile(TARGET header…)
# Most of the time of a build goes into reading the same large headers again and again. The presets for development read
# them once a target; a plain build does not, so that a forgotten #include is still noticed there.
function(jobs_precompile target)
  if(NOT JOBS_PRECOMPILE_HEADERS)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <atomic> <chrono> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <set>
    <sstream> <stdexcept> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # lets ccache see through it
  endif()
endfunction()
