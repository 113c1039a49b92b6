// A piece of a slot that the metric does not have.
// expect: \[rankwise\] one of the pieces does not belong to this policy
// errors: 1
// control
#include <rankwise/metric/ndcg.hpp>

struct my_denominator {
  using slot = rankwise::slots::denominator;
};

#if defined(RANKWISE_REJECT_CONTROL)
using metric = rankwise::metric::ndcg<10>;
#else
using metric = rankwise::metric::ndcg<10, my_denominator>;
#endif

metric use() {
  return {};
}
