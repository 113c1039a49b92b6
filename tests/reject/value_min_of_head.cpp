// A head where min, max or pow need a value.
// expect: \[rankwise\] a head is no value
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto r = rw::ranker{rw::heads(click), rw::min(probability(click), 0.5)};
#else
constexpr auto r = rw::ranker{rw::heads(click), rw::min(click, 0.5)};
#endif
