// A parameter out of its range, in a constant expression.
// expect: invalid_value_model
// control
#include <rankwise/value/combine.hpp>

#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr double p = -1;
#else
  constexpr double p = 0;
#endif
  constexpr auto r =
      rw::ranker{rw::heads(relevance, click), rw::power_mean(p, 1, probability(click), 1, rw::at_least<1>(relevance))};
  r.score(rw::row_major(logits, 3), scores);
}
