// A head where rw::heads(...) is meant.
// expect: \[rankwise\] rw::ranker\{rw::heads\(...\), value\}: the first argument
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto r = rw::ranker{rw::heads(click), probability(click)};
#else
constexpr auto r = rw::ranker{click, probability(click)};
#endif
