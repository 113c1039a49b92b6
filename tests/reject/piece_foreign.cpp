// A piece of a slot that the metric does not have.
// expect: \[rankwise\] one of the pieces does not belong to this policy
// errors: 1
// control
#include <rankwise/metric/ndcg.hpp>

struct my_ties {
  using slot = rankwise::slots::ties;
};

#if defined(RANKWISE_REJECT_CONTROL)
using metric = rankwise::metric::ndcg<10>;
#else
using metric = rankwise::metric::ndcg<10, my_ties>;
#endif

metric use() {
  return {};
}
