cmake_minimum_required(VERSION 3.23)
# Run after a test program was linked: writes one add_test per test case.
# Unlike doctest's own module it copes with any character in a name and shows where a case stands.
#   PROGRAM  PREFIX  LABELS  OUTPUT
execute_process(COMMAND "${PROGRAM}" --list-test-cases --reporters=xml --no-colors=true
  OUTPUT_VARIABLE listing RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${PROGRAM} --list-test-cases: ${failed}")
endif()
string(REPLACE ";" "?" listing "${listing}")
string(REPLACE "[" "?" listing "${listing}")
string(REPLACE "]" "?" listing "${listing}")
string(REPLACE "\n" ";" lines "${listing}")
set(script "")
set(seen "")
foreach(line IN LISTS lines)
  if(NOT line MATCHES "<TestCase name=\"([^\"]*)\"( testsuite=\"[^\"]*\")? filename=\"([^\"]*)\"")
    continue()
  endif()
  set(name "${CMAKE_MATCH_1}")
  get_filename_component(file "${CMAKE_MATCH_3}" NAME)
  foreach(pair IN ITEMS "&lt?=<" "&gt?=>" "&quot?='" "&apos?='" "&amp?=&")
    string(REGEX MATCH "^(.*)=(.*)$" whole "${pair}")
    string(REPLACE "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}" name "${name}")
  endforeach()
  # In a filter, commas separate and a question mark stands for any character.
  string(REGEX REPLACE "[,\\\\\"';]" "?" filter "${name}")
  string(REGEX REPLACE "_test\\.cpp$|\\.cpp$" "" stem "${file}")
  set(test "${PREFIX}${stem}: ${name}")
  if("${test}" IN_LIST seen)
    continue()
  endif()
  list(APPEND seen "${test}")
  string(APPEND script
    "add_test([==[${test}]==] [==[${PROGRAM}]==] [==[--source-file=*${file}]==] [==[--test-case=${filter}]==])\n"
    "set_tests_properties([==[${test}]==] PROPERTIES LABELS [==[${LABELS}]==]\n"
    # A filter that matches nothing must not count as a success.
    "  FAIL_REGULAR_EXPRESSION [==[test cases: +0 ]==])\n")
endforeach()
file(WRITE "${OUTPUT}" "${script}")
