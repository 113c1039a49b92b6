cmake_minimum_required(VERSION 3.23)
# Installs the library as a user would, into an empty prefix, and then moves that prefix: the package must not care.
#   SOURCE BINARY PREFIX ARGUMENTS
file(REMOVE_RECURSE "${BINARY}" "${PREFIX}" "${PREFIX}-first")
execute_process(COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${SOURCE}" -B "${BINARY}" "-DCMAKE_INSTALL_PREFIX=${PREFIX}-first"
    -DRANKWISE_BUILD_TESTS=OFF -DRANKWISE_BUILD_EXAMPLES=OFF ${ARGUMENTS}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BINARY}" COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
file(RENAME "${PREFIX}-first" "${PREFIX}")

# Every header of the source tree, and no trace of where it was built.
file(GLOB_RECURSE expected RELATIVE "${SOURCE}/include" "${SOURCE}/include/*.hpp")
file(GLOB_RECURSE installed RELATIVE "${PREFIX}/include" "${PREFIX}/include/*")
list(SORT expected)
list(SORT installed)
if(NOT expected STREQUAL installed)
  message(FATAL_ERROR "installed headers differ from the source tree's:\n${installed}")
endif()
file(GLOB_RECURSE texts "${PREFIX}/share/*")
foreach(text IN LISTS texts)
  file(READ "${text}" content)
  foreach(path IN ITEMS "${SOURCE}" "${BINARY}" "${PREFIX}")
    string(FIND "${content}" "${path}" position)
    if(NOT position EQUAL -1)
      message(FATAL_ERROR "${text} names ${path}: the package cannot be moved")
    endif()
  endforeach()
endforeach()
list(LENGTH installed count)
message(STATUS "${count} headers installed")
