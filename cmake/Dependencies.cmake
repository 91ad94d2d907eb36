# Everything we link against, as imported targets. Debian 12 packages; see docs/design for why each was chosen.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 3.38 REQUIRED)
find_package(SQLiteCpp CONFIG REQUIRED)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)
find_package(date CONFIG REQUIRED)

if(JOBS_BUILD_ANALYST)
  find_package(yaml-cpp CONFIG REQUIRED)
endif()

if(JOBS_BUILD_DAEMON OR JOBS_BUILD_EXAMPLES)
  find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
  add_library(jobs_asio INTERFACE)
  target_include_directories(jobs_asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
  # Asio 1.22 finds out whether std::aligned_alloc exists by a macro of libstdc++ that is only there if a standard header came
  # first. Left to itself it would answer differently in two sources, and free in one what the other has allocated with new.
  target_compile_definitions(jobs_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_HAS_STD_ALIGNED_ALLOC=1)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_definitions(jobs_asio INTERFACE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 looks through a coroutine frame's own operator new and delete, and takes what they call for a mismatch.
    target_compile_options(jobs_asio INTERFACE -Wno-mismatched-new-delete)
  endif()
  target_link_libraries(jobs_asio INTERFACE Threads::Threads)
endif()

if(JOBS_BUILD_DAEMON)
  find_package(CURL 7.87 REQUIRED)
  find_package(ZLIB REQUIRED)
  find_package(spdlog CONFIG REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

  # llhttp: a CMake package where the distribution has one, else the C sources that Debian 12 ships for Node.js.
  find_package(llhttp CONFIG QUIET)
  add_library(jobs_llhttp INTERFACE)
  if(TARGET llhttp::llhttp_static)
    target_link_libraries(jobs_llhttp INTERFACE llhttp::llhttp_static)
  elseif(TARGET llhttp::llhttp_shared)
    target_link_libraries(jobs_llhttp INTERFACE llhttp::llhttp_shared)
  else()
    find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/nodejs/llhttp/include /usr/share/include/llhttp REQUIRED)
    find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/nodejs/llhttp/src /usr/share/llhttp REQUIRED)
    add_library(jobs_llhttp_sources STATIC
      "${LLHTTP_SOURCE_DIR}/api.c"
      "${LLHTTP_SOURCE_DIR}/http.c"
      "${LLHTTP_SOURCE_DIR}/llhttp.c")
    target_include_directories(jobs_llhttp_sources SYSTEM PUBLIC "${LLHTTP_INCLUDE_DIR}")
    target_compile_definitions(jobs_llhttp_sources PUBLIC LLHTTP_STRICT_MODE=1)
    target_compile_options(jobs_llhttp_sources PRIVATE -w)
    target_link_libraries(jobs_llhttp INTERFACE jobs_llhttp_sources)
  endif()
endif()

if(JOBS_BUILD_TESTS)
  find_package(Catch2 2.13 CONFIG REQUIRED)
endif()
