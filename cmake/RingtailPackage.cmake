# `cpack -G DEB` in the build folder.
# `cpack` and `cmake --install` after a build of `all`, or of what they pack; the tests are not part of it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ringtail)
set(CPACK_PACKAGE_CONTACT "Ringtail maintainers <maintainers@users.noreply.ringtail.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "discrete-event simulator of LLM decoding on GPU clusters")
set(CPACK_COMPONENT_UNSPECIFIED_DESCRIPTION
    "Simulates the decode steps of dense and Mixture-of-Experts language models on\nGPU clusters: routing of every token, kernels, collectives, memory and network,\non SimGrid. With platforms, models, studies and a library for C++ and Python.")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# ringtail-mpi has a package of its own, so that Open MPI is not asked of others.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL Unspecified)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_NAME ringtail)
if(TARGET ringtail-mpi)
  list(APPEND CPACK_COMPONENTS_ALL mpi)
  set(CPACK_DEBIAN_MPI_PACKAGE_NAME ringtail-mpi)
  set(CPACK_COMPONENT_MPI_DESCRIPTION "Hands the points of a study to the processes of an MPI job.")
  set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "ringtail (= ${PROJECT_VERSION}), openmpi-bin")
  set(CPACK_DEBIAN_MPI_PACKAGE_RECOMMENDS "")
  set(CPACK_DEBIAN_MPI_PACKAGE_SUGGESTS "")
endif()
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_RECOMMENDS node-d3)  # of `ringtail report`
# Of the Python package, the library's header, and `ringtail report --figures`.
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_SUGGESTS
    "python3 (>= 3.11), python3-pandas, g++, cmake, pkg-config, libsimgrid-dev, libyaml-cpp-dev, libspdlog-dev, libfmt-dev, chromium, librsvg2-bin")
include(CPack)
