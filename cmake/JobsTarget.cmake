# What every target of ours has in common. Nothing here reaches the targets of a project that embeds us.
function(jobs_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wextra-semi)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A designated initialiser that leaves members at their default is the style of this project.
    # GCC 12 believes that an empty std::optional is read where it is only copied.
    target_compile_options(${target} PRIVATE -Wno-missing-field-initializers -Wno-maybe-uninitialized)
  endif()
  if(JOBS_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
