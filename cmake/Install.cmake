# What `cmake --install` puts where besides the program: what it prints of itself (manual pages,
# completions), units for systemd, documents and examples. The paths are Debian's, below any prefix.
include(GNUInstallDirs)
set(pages "${CMAKE_BINARY_DIR}/pages")
# By the program, when it is installed: who builds that one target alone has all he needs.
install(CODE "set(program \"$<TARGET_FILE:onceload>\")\nset(pages \"${pages}\")\n\
set(changelog \"${CMAKE_SOURCE_DIR}/CHANGELOG.md\")")
install(SCRIPT "${CMAKE_SOURCE_DIR}/cmake/MakePages.cmake")
install(DIRECTORY "${pages}/man1" DESTINATION "${CMAKE_INSTALL_MANDIR}")
install(FILES "${pages}/onceload" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES "${pages}/_onceload" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions")
install(FILES "${pages}/onceload.fish"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")

install(DIRECTORY "${CMAKE_SOURCE_DIR}/packaging/systemd/" DESTINATION lib/systemd/system
        FILES_MATCHING PATTERN "*.service" PATTERN "*.timer")
foreach(unit onceload onceload-watch)
  install(FILES "${CMAKE_SOURCE_DIR}/packaging/systemd/confinement.conf"
          DESTINATION lib/systemd/system/${unit}@.service.d)
endforeach()
install(FILES "${CMAKE_SOURCE_DIR}/packaging/systemd/onceload.sysusers" DESTINATION lib/sysusers.d
        RENAME onceload.conf)

set(documents "${CMAKE_INSTALL_DATADIR}/doc/onceload")
install(FILES "${CMAKE_SOURCE_DIR}/README.md" "${pages}/changelog.gz" DESTINATION "${documents}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/examples" DESTINATION "${documents}")
install(FILES "${CMAKE_SOURCE_DIR}/packaging/debian/lintian-overrides"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/lintian/overrides" RENAME onceload)
# What scripts/package has made: a bill of materials, and whose work is in the program.
install(DIRECTORY "${CMAKE_BINARY_DIR}/bill/" DESTINATION "${documents}" OPTIONAL)
