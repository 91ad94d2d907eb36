# Install rules, collected in one place.
#
# A project that installs us finds two components:
#   find_package(jobs 0.1 COMPONENTS jobs analyst)   →   jobs::jobs, jobs::analyst
# The two libraries have export sets of their own, because one can be had without the other.
include(CMakePackageConfigHelpers)

set(JOBS_INSTALL_CMAKEDIR "${CMAKE_INSTALL_LIBDIR}/cmake/jobs")

install(TARGETS jobs EXPORT jobsTargets FILE_SET HEADERS)
install(EXPORT jobsTargets NAMESPACE jobs:: DESTINATION "${JOBS_INSTALL_CMAKEDIR}")
if(TARGET jobs_analyst)
  install(TARGETS jobs_analyst EXPORT jobsAnalystTargets FILE_SET HEADERS)
  install(EXPORT jobsAnalystTargets NAMESPACE jobs:: DESTINATION "${JOBS_INSTALL_CMAKEDIR}")
endif()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/jobsConfig.cmake.in" "${PROJECT_BINARY_DIR}/jobsConfig.cmake"
  INSTALL_DESTINATION "${JOBS_INSTALL_CMAKEDIR}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/jobsConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/jobsConfig.cmake"
  "${PROJECT_BINARY_DIR}/jobsConfigVersion.cmake"
  DESTINATION "${JOBS_INSTALL_CMAKEDIR}")

# Relative to the file itself, so that a tree that is installed elsewhere, or moved, still works.
file(RELATIVE_PATH JOBS_PC_TO_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/jobs.pc.in" "${PROJECT_BINARY_DIR}/jobs.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/jobs.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

if(TARGET jobsd)
  install(TARGETS jobsd COMPONENT jobsd)
  # The unit names the program by its full path, which is known when it is installed: a package has another prefix than a
  # plain install. It is written to a folder of that prefix's own, since two may be installed at once. systemd looks below lib/,
  # also where libraries live in a folder of their architecture.
  install(CODE "
    file(READ \"${PROJECT_SOURCE_DIR}/packaging/jobsd.service\" unit)
    string(REPLACE \"/usr/bin/jobsd\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/jobsd\" unit \"\${unit}\")
    string(MD5 place \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
    set(place \"${PROJECT_BINARY_DIR}/units/\${place}/jobsd.service\")
    file(WRITE \"\${place}\" \"\${unit}\")
    file(INSTALL \"\${place}\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")" COMPONENT jobsd)
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/jobsd.sysusers" DESTINATION lib/sysusers.d RENAME jobsd.conf COMPONENT jobsd)
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/jobsd.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT jobsd)
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/jobsd.yaml" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/jobs/examples")
endif()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

if(TARGET jobsd)
  include(Package)
endif()
