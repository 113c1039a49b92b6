// Ids in the other memory than the logits.
// expect: \[rankwise\] ids are integers in the executor.s memory
// control
#include "value.hpp"

#if defined(RANKWISE_REJECT_CONTROL)
using column = rankwise::column<int const>;
#else
using column = rankwise::column<int const, rankwise::memory::device>;
#endif

void use(std::vector<float> const& logits, column numbers, std::vector<float>& scores) {
  constexpr auto r =
      rw::ranker{rw::heads(relevance, click), diversity(probability(click), rw::ids<"author">{}, {.decay = 0.5})};
  r.score(rw::row_major(logits, 3), rw::columns(rw::named<"author">(numbers)), rw::lists<>::single(scores.size()),
          scores);
}
