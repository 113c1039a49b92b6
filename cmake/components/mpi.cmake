# Component mpi: evaluation and statistics over the processes of an MPI job; any MPI of version 3 or newer.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

function(rankwise_find_mpi out_missing)
  set(${out_missing} "" PARENT_SCOPE)
  if(TARGET rankwise::dependency_mpi)
    return()
  endif()
  if(NOT TARGET MPI::MPI_CXX)
    set(MPI_CXX_SKIP_MPICXX ON) # the C++ bindings that MPI-3 removed
    _rankwise_find_package(MPI COMPONENTS CXX)
  endif()
  if(NOT TARGET MPI::MPI_CXX)
    set(${out_missing} "rankwise: component mpi needs an MPI library, which was not found (Debian and Ubuntu: libopenmpi-dev, vcpkg: openmpi)" PARENT_SCOPE)
    return()
  endif()
  _rankwise_dependency(dependency_mpi)
  target_link_libraries(rankwise::dependency_mpi INTERFACE MPI::MPI_CXX)
endfunction()
