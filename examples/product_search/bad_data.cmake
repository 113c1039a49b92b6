# Data that cannot be used give one line that says what is wrong, and where.
file(MAKE_DIRECTORY "${FOLDER}")
string(ASCII 255 broken) # no UTF-8 has this byte
set(products "docid\ttitle\tprice\nA\tRed dress\t10\nB\tBlue dress\t\n")
set(judgments "qid\tquery\tdocid\tgrade\n1\tdress\tA\t1\n1\tdress\tB\t0\n")

function(expect words new_products new_judgments)
  file(WRITE "${FOLDER}/products.tsv" "${new_products}")
  file(WRITE "${FOLDER}/judgments.tsv" "${new_judgments}")
  execute_process(COMMAND "${PROGRAM}" --products "${FOLDER}/products.tsv" --judgments "${FOLDER}/judgments.tsv"
      --grades 2 --out "${FOLDER}/report" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
  string(REGEX MATCHALL "\n" lines "${error}")
  list(LENGTH lines count)
  if(NOT result EQUAL 2 OR NOT error MATCHES "${words}" OR NOT count EQUAL 1)
    message(SEND_ERROR "expected one line with '${words}', got (${result}): ${error}")
  endif()
endfunction()

expect("has no column \"title\"; its columns are docid, name" "docid\tname\nA\tdress\n" "${judgments}")
expect("products.tsv: line 3: product A is there twice" "docid\ttitle\nA\tx\nA\ty\n" "${judgments}")
expect("products.tsv: line 2, column 5: a field is no number" "docid\ttitle\tprice\nA\tx\tten\n" "${judgments}")
expect("products.tsv: line 2, column 5: a field is not finite" "docid\ttitle\tprice\nA\tx\tinf\n" "${judgments}")
expect("products.tsv: line 3: the rating_count is negative" "docid\ttitle\trating_count\nA\tx\t1\nB\ty\t-1\n"
  "${judgments}")
expect("products.tsv: line 2, column 2: a line has fewer fields than the first" "docid\ttitle\nA\n" "${judgments}")
expect("products.tsv: line 2, column 5: a line has more fields than the first" "docid\ttitle\nA\tx\ty\n"
  "${judgments}")
expect("products.tsv: line 1, column 13: a name stands in the first line twice" "docid\ttitle\ttitle\nA\tx\ty\n"
  "${judgments}")
expect("products.tsv: line 4: is not valid UTF-8 \\(column title\\)" "docid\ttitle\nB\tx\n\nA\t${broken}\n"
  "${judgments}")
expect("products.tsv: is empty" "" "${judgments}")
expect("grade \"7\" is not one of 0, 1; see --grades" "${products}" "${judgments}1\tdress\tA\t7\n")
expect("grade \"-1\" is not one of 0, 1; see --grades" "${products}" "${judgments}1\tdress\tA\t-1\n")
expect("grade \"0.5\" is not one of 0, 1; see --grades" "${products}" "${judgments}1\tdress\tA\t0.5\n")
expect("grade \"\" is not one of 0, 1; see --grades" "${products}" "qid\tquery\tdocid\tgrade\n1\tdress\tA\t\n")
expect("judgments.tsv: line 2: grade \"good\" is not one of 0, 1; see --grades" "${products}"
  "qid\tquery\tdocid\tgrade\n1\tdress\tA\tgood\n")
expect("line 4: query 1 and product A are there twice" "${products}" "${judgments}1\tdress\tA\t0\n")
expect("line 4: product C is not in" "${products}" "${judgments}1\tdress\tC\t0\n")
expect("line 4: query 1 has another text than before" "${products}" "${judgments}1\tshoe\tA\t0\n")
expect("has 1 queries; 15 are needed" "${products}" "${judgments}")
string(ASCII 237 lead)
string(ASCII 160 half)
string(ASCII 128 rest) # half of a surrogate pair
expect("products.tsv: line 2: is not valid UTF-8" "docid\ttitle\nA\t${lead}${half}${rest}\n" "${judgments}")

# Options and parameters that cannot be.
function(refuse words)
  execute_process(COMMAND "${PROGRAM}" ${ARGN} --out "${FOLDER}/report" RESULT_VARIABLE result OUTPUT_VARIABLE output
    ERROR_VARIABLE error)
  string(REGEX MATCHALL "\n" lines "${error}")
  list(LENGTH lines count)
  if(NOT result EQUAL 2 OR NOT error MATCHES "${words}" OR count GREATER 2) # the bar of the features may stand there
    message(SEND_ERROR "expected '${words}', got (${result}): ${error}")
  endif()
endfunction()
refuse("--grades: from 2 to 1000" --grades 4294967298)
refuse("--grades: \"good\" is no whole number" --grades good)
refuse("--grades: \"1.0\" is there twice" --grades 1,2,1.0)
refuse("--grades: a name is empty" --grades 1,2,)
refuse("judgments.tsv: line 2: grade \"3\" is not one of 1, 2, three; see --grades" --grades 1,2,three)
refuse("--seed: \"99999999999999999999\" is no whole number" --seed 99999999999999999999)
refuse("--seed: \"-1\" is no whole number" --seed -1)
file(READ "${CMAKE_CURRENT_LIST_DIR}/simulation.tsv" simulation)
foreach(wrong IN ITEMS -5 0 1.5 1e300)
  string(REPLACE "page\t20" "page\t${wrong}" changed "${simulation}")
  file(WRITE "${FOLDER}/simulation.tsv" "${changed}")
  refuse("simulation.tsv: page is no whole number from 1 to 1000000" --simulation "${FOLDER}/simulation.tsv")
endforeach()
file(MAKE_DIRECTORY "${FOLDER}/occupied/report.html")
execute_process(COMMAND "${PROGRAM}" --out "${FOLDER}/occupied" RESULT_VARIABLE result OUTPUT_VARIABLE output
  ERROR_VARIABLE error)
if(NOT result EQUAL 2 OR NOT error MATCHES "^product_search: [^\n]*occupied/report.html: cannot be written\n$")
  message(SEND_ERROR "a page that cannot be written: (${result}) ${error}")
endif()
