// The expected grade of a head without grades.
// expect: \[rankwise\] expected_grade\(head\) needs an ordinal head
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 0.5 * expected_grade(relevance)};
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), 0.5 * expected_grade(click)};
#endif
  r.score(rw::row_major(logits, 3), scores);
}
