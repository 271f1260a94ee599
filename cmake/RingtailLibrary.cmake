# The library that other programs link: one archive of all modules up to the results, and one public header. What the
# modules include and how they are compiled stays inside.
set(objects)
foreach(module base stats model platform fabric parallel routing program accounting timeline collectives decode network
               engine config simulation advice results library)
  get_target_property(type ringtail_${module} TYPE)
  if(type STREQUAL STATIC_LIBRARY)
    list(APPEND objects $<TARGET_OBJECTS:ringtail_${module}>)
  endif()
endforeach()
add_library(ringtail_archive STATIC ${objects})
set_target_properties(ringtail_archive PROPERTIES OUTPUT_NAME ringtail EXPORT_NAME ringtail LINKER_LANGUAGE CXX)
target_compile_features(ringtail_archive INTERFACE cxx_std_20)
target_include_directories(ringtail_archive INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(ringtail_archive INTERFACE $<INSTALL_INTERFACE:PkgConfig::SimGrid> $<INSTALL_INTERFACE:yaml-cpp>
                                                 $<INSTALL_INTERFACE:spdlog::spdlog> $<INSTALL_INTERFACE:fmt::fmt>)

include(CMakePackageConfigHelpers)
set(RINGTAIL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Ringtail)
configure_package_config_file(cmake/RingtailConfig.cmake.in ${PROJECT_BINARY_DIR}/RingtailConfig.cmake
                              INSTALL_DESTINATION ${RINGTAIL_CMAKE_DIR} PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/RingtailConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS ringtail_archive EXPORT RingtailTargets DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT RingtailTargets NAMESPACE Ringtail:: DESTINATION ${RINGTAIL_CMAKE_DIR})
install(FILES ${PROJECT_BINARY_DIR}/RingtailConfig.cmake ${PROJECT_BINARY_DIR}/RingtailConfigVersion.cmake
        DESTINATION ${RINGTAIL_CMAKE_DIR})
install(DIRECTORY sim/library/ringtail DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
