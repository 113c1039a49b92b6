cmake_minimum_required(VERSION 3.23)
# PyTorch first, where there is one that sees a device; then ours, with its times beside them.
#   PROGRAM PYTHON OUTPUT
set(torch "")
if(PYTHON)
  execute_process(COMMAND "${PYTHON}" "${CMAKE_CURRENT_LIST_DIR}/torch_twin.py" --out "${OUTPUT}/torch.tsv"
    RESULT_VARIABLE result)
  if(result EQUAL 0)
    set(torch --torch "${OUTPUT}/torch.tsv")
  endif()
endif()
execute_process(COMMAND "${PROGRAM}" ${torch} --markdown "${OUTPUT}/report.md" --json "${OUTPUT}/report.json"
  RESULT_VARIABLE result)
if(result EQUAL 77)
  return() # it has said so
elseif(NOT result EQUAL 0)
  message(FATAL_ERROR "rankwise_gpu: ${result}")
endif()
message(STATUS "${OUTPUT}/report.md")
