# Runs PROGRAM with 1 .. PROCESSES processes of an MPI job; with SAME_OUTPUT their outputs must not differ by a bit.
#   MPIEXEC, PROGRAM, PROCESSES, SAME_OUTPUT
cmake_minimum_required(VERSION 3.23)
# Open MPI refuses to run as root, and on fewer cores than processes, unless told; others do not know these options.
execute_process(COMMAND "${MPIEXEC}" --version OUTPUT_VARIABLE version ERROR_VARIABLE version)
set(options "")
if(version MATCHES "Open ?MPI|OpenRTE|PRTE")
  set(options --oversubscribe --allow-run-as-root)
endif()
foreach(count RANGE 1 ${PROCESSES})
  execute_process(COMMAND "${MPIEXEC}" ${options} -n ${count} "${PROGRAM}" RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE errors TIMEOUT 60)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${count} processes: ${result}\n${output}${errors}")
  endif()
  if(SAME_OUTPUT)
    if(count EQUAL 1)
      set(first "${output}")
    elseif(NOT output STREQUAL first OR output STREQUAL "")
      message(FATAL_ERROR "${count} processes print\n${output}\nand one prints\n${first}")
    endif()
  endif()
endforeach()
message(STATUS "1 to ${PROCESSES} processes: all passed\n${first}")
