// A quantity of heads for value models: copy the struct and the function, change the formula.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace rw = rankwise;

//{ quantity
namespace mine {

/// P(grade >= K) of an ordinal head.
template <int K>
struct take_at_least {
  using unit = rw::unit::probability;             // what the number means: decides which sums compile
  static constexpr char const* name = "at_least"; // for to_text(ranker)

  template <class P, class Head, class Logits> // P: math::precise or math::fast
  RANKWISE_FN static auto apply(Head const&, Logits z) {
    return rw::math::sigmoid<P>(lowest(z));
  }
  /// d[k] = the derivative by the k-th logit, for every logit of the head: here of the first that is lowest.
  template <class P, class Head, class Logits, class V>
  RANKWISE_FN static void partials(Head const&, Logits z, V* d) {
    static_assert(K >= 1 && K <= Head::columns, "at_least<K>: the head has no such level");
    V const low = lowest(z);
    V left = rw::math::sigmoid<P>(low) * rw::math::sigmoid<P>(-low);
    for (int k = 0; k < Head::columns; ++k) {
      d[k] = k < K ? rw::math::select(z(k) == low, left, V(0)) : V(0);
      left = left - d[k];
    }
  }

private:
  template <class Logits>
  RANKWISE_FN static auto lowest(Logits z) {
    auto low = z(0);
    for (int k = 1; k < K; ++k) {
      low = rw::math::min(z(k), low);
    }
    return low;
  }
};

/// at_least<2>(relevance), in a value model.
template <int K, class Head>
constexpr auto at_least(Head const& head) {
  return rw::value::head_value<Head, take_at_least<K>>(head);
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

  //{ test
  // Rule 1: partials are finite differences of apply.
  double worst = 0;
  for (int k = 0; k < 2; ++k) {
    double z[] = {0.7, 0.2}, d[2];
    auto const at = [&z](int j) { return z[j]; };
    using quantity = mine::take_at_least<2>;
    quantity::partials<rw::math::precise>(relevance, at, d);
    z[k] += 1e-6;
    double const up = quantity::apply<rw::math::precise>(relevance, at);
    z[k] -= 2e-6;
    double const down = quantity::apply<rw::math::precise>(relevance, at);
    worst = std::max(worst, std::abs((up - down) / 2e-6 - d[k]));
  }
  claim(worst < 1e-9, "partials are finite differences");
  //} test
  return broken_claims;
}
