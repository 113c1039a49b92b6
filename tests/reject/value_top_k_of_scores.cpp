// Scores where the lists are meant.
// expect: \[rankwise\] expected ranker.top_k<K>\(logits, lists\)
// errors: 1
// control
#include "value.hpp"

auto use(std::vector<float> const& logits, std::vector<float> const& scores) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
#if defined(RANKWISE_REJECT_CONTROL)
  return r.top_k<2>(rw::row_major(logits, 3), rw::lists<>::single(scores.size()));
#else
  return r.top_k<2>(rw::row_major(logits, 3), scores);
#endif
}
