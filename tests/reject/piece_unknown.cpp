// A type that is no piece at all.
// expect: \[rankwise\] one of the pieces does not belong to this policy
// errors: 1
// control
#include <rankwise/metric/ndcg.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
using metric = rankwise::metric::ndcg<10, rankwise::gain::linear>;
#else
using metric = rankwise::metric::ndcg<10, int>;
#endif

metric use() {
  return {};
}
