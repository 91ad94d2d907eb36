# Installs the build into an empty folder and has a project of its own find it, build against it and run.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/find_package" -B "${WORK}/build" -G Ninja
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_CXX_FLAGS=${FLAGS}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" "-DWITH_ANALYST=${WITH_ANALYST}")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run_embed("${WORK}/build/embed")

# The text of every file that was installed speaks of no folder of this build, but that of where it was installed.
file(GLOB_RECURSE installed "${WORK}/prefix/*.cmake" "${WORK}/prefix/*.pc" "${WORK}/prefix/*.h" "${WORK}/prefix/*.service")
foreach(file IN LISTS installed)
  file(READ "${file}" text)
  string(REPLACE "${WORK}/prefix" "" text "${text}")
  string(FIND "${text}" "${SOURCE}" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "${file} names ${SOURCE}")
  endif()
endforeach()
