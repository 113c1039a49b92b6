// Several scores into one column.
// expect: \[rankwise\] a ranker with several outputs writes a matrix with a column for each
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<float>& scores) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::outputs(rw::output<"a">(probability(click)),
                                                                         rw::output<"b">(expected_grade(relevance)))};
#if defined(RANKWISE_REJECT_CONTROL)
  r.score(rw::row_major(logits, 3), rw::row_major(scores, 2));
#else
  r.score(rw::row_major(logits, 3), scores);
#endif
}
