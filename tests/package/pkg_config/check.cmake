cmake_minimum_required(VERSION 3.23)
# A build without CMake: pkg-config and the compiler.
#   PKG_CONFIG COMPILER PREFIX SOURCE BINARY
file(MAKE_DIRECTORY "${BINARY}")
set(ENV{PKG_CONFIG_PATH} "${PREFIX}/share/pkgconfig")
execute_process(COMMAND "${PKG_CONFIG}" --cflags --libs "rankwise >= 0.1" OUTPUT_VARIABLE flags
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
message(STATUS "flags: ${flags}")
if(NOT flags MATCHES "^-I([^ ]|\\\\ )*/include *$")
  message(FATAL_ERROR "expected one include folder")
endif()
separate_arguments(flags UNIX_COMMAND "${flags}")
execute_process(COMMAND "${COMPILER}" -std=c++20 ${flags} "${SOURCE}" -o "${BINARY}/plain" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${BINARY}/plain" COMMAND_ERROR_IS_FATAL ANY)
