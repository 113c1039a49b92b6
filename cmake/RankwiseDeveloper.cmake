# rankwise_dev: the library with the warnings its own tests, examples and benchmarks are built with. Never exported.
add_library(rankwise_dev INTERFACE)
target_link_libraries(rankwise_dev INTERFACE rankwise)

set(RANKWISE_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# g++ 12 finds "uninitialized" variables in its own AVX-512 intrinsics and, with -O3, endless copies in its own strings.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND RANKWISE_WARNINGS -Wno-maybe-uninitialized -Wno-uninitialized -Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds)
endif()
target_compile_options(rankwise_dev INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${RANKWISE_WARNINGS}>")
# g++ searches its memory for what is no longer needed whenever that has doubled: a tenth of the time that a file of
# templates takes. A gigabyte first.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(rankwise_dev INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:SHELL:--param ggc-min-heapsize=1000000>")
endif()
