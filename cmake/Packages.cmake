# What cpack makes of the install tree; scripts/package drives it.
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_PACKAGE_NAME onceload)
set(CPACK_PACKAGE_VENDOR onceload)
set(CPACK_PACKAGE_CONTACT "onceload maintainers <maintainers@onceload.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "load CSV files into Apache Kafka exactly once")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

# The libraries' names and versions differ from release to release of Debian, so each has a package
# of its own, and the newer release's is the newer package.
file(STRINGS /etc/os-release release REGEX "^(ID|VERSION_ID)=")
list(TRANSFORM release REPLACE "^[A-Z_]+=\"?([^\"]*)\"?$" "\\1")
list(SORT release COMPARE NATURAL ORDER DESCENDING)
list(JOIN release "" release)  # debian12
string(REGEX REPLACE "^debian" "deb" debian_revision "1~${release}")
string(REPLACE "1~debian" "1~deb" debian_revision "${debian_revision}")
set(CPACK_PACKAGE_FILE_NAME "onceload-${PROJECT_VERSION}-${release}-${CMAKE_SYSTEM_PROCESSOR}")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "${debian_revision}")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Each chunk of rows is one Kafka transaction, and the position in the file is
a record in the same transaction. Killed at any instant, the same command goes
on behind the last committed row; \"onceload verify\" proves that every row is
in the topic once and in order.
.
This package also has units for systemd: onceload@.service with a timer, and
onceload-watch@.service.")
# What no binary names: zones for timestamps, authorities for TLS, Kerberos for SASL.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libsasl2-modules-gssapi-mit, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/debian/postinst"
                                       "${CMAKE_SOURCE_DIR}/packaging/debian/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
