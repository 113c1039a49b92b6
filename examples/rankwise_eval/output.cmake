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
expect(trec_eval "${trec}/out.test.aqcM" -m all_trec --query_eval_wanted --complete_rel_info_wanted
  --Max_retrieved_per_topic=100 -R qrels -T trec_results qrels.test results.trunc)
expect(trec_eval "${trec}/out.test.aql" -m all_trec -mrelstring.20 -q -l2 qrels.rel_level results.test)
expect(trec_eval "${trec}/out.test.aqZ" -q -m all_trec -Z zscores_file qrels.test results.test)
file(READ "${trec}/zscores_file" zscores)
string(ASCII 239 187 191 mark) # that some programs put before UTF-8
file(WRITE "${FOLDER}/zscores_with_mark" "${mark}${zscores}")
expect(trec_eval "${trec}/out.test.aqZ" -q -m all_trec -Z "${FOLDER}/zscores_with_mark" qrels.test results.test)
expect(trec_eval "${trec}/out.test.meas_params" -q -m iprec_at_recall..10,.20,.25,.75,.50 -m P.5,7,3 -m recall.20,2000
  -m Rprec_mult.5.0,0.2,0.35 -mutility.2,-1,0,0 -m 11pt_avg..25,.5,.75 -mndcg.1=3,2=9,4=4.5 -mndcg_cut.10,20,23.4
  -msuccess.2,5,20 qrels.test results.test)

set(runs judgments.qrels bm25_title.run popularity.run)
expect(esci "${here}/table.txt" -m map -m ndcg_cut.10 -m num_q -p gdeval -m ndcg@10 -m err@10 ${runs})
expect(esci "${here}/compare.txt" --compare -m map -m P.10 -m gdeval:ndcg@10 ${runs})
expect(esci "${here}/digits.txt" -f trec --digits 5 -p gdeval -m ndcg@10 -m err@10 ${runs})
expect(esci "${here}/presets.txt" -f table -m gdeval:ndcg@20 -m sklearn:ndcg@10 -m xgboost:map@10 -m lightgbm:ndcg@5
  -m catboost:ndcg@10 -m rax:ap -m tf_ranking:mrr@10 -m ranx:ndcg_burges@10 -m torchmetrics:ndcg ${runs})
expect(trec_eval "${here}/topics.json" -f json -q -m map -m num_ret -m relstring -m runid qrels.test results.test)
expect(trec_eval "${here}/topics.tsv" -f tsv -q -m recip_rank -m P.30 -m relstring qrels.test results.test)

# The last digits of p-values are those of a machine.
execute_process(COMMAND "${PROGRAM}" --quiet --compare --holm -f tsv -m map -m recip_rank ${runs}
  WORKING_DIRECTORY "${DATA}/esci" RESULT_VARIABLE result OUTPUT_VARIABLE printed)
