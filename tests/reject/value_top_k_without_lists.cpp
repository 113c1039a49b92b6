// The best of every list, straight from the logits, without lists.
// expect: \[rankwise\] expected ranker.top_k<K>\(logits, lists\)
// errors: 1
// control
#include "value.hpp"

auto use(std::vector<float> const& logits) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
#if defined(RANKWISE_REJECT_CONTROL)
  return r.top_k<2>(rw::row_major(logits, 3), rw::lists<>::single(logits.size() / 3));
#else
  return r.top_k<2>(rw::row_major(logits, 3));
#endif
}
