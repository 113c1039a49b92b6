// explain without its header.
// expect: \[rankwise\] ranker.explain\(...\) needs #include <rankwise/value/explain.hpp>
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
#include <rankwise/value/explain.hpp>
#endif

void use(std::vector<float> const& logits) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
  r.explain(rw::row_major(logits, 3), 0);
}
