# What the component files share. Read by the library's own build and by the installed package alike.
include_guard(DIRECTORY)

# The include directories of a target, without dragging the target itself along: imported targets are local to the
# directory that found them, and some distributions' targets name link libraries that do not exist.
function(_rankwise_includes_of out)
  set(all "")
  foreach(target IN LISTS ARGN)
    if(TARGET ${target})
      get_target_property(dirs ${target} INTERFACE_INCLUDE_DIRECTORIES)
      if(dirs)
        list(APPEND all ${dirs})
      endif()
    endif()
  endforeach()
  list(REMOVE_DUPLICATES all)
  set(${out} "${all}" PARENT_SCOPE)
endfunction()

# The first of the folders (or of their include/ subfolders) that holds the given file.
function(_rankwise_folder_with out file)
  foreach(dir IN LISTS ARGN)
    foreach(candidate IN ITEMS "${dir}" "${dir}/include")
      if(EXISTS "${candidate}/${file}")
        set(${out} "${candidate}" PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

# "major.minor.patch" from the #defines PREFIX_MAJOR, PREFIX_MINOR, PREFIX_PATCH of a header.
function(_rankwise_version_in out header prefix)
  file(STRINGS "${header}" lines REGEX "#define[ \t]+${prefix}_(MAJOR|MINOR|PATCH)[ \t]+[0-9]+")
  set(version "")
  foreach(part IN ITEMS MAJOR MINOR PATCH)
    if("${lines}" MATCHES "${prefix}_${part}[ \t]+([0-9]+)")
      list(APPEND version "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(JOIN version "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# The imported target that carries what a component needs from outside. It is global in the library's own build, so
# that add_subdirectory and FetchContent work from anywhere in the parent project.
macro(_rankwise_dependency name)
  if(_rankwise_in_tree)
    add_library(rankwise::${name} INTERFACE IMPORTED GLOBAL)
  else()
    add_library(rankwise::${name} INTERFACE IMPORTED)
  endif()
endmacro()

# find_package for a dependency whose target we link to by name (a compiled library).
macro(_rankwise_find_package)
  if(_rankwise_in_tree)
    set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
  endif()
  find_package(${ARGV} QUIET)
endmacro()

# The shared library inside a Python package: that of the python3 in the path, or of the one that RANKWISE_PYTHON names.
function(_rankwise_wheel_library out package file)
  set(${out} "" PARENT_SCOPE)
  if(RANKWISE_PYTHON)
    set(python "${RANKWISE_PYTHON}")
  else()
    find_program(python NAMES python3 NO_CACHE)
  endif()
  if(NOT python)
    return()
  endif()
  execute_process(COMMAND "${python}" -c
    "import importlib.util as u; s = u.find_spec('${package}'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(folder AND EXISTS "${folder}/lib/${file}")
    set(${out} "${folder}/lib/${file}" PARENT_SCOPE)
  endif()
endfunction()
