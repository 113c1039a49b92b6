cmake_minimum_required(VERSION 3.23)
# Of a function that two object files define, the linker keeps one. Where the files are compiled for different
# instruction sets it may keep the wrong one, so a function of ours that both define must do without what only the
# higher set has.
#   NM OBJDUMP
#   LOWER HIGHER  files with the paths of the object files
foreach(file IN ITEMS LOWER HIGHER)
  file(READ "${${file}}" ${file})
  execute_process(COMMAND "${NM}" --defined-only --format=posix "${${file}}" OUTPUT_VARIABLE text
    COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" lines "${text}")
  set(${file}_symbols "")
  foreach(line IN LISTS lines)
    # W, V and u: weak or unique; T: strong. Local symbols (small letters) do not meet.
    if(line MATCHES "^([^ ]*8rankwise[^ ]*) [WVuTDBR] ")
      list(APPEND ${file}_symbols "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES ${file}_symbols)
  list(LENGTH ${file}_symbols ${file}_count)
endforeach()
if(LOWER_count EQUAL 0 OR HIGHER_count EQUAL 0)
  message(FATAL_ERROR "no symbols of rankwise in ${LOWER} (${LOWER_count}) or ${HIGHER} (${HIGHER_count})")
endif()

set(shared 0)
set(wrong "")
foreach(symbol IN LISTS HIGHER_symbols)
  if(NOT symbol IN_LIST LOWER_symbols)
    continue()
  endif()
  math(EXPR shared "${shared} + 1")
  if(symbol MATCHES "dispatch_over|8dispatch|9available") # the choice itself
    string(APPEND wrong "  ${symbol}: in both\n")
  endif()
  if(symbol MATCHES "^_ZT[ISV]")
    continue() # tables, not code
  endif()
  execute_process(COMMAND "${OBJDUMP}" -d --no-show-raw-insn "--disassemble=${symbol}" "${HIGHER}" OUTPUT_VARIABLE code
    COMMAND_ERROR_IS_FATAL ANY)
  # AVX and later write v...; the rest is BMI and its like.
  if(code MATCHES "[ \t](v[a-z0-9]+|andn|bextr|blsi|blsr|blsmsk|bzhi|pdep|pext|rorx|sarx|shlx|shrx|mulx|lzcnt|popcnt|movbe)[lq]?[ \t][^\n]*")
    string(STRIP "${CMAKE_MATCH_0}" instruction)
    string(APPEND wrong "  ${symbol}: ${instruction}\n")
  endif()
endforeach()
if(wrong)
  message(FATAL_ERROR " Defined in both objects, and compiled differently:\n${wrong}")
endif()
message(STATUS "${LOWER_count} and ${HIGHER_count} symbols of rankwise, ${shared} shared, all of them portable")
