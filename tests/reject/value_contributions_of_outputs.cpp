// Contributions to several scores at once.
// expect: \[rankwise\] contributions: of one output, contributions\(ranker.output<\\?"name\\?">\(\)\)
// errors: 1
// control
#include "value.hpp"

#include <rankwise/value/contributions.hpp>

void use(std::vector<float> const& logits, std::vector<float>& to) {
  constexpr auto r = rw::ranker{rw::heads(relevance, click), rw::outputs(rw::output<"a">(2 * probability(click)),
                                                                         rw::output<"b">(3 * probability(click)))};
#if defined(RANKWISE_REJECT_CONTROL)
  rw::contributions(r.output<"a">()).score(rw::row_major(logits, 3), to);
#else
  rw::contributions(r).score(rw::row_major(logits, 3), to);
#endif
}
