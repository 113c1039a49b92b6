// Two heads of one name.
// expect: \[rankwise\] two heads of a ranker have the same name
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
  constexpr auto r = rw::ranker{rw::heads(click, cart), probability(click)};
  r.score(rw::row_major(logits, 2), scores);
#else
  constexpr auto r = rw::ranker{rw::heads(click, click), probability(click)};
  r.score(rw::row_major(logits, 2), scores);
#endif
}
