// A combinator of your own for value models: an operation on the values of its operands.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace rw = rankwise;

//{ combinator
namespace mine {

/// At least one of two independent events: 1 - (1 - a)(1 - b).
struct any_of_two {
  static constexpr char const* name = "any"; // for to_text(ranker) and ranker.explain(...)

  template <class P, class V, std::size_t N> // P: math::precise or math::fast
  RANKWISE_FN static V apply(V const (&x)[N]) {
    return x[0] + x[1] - x[0] * x[1];
  }
  /// d[k] = the derivative by operand k; y is the value.
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&x)[N], V /*y*/, V (&d)[N]) {
    d[0] = V(1) - x[1];
    d[1] = V(1) - x[0];
  }
};

/// any(probability(click), probability(call)), in a value model.
template <class A, class B>
constexpr auto any(A const& a, B const& b) {
  static_assert(std::is_same_v<typename A::unit, rw::unit::probability> &&
                    std::is_same_v<typename B::unit, rw::unit::probability>,
                "any(a, b) takes probabilities");
  return rw::value::operate<rw::unit::probability>(any_of_two{}, a, b);
}

} // namespace mine
//} combinator

int main() {
  //{ use
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto call = rw::head::binary<"call">{};
  constexpr auto ranker =
      rw::ranker{rw::heads(click, call), rw::weight<"contact">(3) * mine::any(probability(click), probability(call))};
  std::vector<double> const logits{0, 0, /**/ 2, -1}; // two items, two columns
  std::vector<double> scores(2);
  ranker.score(rw::row_major(logits, ranker.columns), scores);
  //} use
  claim(near(scores[0], 3 * 0.75, 1e-12), "one of two even chances");
  claim(to_text(ranker).find("any(") != std::string::npos, to_text(ranker).c_str());
  claim(near(ranker.explain(rw::row_major(logits, ranker.columns), 0).score, scores[0], 1e-12), "and explained");

  //{ test
  // Derivatives by logits are finite differences of the score.
  std::vector<double> const seeds{1, 0};
  std::vector<double> by(4), up(2), down(2);
  ranker.gradient(rw::row_major(logits, 2), seeds, rw::row_major(by, 2), ranker.weights());
  double worst = 0;
  for (std::size_t k = 0; k < 2; ++k) {
    auto moved = logits;
    moved[k] += 1e-6;
    ranker.score(rw::row_major(moved, 2), up);
    moved[k] -= 2e-6;
    ranker.score(rw::row_major(moved, 2), down);
    worst = std::max(worst, std::abs((up[0] - down[0]) / 2e-6 - by[k]));
  }
  claim(worst < 1e-8, "partials are finite differences");
  //} test
  return broken_claims;
}
