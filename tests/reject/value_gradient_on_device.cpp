// Derivatives by logits in the other memory than the logits.
// expect: \[rankwise\] the derivatives by logits go to the executor.s memory
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
using matrix = rankwise::matrix<float, rankwise::layout::row_major>;
#else
using matrix = rankwise::matrix<float, rankwise::layout::row_major, rankwise::memory::device>;
#endif

void use(std::vector<float> const& logits, std::vector<float> const& seeds, matrix by_logits) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::z_score(probability(click))};
  r.gradient(rw::row_major(logits, 3), rw::lists<>::single(seeds.size()), seeds, by_logits, r.weights());
}
