# run(COMMAND…): leaves what it printed in `output`, and ends the test when it fails.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# run_embed(PROGRAM…): examples/embed.cc, built by a consumer, does what it should.
function(run_embed)
  file(REMOVE "${WORK}/jobs.db" "${WORK}/jobs.db-wal" "${WORK}/jobs.db-shm")
  run(${ARGN} "${WORK}/jobs.db")
  if(NOT output STREQUAL "hello, world\n")
    message(FATAL_ERROR "${ARGN} printed: ${output}")
  endif()
endfunction()

# compile_embed(FLAGS…): examples/embed.cc becomes ${WORK}/embed.o, without any build system.
function(compile_embed)
  separate_arguments(launcher UNIX_COMMAND "${LAUNCHER}")
  separate_arguments(flags UNIX_COMMAND "${FLAGS}")
  run(${launcher} "${COMPILER}" -std=c++20 ${flags} ${ARGN} -c "${SOURCE}/examples/embed.cc" -o "${WORK}/embed.o")
endfunction()

# ask_pkg_config(NAME OPTION…): what pkg-config says of the tree installed in ${WORK}/prefix, as a list.
function(ask_pkg_config name)
  file(GLOB_RECURSE description "${WORK}/prefix/jobs.pc")
  get_filename_component(folder "${description}" DIRECTORY)
  run("${CMAKE_COMMAND}" -E env "PKG_CONFIG_PATH=${folder}" "${PKG_CONFIG}" ${ARGN} jobs)
  string(STRIP "${output}" output)
  separate_arguments(output UNIX_COMMAND "${output}")
  set(${name} "${output}" PARENT_SCOPE)
endfunction()
