cmake_minimum_required(VERSION 3.23)
# Executes port/rankwise/portfile.cmake as vcpkg would, with stand-ins for vcpkg's functions that do what those do to
# a header-only package. The prefix it leaves is then consumed with find_package.
#   PORT_DIR WORK COMPILER
set(PORT rankwise)
set(CURRENT_PORT_DIR "${PORT_DIR}")
set(CURRENT_PACKAGES_DIR "${WORK}/packages/rankwise_x64-linux")
set(CURRENT_BUILDTREES_DIR "${WORK}/buildtrees/rankwise")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${CURRENT_PACKAGES_DIR}" "${CURRENT_BUILDTREES_DIR}")

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCE_PATH)
    message(FATAL_ERROR "vcpkg_cmake_configure: ${ARGN}")
  endif()
  execute_process(COMMAND_ERROR_IS_FATAL ANY
    COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${arg_SOURCE_PATH}" -B "${CURRENT_BUILDTREES_DIR}/rel"
      "-DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR}" -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_COMPILER=${COMPILER}"
      -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF ${CONFIGURE_ARGUMENTS} ${arg_OPTIONS})
endfunction()

function(vcpkg_cmake_install)
  execute_process(COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET
    COMMAND "${CMAKE_COMMAND}" --build "${CURRENT_BUILDTREES_DIR}/rel" --target install)
endfunction()

# Moves the package files to share/<name> and shortens the way from there to the prefix.
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
  set(from "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}")
  set(to "${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME}")
  if(NOT EXISTS "${from}")
    message(FATAL_ERROR "vcpkg_cmake_config_fixup: ${from} does not exist")
  endif()
  file(RENAME "${from}" "${to}")
  file(REMOVE "${CURRENT_PACKAGES_DIR}/share/cmake")
  file(GLOB children "${CURRENT_PACKAGES_DIR}/share/cmake/*")
  if(NOT children)
    file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/cmake")
  endif()
  file(GLOB_RECURSE files "${to}/*.cmake")
  set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)")
  foreach(file IN LISTS files)
    file(READ "${file}" text)
    string(REPLACE "${up}\n${up}\n${up}\n" "${up}\n${up}\n" text "${text}")
    file(WRITE "${file}" "${text}")
  endforeach()
endfunction()

function(vcpkg_fixup_pkgconfig)
  if(NOT EXISTS "${CURRENT_PACKAGES_DIR}/share/pkgconfig/rankwise.pc")
    message(FATAL_ERROR "vcpkg_fixup_pkgconfig: there is no rankwise.pc")
  endif()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  file(COPY_FILE "${arg_FILE_LIST}" "${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright")
endfunction()

include("${PORT_DIR}/portfile.cmake")

# What vcpkg's own post-build checks would complain about.
foreach(file IN ITEMS share/rankwise/copyright share/rankwise/usage share/rankwise/rankwise-config.cmake
                      include/rankwise/version.hpp)
  if(NOT EXISTS "${CURRENT_PACKAGES_DIR}/${file}")
    message(FATAL_ERROR "the port does not install ${file}")
  endif()
endforeach()
foreach(folder IN ITEMS lib debug share/cmake)
  if(EXISTS "${CURRENT_PACKAGES_DIR}/${folder}")
    message(FATAL_ERROR "the port installs ${folder}, which a header-only port must not")
  endif()
endforeach()
