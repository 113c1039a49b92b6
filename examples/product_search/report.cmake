# The sample gives the verdict that the documentation tells of, and the page and all tables are written.
file(REMOVE_RECURSE "${FOLDER}") # nothing of an earlier run is taken for this one's
execute_process(COMMAND "${PROGRAM}" --out "${FOLDER}" RESULT_VARIABLE result OUTPUT_VARIABLE output
  ERROR_VARIABLE error)
if(NOT result EQUAL 0 OR NOT output MATCHES "a significant lift.*no significant change")
  message(FATAL_ERROR "(${result}) ${output}${error}")
endif()

function(expect name words)
  set(text "")
  if(EXISTS "${FOLDER}/${name}")
    file(READ "${FOLDER}/${name}" text)
  endif()
  if(NOT text MATCHES "${words}")
    message(SEND_ERROR "${name} is not there, or has no '${words}'")
  endif()
endfunction()
expect(report.html "</html>\n$")
expect(rankers.tsv "^ranker\t[^\n]*\tp \\(Holm\\)\t[^\n]*\n[^\n]+\n")
expect(trade_off.tsv "^relevance head\t[^\n]+\n[^\n]+\n")
expect(polarisation.tsv "^steepness\t[^\n]+\n[^\n]+\n")
expect(experiments.tsv "^experiment\t[^\n]+\n[^\n]+\n")
expect(trunks.tsv "^ordinal head[^\n]+\n[^\n]+\n")
expect(weights.tsv "^turn\t[^\n]+\n[^\n]+\n")
