# nvcc called directly, as the language CUDA of CMake 3.25 does not know C++20. Sets RANKWISE_NVCC.
#
# rankwise_nvcc_object(<out> <file> [ARCHITECTURES 80 90] [OPTIONS <flag>...])   compiles one file for the given devices;
#                                                                                80+90: once for 80, assembled for both
# rankwise_nvcc_program(<target> OBJECTS <file>... [LIBRARIES <flag>...]         links objects into the target's PROGRAM;
#                       [RUNTIME <library target>])                              RUNTIME is in the place of CUDA's
#
# Programs bring CUDA's and C++'s run-time libraries along: they start on any machine with a driver.
include_guard(GLOBAL)

find_program(RANKWISE_NVCC NAMES nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin)
mark_as_advanced(RANKWISE_NVCC)

function(rankwise_nvcc_object out file)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "ARCHITECTURES;OPTIONS")
  rankwise_compiler_flags(flags)
  get_filename_component(stem "${file}" NAME)
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${stem}.o")
  set(code "")
  foreach(architecture IN LISTS arg_ARCHITECTURES)
    string(REPLACE "+" ";" devices "${architecture}")
    list(GET devices 0 oldest)
    list(TRANSFORM devices PREPEND "sm_")
    list(JOIN devices "," devices)
    # With the portable form, from which the driver makes code for later devices.
    list(APPEND code "-gencode=arch=compute_${oldest},code=[${devices},compute_${oldest}]")
  endforeach()
  add_custom_command(OUTPUT "${object}" DEPENDS "${file}" DEPFILE "${object}.d" COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "nvcc ${stem}"
    COMMAND "${RANKWISE_NVCC}" ${flags} --expt-relaxed-constexpr ${code} ${arg_OPTIONS} -MD -MF "${object}.d"
      -MT "${object}" -c "${file}" -o "${object}")
  set(${out} "${object}" PARENT_SCOPE)
endfunction()

function(rankwise_nvcc_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "RUNTIME" "OBJECTS;LIBRARIES")
  set(runtime -cudart static)
  if(arg_RUNTIME)
    set(runtime -cudart none "$<TARGET_FILE:${arg_RUNTIME}>")
  endif()
  set(program "${CMAKE_CURRENT_BINARY_DIR}/bin/${target}")
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/bin")
  add_custom_command(OUTPUT "${program}" DEPENDS ${arg_OBJECTS} ${arg_RUNTIME} COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "nvcc ${target}"
    COMMAND "${RANKWISE_NVCC}" ${arg_OBJECTS} ${arg_LIBRARIES} ${runtime}
      -Xcompiler -static-libstdc++,-static-libgcc,-pthread -o "${program}")
  add_custom_target(${target} DEPENDS "${program}")
  set_target_properties(${target} PROPERTIES PROGRAM "${program}")
endfunction()
