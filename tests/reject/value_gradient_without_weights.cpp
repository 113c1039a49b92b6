// A gradient without weights.
// expect: \[rankwise\] gradient\(...\) takes the weights after the seeds
// errors: 1
// control
#include "value.hpp"

auto use(std::vector<float> const& logits, std::vector<float> const& seeds) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
#if defined(RANKWISE_REJECT_CONTROL)
  return r.gradient(rw::row_major(logits, 3), seeds, r.weights());
#else
  return r.gradient(rw::row_major(logits, 3), seeds);
#endif
}
