# The Debian package of jobsd: `cpack -G DEB` in a release build makes it.
#
# It holds the daemon alone. Whoever embeds the libraries builds them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME jobsd)
set(CPACK_PACKAGE_VENDOR jobs)
set(CPACK_PACKAGE_CONTACT "The jobs project <jobs@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "durable AI jobs over HTTP")
set(CPACK_PACKAGE_DESCRIPTION "Answers questions about databases, as durable jobs over HTTP, with signed webhooks.\nOne process and one SQLite file.")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/package")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL jobsd jobsd_package)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
# Which libraries, in which versions: read from the program.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, init-system-helpers, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/packaging/debian/conffiles"
  "${PROJECT_SOURCE_DIR}/packaging/debian/postinst"
  "${PROJECT_SOURCE_DIR}/packaging/debian/postrm"
  "${PROJECT_SOURCE_DIR}/packaging/debian/prerm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# Only in the package, since its place does not follow the prefix.
install(FILES "${PROJECT_SOURCE_DIR}/packaging/jobsd.yaml" DESTINATION /etc/jobsd
  COMPONENT jobsd_package EXCLUDE_FROM_ALL)
install(FILES "${PROJECT_SOURCE_DIR}/packaging/debian/copyright" DESTINATION share/doc/jobsd
  COMPONENT jobsd_package EXCLUDE_FROM_ALL)

include(CPack)
