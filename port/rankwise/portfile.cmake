# An overlay port: it builds the source tree that it lies in.
#   vcpkg install rankwise --overlay-ports=<this repository>/port
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../.." ABSOLUTE)

# Headers alone: nothing differs between debug and release.
set(VCPKG_BUILD_TYPE release)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DRANKWISE_BUILD_TESTS=OFF
    -DRANKWISE_BUILD_EXAMPLES=OFF
    -DRANKWISE_BUILD_BENCH=OFF
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME rankwise CONFIG_PATH share/cmake/rankwise)
vcpkg_fixup_pkgconfig()

file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
