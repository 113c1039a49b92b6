// A ranker of a value alone.
// expect: \[rankwise\] the heads are missing
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto r = rw::ranker{rw::heads(click), probability(click)};
#else
constexpr auto r = rw::ranker{probability(click)};
#endif
