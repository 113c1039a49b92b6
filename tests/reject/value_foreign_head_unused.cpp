// The same of a ranker that nobody calls.
// expect: \[rankwise\] the value model uses a head that the ranker does not have
// errors: 1
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"c">(1) * probability(click)};
#else
constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::weight<"c">(1) * probability(cart)};
#endif