string(REGEX REPLACE "([.][0-9][0-9][0-9][0-9])[0-9]*" "\\1" printed "${printed}")
set(expected "a	b	measure	topics	mean_a	mean_b	difference	low	high	p_t	p_wilcoxon	p_permutation	p_bootstrap
bm25title	pop	map	150	0.8769	0.8354	-0.0415	-0.0585	-0.0245	6.5699e-06	3.3714e-06	0.0001	0.0001
bm25title	pop	recip_rank	150	0.9257	0.8352	-0.0905	-0.1398	-0.0412	0.0003	0.0020	0.0002	0.0004
")
if(NOT result EQUAL 0 OR NOT printed STREQUAL expected)
  message(SEND_ERROR "--compare -f tsv: exit status ${result}, printed:\n${printed}")
endif()

# All that --list names as a preset's has a value.
execute_process(COMMAND "${PROGRAM}" --list OUTPUT_VARIABLE list)
string(REGEX MATCHALL "[a-z_]+:[a-z_]+(@[0-9]+)?\n" presets "${list}")
set(names "")
foreach(name IN LISTS presets)
  string(STRIP "${name}" name)
  list(APPEND names -m "${name}")
endforeach()
execute_process(COMMAND "${PROGRAM}" --quiet -f tsv ${names} judgments.qrels bm25_title.run
  WORKING_DIRECTORY "${DATA}/esci" RESULT_VARIABLE result OUTPUT_VARIABLE values)
string(REGEX MATCHALL "\tall\t[a-z_]+:[a-z_]+(@[0-9]+)?\t[0-9]+(\\.[0-9]+)?\n" values "${values}")
list(LENGTH presets asked)
list(LENGTH values answered)
if(NOT result EQUAL 0 OR asked LESS 90 OR NOT answered EQUAL asked)
  message(SEND_ERROR "${answered} of ${asked} presets have a value; exit status ${result}")
endif()

# Without a number XGBoost's NDCG stops at 32, and LightGBM's nowhere.
execute_process(COMMAND "${PROGRAM}" --quiet -n -q -m xgboost:ndcg -m lightgbm:ndcg qrels.test results.test
  WORKING_DIRECTORY "${trec}" RESULT_VARIABLE result OUTPUT_VARIABLE printed)
if(NOT result EQUAL 0 OR NOT printed MATCHES "xgboost:ndcg *\t302\t([0-9.]+)\nlightgbm:ndcg *\t302\t([0-9.]+)\n" OR
    CMAKE_MATCH_1 STREQUAL CMAKE_MATCH_2)
  message(SEND_ERROR "xgboost:ndcg goes on behind 32: ${printed}")
endif()

# One topic has no interval; two topics with one difference have a p-value of 0 by Student's test.
file(WRITE "${FOLDER}/few.qrels" "1 0 a 1\n2 0 a 1\n3 0 b 0\n")
file(WRITE "${FOLDER}/best.run" "1 Q0 a 1 2 best\n1 Q0 b 2 1 best\n2 Q0 a 1 2 best\n3 Q0 a 1 1 best\n")
file(WRITE "${FOLDER}/worst.run" "1 Q0 b 1 2 worst\n1 Q0 a 2 1 worst\n2 Q0 b 1 2 worst\n2 Q0 a 2 1 worst\n")
file(WRITE "${FOLDER}/one.run" "1 Q0 b 1 2 one\n1 Q0 a 2 1 one\n3 Q0 b 1 1 one\n")
execute_process(COMMAND "${PROGRAM}" --quiet --compare --digits 2 -m map -m gdeval:err@10 few.qrels best.run worst.run
  one.run WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE result OUTPUT_VARIABLE printed)
set(expected "a: best, b: worst
measure        topics     a     b  b - a   95 % of b - a    p: t  wilcoxon  permut.  bootstr.
map                 2  1.00  0.50  -0.50  [-0.50, -0.50]  0.0000    0.5000   0.5000    0.0001
gdeval:err@10       2  0.06  0.03  -0.03  [-0.03, -0.03]  0.0000    0.5000   0.5000    0.0001

a: best, b: one
measure        topics     a     b  b - a   95 % of b - a    p: t  wilcoxon  permut.  bootstr.
map                 2  0.50  0.25  -0.25  [-3.43, +2.93]  0.5000    1.0000   1.0000    0.4991
gdeval:err@10       1  0.06  0.03  -0.03               -  1.0000    1.0000   1.0000    1.0000
")
if(NOT result EQUAL 0 OR NOT printed STREQUAL expected)
  message(SEND_ERROR "few topics: exit status ${result}, printed:\n${printed}")
endif()

# Names that are no UTF-8, runs with one tag, topics that only one run has, a topic without a value, a metric asked for
# twice.
string(ASCII 233 latin)
file(WRITE "${FOLDER}/odd.qrels" "t${latin} 0 a 1\nu\" 0 a 0\nv 0 a 1\n")
file(WRITE "${FOLDER}/first.run" "t${latin} Q0 a 1 1 x\\\nu\" Q0 a 1 1 x\\\n")
file(WRITE "${FOLDER}/second.run" "v Q0 a 1 1 x\\\n")
function(expect_odd expected)
  execute_process(COMMAND "${PROGRAM}" --quiet -m gdeval:ndcg@10 -m gdeval:ndcg@10 -q -n ${ARGN} odd.qrels first.run second.run
    WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE result OUTPUT_VARIABLE printed ENCODING NONE)
  if(NOT result EQUAL 0 OR NOT printed STREQUAL expected)
    message(SEND_ERROR "odd names, ${ARGN}: exit status ${result}, printed:\n${printed}")
  endif()
endfunction()
expect_odd([=[
[
{"run": "x\\", "file": "first.run",
 "topics": {
  "t\u00e9": {"gdeval:ndcg@10": 1},
  "u\"": {"gdeval:ndcg@10": null}}},
{"run": "x\\", "file": "second.run",
 "topics": {
  "v": {"gdeval:ndcg@10": 1}}}
]
]=] -f json)
expect_odd("measure         topic  first.run  second.run
gdeval:ndcg@10  t${latin}        1.0000           -
gdeval:ndcg@10  u\"             -           -
gdeval:ndcg@10  v              -      1.0000
" -f table)
expect_odd("run	topic	measure	value
first.run	t${latin}	gdeval:ndcg@10	1
first.run	u\"	gdeval:ndcg@10	nan
second.run	v	gdeval:ndcg@10	1
" -f tsv)
expect_odd("gdeval:ndcg@10        	t${latin}	1.0000
gdeval:ndcg@10        	v	1.0000
" -f trec)
