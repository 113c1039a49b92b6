// A head without a column of its name.
// expect: \[rankwise\] a head of the ranker has no column of its name
// control
#include <rankwise/head/binary.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#include <vector>

namespace rw = rankwise;

constexpr rw::head::ordinal<"relevance", 3> relevance{};
constexpr rw::head::binary<"click"> click{};
constexpr rw::head::binary<"cart"> cart{};

void use(std::vector<float> const& logits, std::vector<float>& scores) {
#if defined(RANKWISE_REJECT_CONTROL)
  constexpr auto r = rw::ranker{rw::heads(relevance, click), probability(click)};
  r.score(rw::columns(rw::named<"click">(logits), rw::named<"relevance">(logits, logits)), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(relevance, click), probability(click)};
  r.score(rw::columns(rw::named<"click">(logits)), scores);
#endif
}
