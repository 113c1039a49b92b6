// A head of your own: copy the struct, change the formula.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

//{ head
namespace mine {

/// A rare event with one logit z, complementary log-log: P(event) = 1 - exp(-exp(z)).
template <rw::name Name>
struct rare {
  static constexpr auto label = Name; // how expressions and rankers refer to it
  static constexpr int columns = 1;   // logits it takes

  template <class P = rw::math::precise, class Logits>
  RANKWISE_FN static auto probability(Logits z) { // z(k): the k-th logit, for a whole register of items
    return -rw::math::expm1<P>(-rw::math::exp<P>(z(0)));
  }
  /// dp/dz = exp(z - exp(z))
  template <class P = rw::math::precise, class Logits, class V>
  RANKWISE_FN static void probability_partials(Logits z, V* d) {
    d[0] = rw::math::exp<P>(z(0) - rw::math::exp<P>(z(0)));
  }
};

} // namespace mine
//} head

int main() {
  //{ use
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto refund = mine::rare<"refund">{};
  constexpr auto value =
      rw::weight<"click">(1) * rw::probability(click) + rw::weight<"refund">(-5) * rw::probability(refund);
  constexpr auto ranker = rw::ranker{rw::heads(click, refund), value};

  std::vector<double> const logits{0.4, -3.0, 1.1, -0.5}; // two items, two columns
  std::vector<double> scores(2);
  ranker.score(rw::row_major(logits, ranker.columns), scores);
  //} use

  for (std::size_t i = 0; i < 2; ++i) {
    double const p = 1 / (1 + std::exp(-logits[2 * i]));
    double const q = 1 - std::exp(-std::exp(logits[2 * i + 1]));
    std::printf("item %zu: click %.4f, refund %.4f, score %.4f\n", i, p, q, scores[i]);
    claim(near(scores[i], p - 5 * q, 1e-12), "the score is the formula");
  }

  //{ test
  // Rule 4: partials are finite differences of the quantity.
  double z = -0.4, d = 0;
  auto const at = [&z](int) { return z; };
  refund.probability_partials(at, &d);
  z += 1e-6;
  double const up = refund.probability(at);
  z -= 2e-6;
  claim(near((up - refund.probability(at)) / 2e-6, d, 1e-9), "partials are finite differences");
  //} test
  return broken_claims;
}
