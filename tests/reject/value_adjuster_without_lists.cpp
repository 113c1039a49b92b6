// A list adjuster without lists.
// expect: \[rankwise\] the value model has a list adjuster \(z_score, rrf, diversity, ...\), which needs the lists
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::z_score(probability(click))};
#if defined(RANKWISE_REJECT_CONTROL)
  r.score(rw::row_major(logits, 3), rw::lists<>::single(scores.size()), scores);
#else
  r.score(rw::row_major(logits, 3), scores);
#endif
}
