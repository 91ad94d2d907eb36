# Installs the build into an empty folder and links a program against it with what pkg-config says, then once more as small
# as it gets: everything static that a distribution has static, and stripped.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")
ask_pkg_config(cflags --cflags)
ask_pkg_config(libs --static --libs)
compile_embed(-O2 ${cflags})
separate_arguments(flags UNIX_COMMAND "${FLAGS}")
run("${COMPILER}" ${flags} "${WORK}/embed.o" ${libs} -o "${WORK}/embed")
run_embed("${WORK}/embed")

# A sanitizer brings megabytes of its own.
if(FLAGS MATCHES "sanitize")
  return()
endif()
list(TRANSFORM libs REPLACE "^-l(sqlite3|crypto)$" "-l:lib\\1.a")
run("${COMPILER}" "${WORK}/embed.o" ${libs} -static-libstdc++ -static-libgcc -Wl,--gc-sections -Wl,--as-needed -s
    -o "${WORK}/embed_small")
run_embed("${WORK}/embed_small")
file(SIZE "${WORK}/embed_small" bytes)
message(STATUS "the program has ${bytes} bytes")
if(bytes GREATER_EQUAL 5000000)
  message(FATAL_ERROR "a program that embeds the engine has ${bytes} bytes, and should stay under 5 MB")
endif()

# And short.
file(STRINGS "${SOURCE}/examples/embed.cc" lines)
list(LENGTH lines count)
if(count GREATER_EQUAL 30)
  message(FATAL_ERROR "examples/embed.cc has ${count} lines, and should stay under 30")
endif()
