# A project of its own builds our sources below itself, as a shared library, and runs; what it installs is found by pkg-config.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

# The build stays from one run to the next, so that it takes long only once.
file(REMOVE_RECURSE "${WORK}/prefix")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/add_subdirectory" -B "${WORK}/build" -G Ninja "-DJOBS_SOURCE=${SOURCE}"
    "-DCMAKE_CXX_FLAGS=${FLAGS}" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
    -DCMAKE_BUILD_TYPE=None -DJOBS_PRECOMPILE_HEADERS=ON -DJOBS_UNITE_SOURCES=20 -DJOBS_INSTALL=ON "-DCMAKE_INSTALL_PREFIX=${WORK}/prefix")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run_embed("${WORK}/build/embed")

run("${CMAKE_COMMAND}" --install "${WORK}/build")
file(GLOB_RECURSE library "${WORK}/prefix/libjobs.so")
get_filename_component(folder "${library}" DIRECTORY)
ask_pkg_config(cflags --cflags)
ask_pkg_config(libs --libs)
compile_embed(${cflags})
separate_arguments(flags UNIX_COMMAND "${FLAGS}")
run("${COMPILER}" ${flags} "${WORK}/embed.o" ${libs} "-Wl,-rpath,${folder}" -o "${WORK}/embed")
run_embed("${WORK}/embed")
