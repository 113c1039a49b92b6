cmake_minimum_required(VERSION 3.23)
# One small project, from an empty build folder, in a process of its own.
#   SOURCE BINARY     the project and its build folder
#   ARGUMENTS         for the configure step
#   MUST_FAIL_WITH    regular expression: configuring must fail and say this
#   TARGET_NAMES      what to build; default everything
#   RUN               programs to run afterwards, relative to BINARY
file(REMOVE_RECURSE "${BINARY}")
execute_process(COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${SOURCE}" -B "${BINARY}" ${ARGUMENTS}
  RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(MUST_FAIL_WITH)
  if(NOT failed)
    message(NOTICE "${output}")
    message(FATAL_ERROR "configured, and must not")
  elseif(NOT output MATCHES "${MUST_FAIL_WITH}")
    message(NOTICE "${output}")
    message(FATAL_ERROR "did not say '${MUST_FAIL_WITH}'")
  endif()
  message(STATUS "said: ${CMAKE_MATCH_0}")
  return()
elseif(failed)
  message(NOTICE "${output}")
  message(FATAL_ERROR "configure: ${failed}")
endif()
if(NOT TARGET_NAMES)
  set(TARGET_NAMES all)
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BINARY}" --target ${TARGET_NAMES}
  RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(failed)
  message(NOTICE "${output}")
  message(FATAL_ERROR "build: ${failed}")
endif()
foreach(program IN LISTS RUN)
  execute_process(COMMAND "${BINARY}/${program}" WORKING_DIRECTORY "${BINARY}" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${program}: ${failed}")
  endif()
endforeach()
