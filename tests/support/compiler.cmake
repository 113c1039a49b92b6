# Calling the compilers directly, for tests that only need to know whether a file compiles.

# Other compilers than the one in use, by the word that names their tests.
set(RANKWISE_TEST_COMPILERS "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(RANKWISE_TEST_CXX_GNU "${CMAKE_CXX_COMPILER}")
else()
  find_program(RANKWISE_TEST_CXX_GNU NAMES g++)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(RANKWISE_TEST_CXX_CLANG "${CMAKE_CXX_COMPILER}")
else()
  find_program(RANKWISE_TEST_CXX_CLANG NAMES clang++ clang++-19 clang++-18 clang++-17 clang++-16 clang++-15 clang++-14)
endif()
mark_as_advanced(RANKWISE_TEST_CXX_GNU RANKWISE_TEST_CXX_CLANG)

set(RANKWISE_WARNINGS_GNU -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
set(RANKWISE_WARNINGS_CLANG ${RANKWISE_WARNINGS_GNU})

# The include and define flags of the library, or of some of its components, as a list of generator expressions.
function(rankwise_compiler_flags out)
  set(flags -std=c++20)
  foreach(target IN ITEMS rankwise LISTS ARGN)
    set(own "$<TARGET_PROPERTY:${target},INTERFACE_INCLUDE_DIRECTORIES>")
    list(APPEND flags "-I${PROJECT_SOURCE_DIR}/include")
    # /usr/include as a system directory would hide the compiler's own headers.
    set(dirs "$<FILTER:$<REMOVE_DUPLICATES:${own}>,EXCLUDE,^/usr/include$|^${PROJECT_SOURCE_DIR}/include$>")
    list(APPEND flags "$<$<BOOL:${dirs}>:-isystem$<JOIN:${dirs},$<SEMICOLON>-isystem>>")
    set(definitions "$<TARGET_PROPERTY:${target},INTERFACE_COMPILE_DEFINITIONS>")
    list(APPEND flags "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},$<SEMICOLON>-D>>")
  endforeach()
  list(REMOVE_DUPLICATES flags)
  set(${out} "${flags}" PARENT_SCOPE)
endfunction()

# rankwise_precompiled(<out> <GNU|CLANG> <header> [<flag>...]): a header that a compiler reads once, when the tests are
# built, and the options that stand for it in commands with the same flags.
function(rankwise_precompiled out word header)
  get_filename_component(name "${header}" NAME)
  set(copy "${CMAKE_CURRENT_BINARY_DIR}/${word}/${name}")
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${word}")
  if(word STREQUAL "GNU")
    set(output "${copy}.gch")
    set(${out} -include "${copy}" PARENT_SCOPE)
  else()
    set(output "${copy}.pch")
    set(${out} -include-pch "${output}" PARENT_SCOPE)
  endif()
  add_custom_command(OUTPUT "${output}" COMMAND_EXPAND_LISTS VERBATIM DEPFILE "${output}.d"
    COMMAND "${RANKWISE_TEST_CXX_${word}}" ${ARGN} -MD -MF "${output}.d" -MT "${output}" -x c++-header "${header}"
      -o "${output}")
  file(RELATIVE_PATH target "${PROJECT_BINARY_DIR}" "${output}")
  string(MAKE_C_IDENTIFIER "${target}" target)
  add_custom_target(${target} ALL DEPENDS "${output}")
endfunction()

# The component a header belongs to, as a target; empty for the core.
function(rankwise_component_of out header)
  set(found "")
  foreach(component IN LISTS rankwise_components)
    if(header MATCHES "^rankwise/(backend|engine)/${component}(\\.hpp|/)")
      set(found rankwise_${component})
    endif()
  endforeach()
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# A test that is there to say that it did not run, and why.
function(rankwise_skipped_test name label why)
  add_test(NAME "${name}" COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: ${why}")
  set_tests_properties("${name}" PROPERTIES LABELS "${label}" SKIP_REGULAR_EXPRESSION "SKIPPED")
endfunction()
