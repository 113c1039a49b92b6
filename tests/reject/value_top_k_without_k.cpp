// How many is part of the type.
// expect: \[rankwise\] how many\? K is a template argument
// errors: 1
// control
#include "value.hpp"

auto use(std::vector<float> const& logits) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
  auto const lists = rw::lists<>::single(logits.size() / 3);
#if defined(RANKWISE_REJECT_CONTROL)
  return r.top_k<2>(rw::row_major(logits, 3), lists);
#else
  return r.top_k(rw::row_major(logits, 3), lists);
#endif
}
