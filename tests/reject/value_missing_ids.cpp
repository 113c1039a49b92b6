// A diversity decay by ids that the call does not have.
// expect: \[rankwise\] the value model groups items by ids that the call does not have
// control
#include "value.hpp"

void use(std::vector<float> const& logits, std::vector<int> const& numbers, std::vector<float>& scores) {
  constexpr auto r =
      rw::ranker{rw::heads(relevance, click), diversity(probability(click), rw::ids<"author">{}, {.decay = 0.5})};
  auto const lists = rw::lists<>::single(scores.size());
#if defined(RANKWISE_REJECT_CONTROL)
  r.score(rw::row_major(logits, 3), rw::columns(rw::named<"author">(numbers)), lists, scores);
#else
  r.score(rw::row_major(logits, 3), rw::columns(rw::named<"brand">(numbers)), lists, scores);
#endif
}
