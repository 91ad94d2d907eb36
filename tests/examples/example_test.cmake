# Runs PROGRAM with FILE, which is removed first: the file of an earlier build may have another schema.
cmake_minimum_required(VERSION 3.25)
file(REMOVE "${FILE}" "${FILE}-wal" "${FILE}-shm")
execute_process(COMMAND "${PROGRAM}" "${FILE}" RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors TIMEOUT 60)
string(REPLACE "\\n" "\n" expected "${OUTPUT}")
if(NOT status EQUAL 0 OR NOT output STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} ended with ${status} and printed:\n${output}${errors}\nnot:\n${expected}")
endif()
