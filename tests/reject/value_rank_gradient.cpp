// The gradient of ranks.
// expect: \[rankwise\] this value model has no gradient: ranks \(rank_score, reciprocal_rank, rrf, borda\) are steps
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float> const& seeds) {
  auto const lists = rw::lists<>::single(seeds.size());
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::z_score(probability(click))};
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::reciprocal_rank(probability(click))};
#endif
  r.gradient(rw::row_major(logits, 3), lists, seeds, r.weights());
}
