// A vector of vectors is no matrix.
// expect: \[rankwise\] a vector of vectors is no matrix: put the rows one behind the other
// errors: 1
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
using numbers = std::vector<float>;
#else
using numbers = std::vector<std::vector<float>>;
#endif

void use(numbers const& logits, std::vector<float>& scores) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
  r.score(rw::row_major(logits, r.columns), scores);
}
