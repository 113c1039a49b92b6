// expect: \[rankwise\] ndcg<0>: the cutoff is at least 1; ndcg<> has none
// errors: 1
// control
#include <rankwise/metric/ndcg.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
using metric = rankwise::metric::ndcg<>;
#else
using metric = rankwise::metric::ndcg<0>;
#endif

metric use() {
  return {};
}
