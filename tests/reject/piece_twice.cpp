// expect: \[rankwise\] two pieces fill the same slot
// errors: 1
// control
#include <rankwise/metric/ndcg.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
using metric = rankwise::metric::ndcg<10, rankwise::gain::linear>;
#else
using metric = rankwise::metric::ndcg<10, rankwise::gain::linear, rankwise::gain::exponential>;
#endif

metric use() {
  return {};
}
