# Component lightgbm: trees of LightGBM's, 4 or newer, through its C interface. The shared library alone is needed: an
# installed one, or that of a Python wheel.
#   RANKWISE_LIGHTGBM_LIBRARY  path of lib_lightgbm; "wheel" for the one that python3 imports
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

function(rankwise_find_lightgbm out_missing)
  set(${out_missing} "" PARENT_SCOPE)
  if(TARGET rankwise::dependency_lightgbm)
    return()
  endif()
  set(library "${RANKWISE_LIGHTGBM_LIBRARY}")
  if(NOT library) # an installed one first
    find_library(RANKWISE_LIGHTGBM_LIBRARY NAMES _lightgbm lightgbm lib_lightgbm.so)
    set(library "${RANKWISE_LIGHTGBM_LIBRARY}")
  endif()
  if(NOT RANKWISE_LIGHTGBM_LIBRARY STREQUAL "OFF" AND (NOT library OR library STREQUAL "wheel"))
    _rankwise_wheel_library(library lightgbm lib_lightgbm.so)
  endif()
  mark_as_advanced(RANKWISE_LIGHTGBM_LIBRARY)
  if(NOT library)
    set(${out_missing} "rankwise: component lightgbm needs LightGBM, which was not found (a Python wheel brings it: pip install lightgbm, or set RANKWISE_LIGHTGBM_LIBRARY)" PARENT_SCOPE)
    return()
  endif()
  _rankwise_dependency(dependency_lightgbm)
  target_link_libraries(rankwise::dependency_lightgbm INTERFACE "${library}")
endfunction()
