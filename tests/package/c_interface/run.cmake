# Builds and installs rankwise_c, as docs/c.md says, and a program in C against the prefix.
#   SOURCE, BINARY, ARGUMENTS
cmake_minimum_required(VERSION 3.23)
get_filename_component(here "${CMAKE_CURRENT_LIST_FILE}" DIRECTORY)
file(REMOVE_RECURSE "${BINARY}")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " words)
    message(FATAL_ERROR "${words}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BINARY}/library" ${ARGUMENTS} -DRANKWISE_BUILD_C=ON
  -DRANKWISE_BUILD_TESTS=OFF -DRANKWISE_BUILD_EXAMPLES=OFF "-DCMAKE_INSTALL_PREFIX=${BINARY}/prefix")
run("${CMAKE_COMMAND}" --build "${BINARY}/library")
run("${CMAKE_COMMAND}" --install "${BINARY}/library")
run("${CMAKE_COMMAND}" -S "${here}" -B "${BINARY}/use" "-DCMAKE_PREFIX_PATH=${BINARY}/prefix"
  "-DEXAMPLE=${SOURCE}/c/example.c")
run("${CMAKE_COMMAND}" --build "${BINARY}/use")
run("${BINARY}/use/use")
if(NOT output MATCHES "^loss [0-9.]+, NDCG@10 0\\.[0-9]+, gradient")
  message(FATAL_ERROR "the program prints\n${output}")
endif()
message(STATUS "${output}")
