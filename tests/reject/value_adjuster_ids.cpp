// A list adjuster that goes by ids gets a number, where the name of a column of the call is meant.
// expect: \[rankwise\] the ids of a list adjuster are rw::ids<
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto value = diversity(probability(click), rw::ids<"author">{}, {.decay = 0.5});
#else
constexpr auto value = diversity(probability(click), 7, {.decay = 0.5});
#endif
