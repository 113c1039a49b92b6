// Names where heads are meant.
// expect: \[rankwise\] rw::heads\(...\) takes heads
// errors: 1
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto all = rw::heads(click, relevance);
#else
constexpr auto all = rw::heads("click", "relevance");
#endif

int use() {
  return all.columns;
}
