# What `cmake --install` puts where, so that find_package(xgrad) works from outside.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/xgrad)
set(header_folder ${CMAKE_INSTALL_INCLUDEDIR}/xgrad)

set(targets xgrad)
foreach(floor IN ITEMS tensor autograd nn optim data train)
  set_target_properties(xgrad_${floor} PROPERTIES EXPORT_NAME ${floor} INSTALL_RPATH "$ORIGIN")
  list(APPEND targets xgrad_${floor})
endforeach()
if(TARGET xgrad-checkpoint)
  file(RELATIVE_PATH to_libraries /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
  set_target_properties(xgrad-checkpoint PROPERTIES INSTALL_RPATH "$ORIGIN/${to_libraries}")
  list(APPEND targets xgrad-checkpoint)
endif()
install(TARGETS ${targets} EXPORT xgradTargets INCLUDES DESTINATION ${header_folder})

install(CODE "set(headers \"${PROJECT_BINARY_DIR}/headers\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/XgradStageHeaders.cmake)
install(DIRECTORY ${PROJECT_BINARY_DIR}/headers/ DESTINATION ${header_folder})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT xgradTargets NAMESPACE xgrad:: DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/xgradConfig.cmake.in xgradConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(xgradConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/xgradConfig.cmake ${PROJECT_BINARY_DIR}/xgradConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/XgradLibraries.cmake
        DESTINATION ${package_folder})
