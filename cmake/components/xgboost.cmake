# Component xgboost: trees of XGBoost's, 1.7 or newer, through its C interface. The shared library alone is needed: an
# installed one, or that of a Python wheel.
#   RANKWISE_XGBOOST_LIBRARY  path of libxgboost; "wheel" for the one that python3 imports
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

function(rankwise_find_xgboost out_missing)
  set(${out_missing} "" PARENT_SCOPE)
  if(TARGET rankwise::dependency_xgboost)
    return()
  endif()
  if(TARGET xgboost::xgboost)
    _rankwise_dependency(dependency_xgboost)
    target_link_libraries(rankwise::dependency_xgboost INTERFACE xgboost::xgboost)
    return()
  endif()
  # Not find_package: Debian's configuration stops CMake where its command line program is not installed, too.
  set(library "${RANKWISE_XGBOOST_LIBRARY}")
  if(library STREQUAL "wheel")
    _rankwise_wheel_library(library xgboost libxgboost.so)
  elseif(NOT library STREQUAL "OFF") # as if it were not installed
    find_library(RANKWISE_XGBOOST_LIBRARY xgboost)
    set(library "${RANKWISE_XGBOOST_LIBRARY}")
  endif()
  mark_as_advanced(RANKWISE_XGBOOST_LIBRARY)
  if(NOT library)
    set(${out_missing} "rankwise: component xgboost needs XGBoost, which was not found (Debian and Ubuntu: libxgboost-dev, or set RANKWISE_XGBOOST_LIBRARY)" PARENT_SCOPE)
    return()
  endif()
  _rankwise_dependency(dependency_xgboost)
  target_link_libraries(rankwise::dependency_xgboost INTERFACE "${library}")
endfunction()
