# rankwise_add_dispatch(<target> SOURCES <file>... [ARCHITECTURES x86_64 x86_64_v3 x86_64_v4])
#
# Compiles the given sources once for every instruction set and links the objects into <target>, which itself stays as
# portable as it was. Each source ends with an explicit instantiation for rankwise::arch::native, which is another type
# in every one of these units. On other processors there is one unit, compiled as <target> is.
include_guard(DIRECTORY)

function(rankwise_add_dispatch target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;ARCHITECTURES")
  if(NOT TARGET ${target})
    message(FATAL_ERROR "rankwise_add_dispatch: there is no target ${target}")
  endif()
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "rankwise_add_dispatch(<target> SOURCES <file>... [ARCHITECTURES <name>...])")
  endif()
  if(NOT arg_ARCHITECTURES)
    set(arg_ARCHITECTURES x86_64 x86_64_v3 x86_64_v4)
  endif()
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    target_sources(${target} PRIVATE ${arg_SOURCES})
    return()
  endif()

  get_target_property(type ${target} TYPE)
  get_target_property(pic ${target} POSITION_INDEPENDENT_CODE)
  if(type MATCHES "^(SHARED|MODULE)_LIBRARY$")
    set(pic ON)
  endif()
  foreach(arch IN LISTS arg_ARCHITECTURES)
    if(NOT arch MATCHES "^x86_64(_v[234])?$")
      message(FATAL_ERROR "rankwise_add_dispatch: ${arch} is not one of x86_64, x86_64_v2, x86_64_v3, x86_64_v4")
    endif()
    string(REPLACE "_" "-" march "${arch}")
    set(unit ${target}_${arch})
    if(NOT TARGET ${unit})
      add_library(${unit} OBJECT EXCLUDE_FROM_ALL) # <target> asks for it
      foreach(property IN ITEMS INCLUDE_DIRECTORIES COMPILE_DEFINITIONS COMPILE_FEATURES)
        set_property(TARGET ${unit} PROPERTY ${property} "$<TARGET_PROPERTY:${target},${property}>")
      endforeach()
      target_link_libraries(${unit} PRIVATE $<TARGET_PROPERTY:${target},LINK_LIBRARIES>)
      set_property(TARGET ${unit} PROPERTY COMPILE_OPTIONS "$<TARGET_PROPERTY:${target},COMPILE_OPTIONS>")
      # Last, so that they win over what the target names for itself: its instruction set, and functions of which the
      # linker would keep one copy for all units.
      target_compile_options(${unit} PRIVATE -march=${march} -URANKWISE_ORDINARY_FUNCTIONS)
      # The intrinsics of AVX-512 in g++ before 13 warn of themselves, and a target's -Werror would end the build.
      if(arch STREQUAL "x86_64_v4")
        target_compile_options(${unit} PRIVATE
          "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-maybe-uninitialized;-Wno-uninitialized>")
      endif()
      foreach(property IN ITEMS CXX_STANDARD CXX_STANDARD_REQUIRED CXX_EXTENSIONS CXX_VISIBILITY_PRESET
                                VISIBILITY_INLINES_HIDDEN INTERPROCEDURAL_OPTIMIZATION)
        get_target_property(value ${target} ${property})
        if(NOT value STREQUAL "value-NOTFOUND")
          set_property(TARGET ${unit} PROPERTY ${property} "${value}")
        endif()
      endforeach()
      if(NOT pic STREQUAL "pic-NOTFOUND")
        set_property(TARGET ${unit} PROPERTY POSITION_INDEPENDENT_CODE "${pic}")
      endif()
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:${unit}>)
    endif()
    target_sources(${unit} PRIVATE ${arg_SOURCES})
  endforeach()
endfunction()
