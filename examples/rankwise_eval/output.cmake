# What the program prints is what it printed before: trec_eval's own expected outputs, and files of this folder.
#   PROGRAM, DATA, FOLDER; with UPDATE=ON the files of this folder are written anew
file(MAKE_DIRECTORY "${FOLDER}")
set(here "${CMAKE_CURRENT_LIST_DIR}/expected")

function(expect folder expected)
  execute_process(COMMAND "${PROGRAM}" --quiet ${ARGN} WORKING_DIRECTORY "${DATA}/${folder}"
    RESULT_VARIABLE result OUTPUT_FILE "${FOLDER}/printed" ERROR_VARIABLE error)
  if(NOT result EQUAL 0 OR NOT error STREQUAL "")
    message(SEND_ERROR "${ARGN}: exit status ${result}: ${error}")
    return()
  endif()
  if(UPDATE AND expected MATCHES "^${here}/")
    file(COPY_FILE "${FOLDER}/printed" "${expected}")
    return()
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files --ignore-eol "${FOLDER}/printed" "${expected}"
    RESULT_VARIABLE different OUTPUT_QUIET ERROR_QUIET)
  if(NOT different EQUAL 0)
    file(READ "${FOLDER}/printed" printed LIMIT 3000)
    message(SEND_ERROR "${ARGN}: not what ${expected} has:\n${printed}")
  endif()
endfunction()

set(trec "${DATA}/trec_eval")
expect(trec_eval "${trec}/out.test" qrels.test results.test)
expect(trec_eval "${trec}/out.test.a" -m all_trec qrels.test results.test)
expect(trec_eval "${trec}/out.test.aq" -m all_trec -q qrels.test results.test)
expect(trec_eval "${trec}/out.test.aqc" -m all_trec -q -c qrels.test results.trunc)
expect(trec_eval "${trec}/out.test.aqcM" -m all_trec -q -c -M100 qrels.test results.trunc)
expect(trec_eval "${trec}/out.test.aqcM" --measure=all_trec -qc --depth 100 qrels.test results.trunc)
expect(trec_eval "${trec}/out.test.aql" -m all_trec -mrelstring.20 -q -l2 qrels.rel_level results.test)
expect(trec_eval "${trec}/out.test.aqZ" -q -m all_trec -Z zscores_file qrels.test results.test)
expect(trec_eval "${trec}/out.test.meas_params" -q -m iprec_at_recall..10,.20,.25,.75,.50 -m P.5,7,3 -m recall.20,2000
  -m Rprec_mult.5.0,0.2,0.35 -mutility.2,-1,0,0 -m 11pt_avg..25,.5,.75 -mndcg.1=3,2=9,4=4.5 -mndcg_cut.10,20,23.4
  -msuccess.2,5,20 qrels.test results.test)

set(runs judgments.qrels bm25_title.run popularity.run)
expect(esci "${here}/table.txt" -f table -m map -m ndcg_cut.10 -m num_q -p gdeval -m ndcg@10 -m err@10 ${runs})
expect(esci "${here}/compare.txt" --compare -m map -m P.10 -m gdeval:ndcg@10 ${runs})
expect(esci "${here}/presets.txt" -f table -m gdeval:ndcg@20 -m sklearn:ndcg@10 -m xgboost:map@10 -m lightgbm:ndcg@5
  -m catboost:ndcg@10 -m rax:ap -m tf_ranking:mrr@10 -m ranx:ndcg_burges@10 -m torchmetrics:ndcg ${runs})
expect(trec_eval "${here}/topics.json" -f json -q -m map -m num_ret -m relstring -m runid qrels.test results.test)
expect(trec_eval "${here}/topics.tsv" -f tsv -q -m recip_rank -m P.30 -m relstring qrels.test results.test)
