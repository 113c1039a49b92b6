// An explanation of no item.
// expect: \[rankwise\] which item\?
// errors: 1
// control
#include "value.hpp"

#include <rankwise/value/explain.hpp>

void use(std::vector<float> const& logits) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
#if defined(RANKWISE_REJECT_CONTROL)
  r.explain(rw::row_major(logits, 3), 0);
#else
  r.explain(rw::row_major(logits, 3));
#endif
}
