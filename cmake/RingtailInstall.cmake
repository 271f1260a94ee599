# What `cmake --install` and the Debian package hold beside the executable and the library.

# The executable finds its data seen from its own folder, so an installed tree may be moved.
set(data ${CMAKE_INSTALL_DATADIR}/ringtail)
install(DIRECTORY platforms workloads DESTINATION ${data} FILES_MATCHING PATTERN "*.yaml" PATTERN "*.csv")
install(DIRECTORY report DESTINATION ${data} FILES_MATCHING PATTERN "*.html" PATTERN "*.css" PATTERN "*.js")
install(DIRECTORY analysis/reference DESTINATION ${data}/analysis FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY docs/schema DESTINATION ${data}/docs)  # where the YAML files' first lines point
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs
        FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "*.png"
        PATTERN "schema" EXCLUDE PATTERN "recorded" EXCLUDE)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)  # as Debian calls it

install(DIRECTORY analysis/python/ringtail DESTINATION lib/python3/dist-packages
        FILES_MATCHING PATTERN "*.py" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY analysis/python/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.py")

# From the table that --help is made of.
set(shell ${PROJECT_BINARY_DIR}/shell)
file(MAKE_DIRECTORY ${shell})
add_custom_command(
  OUTPUT ${shell}/ringtail.1 ${shell}/ringtail ${shell}/_ringtail
  COMMAND ringtail man >${shell}/ringtail.1
  COMMAND ringtail completion bash >${shell}/ringtail
  COMMAND ringtail completion zsh >${shell}/_ringtail
  DEPENDS ringtail
  COMMENT "Writing the manual page and completions")
add_custom_target(ringtail_shell ALL DEPENDS ${shell}/ringtail.1 ${shell}/ringtail ${shell}/_ringtail)
install(FILES ${shell}/ringtail.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${shell}/ringtail DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
# zsh looks into site-functions; Debian's, for packages, into vendor-completions.
install(FILES ${shell}/_ringtail DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${shell}/_ringtail DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
