# The package: headers, find_package files and a pkg-config file, all relocatable and the same for every processor.
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/rankwise")

# One export set per component, so that a component's target appears only where its dependency was found.
install(TARGETS rankwise EXPORT rankwise-targets FILE_SET HEADERS)
install(EXPORT rankwise-targets NAMESPACE rankwise:: DESTINATION "${package_dir}")
foreach(component IN LISTS rankwise_components)
  install(TARGETS rankwise_${component} EXPORT rankwise-${component}-targets FILE_SET HEADERS)
  install(EXPORT rankwise-${component}-targets NAMESPACE rankwise:: DESTINATION "${package_dir}")
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/components/${component}.cmake" DESTINATION "${package_dir}/components")
endforeach()
install(FILES
  "${PROJECT_SOURCE_DIR}/cmake/components/common.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/components/xsimd.cmake"
  DESTINATION "${package_dir}/components")
install(FILES "${PROJECT_SOURCE_DIR}/cmake/RankwiseDispatch.cmake" DESTINATION "${package_dir}")

list(JOIN rankwise_components " " rankwise_component_words)
configure_file("${PROJECT_SOURCE_DIR}/cmake/rankwise-config.cmake.in"
  "${PROJECT_BINARY_DIR}/package/rankwise-config.cmake" @ONLY)
# CMake's own version files refuse a range whose ends differ in the minor version.
configure_file("${PROJECT_SOURCE_DIR}/cmake/rankwise-config-version.cmake.in"
  "${PROJECT_BINARY_DIR}/package/rankwise-config-version.cmake" @ONLY)
install(FILES
  "${PROJECT_BINARY_DIR}/package/rankwise-config.cmake"
  "${PROJECT_BINARY_DIR}/package/rankwise-config-version.cmake"
  DESTINATION "${package_dir}")

file(RELATIVE_PATH rankwise_pc_prefix "/p/${CMAKE_INSTALL_DATADIR}/pkgconfig" "/p")
string(REGEX REPLACE "/$" "" rankwise_pc_prefix "${rankwise_pc_prefix}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/rankwise.pc.in" "${PROJECT_BINARY_DIR}/package/rankwise.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/rankwise.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
