// The probability of a column that no model made.
// expect: \[rankwise\] probability\(head\) needs a binary head; an ordinal one has expected_grade\(head\), an input feature\(input\)
// control
#include "value.hpp"

constexpr rw::head::input<"price"> price{};

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto r = rw::ranker{rw::heads(price), feature(price)};
#else
constexpr auto r = rw::ranker{rw::heads(price), probability(price)};
#endif
