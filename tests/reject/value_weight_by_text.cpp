// The name of a weight as an argument of the call.
// expect: \[rankwise\] the name of a weight is a template argument
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto r = rw::ranker{rw::heads(click), rw::weight<"click">(2) * probability(click)};
#else
constexpr auto r = rw::ranker{rw::heads(click), rw::weight("click", 2) * probability(click)};
#endif
