// A head of the right name with more levels than the ranker's: its last logits would be the next head's.
// expect: \[rankwise\] the value model uses a head with another number of logits
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 1 * expected_grade(relevance)};
#else
  constexpr rw::head::ordinal<"relevance", 5> finer{};
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 1 * expected_grade(finer)};
#endif
  r.score(rw::row_major(logits, 3), scores);
}
