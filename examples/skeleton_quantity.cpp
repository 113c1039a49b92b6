// A quantity of heads for value models: copy the struct and the function, change the formula.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

//{ quantity
namespace mine {

/// P(grade >= K) of an ordinal head.
template <int K>
struct take_at_least {
  using unit = rw::unit::probability; // what the number means: decides which sums compile
  template <class Head, class Logits>
  RANKWISE_FN static auto of(Logits logit) {
    static_assert(K >= 1 && K <= Head::columns, "at_least<K>: the head has no such level");
    decltype(logit(0)) result(0);
    Head::cumulative(logit, [&result](int k, auto p) {
      if (k == K) {
        result = p;
      }
    });
    return result;
  }
};

/// at_least<2>(relevance), in a value model.
template <int K, class Head>
constexpr rw::value::head_value<Head, take_at_least<K>> at_least(Head const&) {
  return {};
}

} // namespace mine
//} quantity

int main() {
  //{ use
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto value = mine::at_least<2>(relevance) * probability(click);
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click), value};

  std::vector<double> const logits{1.5, 0.5, -1.0, 0.2, 0.9, 0.3}; // the second item's thresholds cross
  std::vector<double> scores(2);
  ranker.score(rw::row_major(logits, ranker.columns), scores);
  //} use

  auto const sigma = [](double z) { return 1 / (1 + std::exp(-z)); };
  claim(near(scores[0], sigma(0.5) * sigma(-1.0), 1e-12), "P(grade >= 2) P(click)");
  claim(near(scores[1], sigma(0.2) * sigma(0.3), 1e-12), "crossing thresholds: the running minimum");
  return broken_claims;
}
