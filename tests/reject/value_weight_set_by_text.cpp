// The name of a weight as an argument.
// expect: \[rankwise\] the name of a weight is a template argument
// errors: 1
// control
#include "value.hpp"

double use() {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"click">(1) * probability(click)};
  auto w = r.weights();
#if defined(RANKWISE_REJECT_CONTROL)
  w.set<"click">(2);
#else
  w.set("click", 2);
#endif
  return w[0];
}
