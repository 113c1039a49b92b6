// List adjusters of your own for value models: an item's value depends on all items of its list.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace rw = rankwise;

//{ adjuster
namespace mine {

/// x / (sum of x over the list), for x >= 0: what share of the page's value an item has.
struct share_of_list {
  static constexpr char const* name = "share"; // for to_text(ranker)
  static constexpr bool keeps_order = true;    // a greater x has a greater share
  double least = 1e-9;                         // parameters: double, with defaults
  constexpr char const* fault() const { return least > 0 ? nullptr : "least of share (more than 0)"; }

  template <class V> // T, or a SIMD register of T
  RANKWISE_FN void operator()(rw::value::adjusted_list<V> const& list) const {
    V const total(total_of(list));
    list.each([&](auto i) {
      V const x = list.operand(0, i);
      list.put(0, i, rw::math::select(x > V(list.out), x / total, x)); // whoever is out stays out
    });
  }
  /// The operand becomes dL/dx_j = (g_j - sum_i g_i y_i) / total; seeds are g, the derivatives by the result.
  template <class V>
  RANKWISE_FN void backward(rw::value::adjusted_list<V> const& list, rw::math::scalar_t<V> const* seeds) const {
    V const total(total_of(list));
    V const mean(list.sum(0, [&](auto i, V x) { return rw::load(seeds, i) * x / total; }));
    list.each([&](auto i) {
      V const x = list.operand(0, i);
      list.put(0, i, rw::math::select(x > V(list.out), (rw::load(seeds, i) - mean) / total, V(0)));
    });
  }

private:
  template <class V>
  RANKWISE_FN auto total_of(rw::value::adjusted_list<V> const& list) const {
    using T = rw::math::scalar_t<V>;
    return rw::math::max(static_cast<T>(least), list.sum(0, [](auto, V x) { return x; }));
  }
};

/// share(probability(click)), in a value model.
template <rw::value::expression A>
constexpr auto share(A const& x) {
  return rw::value::adjust(share_of_list{}, x);
}

} // namespace mine
//} adjuster

//{ grouped
namespace mine {

/// x for the best item of its author, brand, ...; 0 for the others. Of equal items the earlier one is the best.
struct best_of_group {
  static constexpr char const* name = "best_of";
  static constexpr bool keeps_order = false;

  template <class V>
  RANKWISE_FN void operator()(rw::value::adjusted_list<V> const& list) const {
    auto* const x = list.x(0); // a column of the list's items
    auto* const result = list.template values<0>();
    rw::each_place<V>(list.items, [&](std::size_t i) {
      bool best = true;
      for (std::size_t j = 0; j < list.items; ++j) {
        best = best && !(list.id(j) == list.id(i) && (x[j] > x[i] || (x[j] == x[i] && j < i)));
      }
      result[i] = best || x[i] == list.out ? x[i] : 0;
    });
    list.each([&](auto i) { list.put(0, i, rw::load(result, i)); });
  }
};

/// best_of(x, rw::ids<"author">{}): the type of the ids says which column of the call reaches the list.
template <rw::value::expression A, class By>
constexpr auto best_of(A const& x, By const&) {
  return rw::value::adjust<By>(best_of_group{}, x);
}

} // namespace mine
//} grouped

int main() {
  //{ use
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto order = rw::head::binary<"order">{};
  constexpr auto author = rw::ids<"author">{};
  constexpr auto ranker = rw::ranker{rw::heads(click, order), rw::weight<"click">(2) * mine::share(probability(click)) +
                                                                  mine::best_of(probability(order), author)};
  std::vector<double> const logits{0, 1, /**/ 0, 2, /**/ -1, 0, /**/ 3, 1}; // four items, two columns
  std::vector<int> const authors{7, 7, 8, 8};
  std::vector<double> scores(4);
  ranker.score(rw::row_major(logits, ranker.columns), rw::columns(rw::named<"author">(authors)),
               rw::lists_of_sizes(std::vector{3, 1}), scores);
  //} use
  auto const sigma = [](double z) { return 1 / (1 + std::exp(-z)); };
  double const total = sigma(0) + sigma(0) + sigma(-1);
  claim(near(scores[0], 2 * 0.5 / total, 1e-12), "a third and more of the clicks; the other of author 7 is better");
  claim(near(scores[1], 2 * 0.5 / total + sigma(2), 1e-12), "the best of author 7");
  claim(near(scores[2], 2 * sigma(-1) / total + 0.5, 1e-12), "the only one of author 8 in this list");
  claim(near(scores[3], 2 + sigma(1), 1e-12), "alone on its page");
  claim(rw::to_text(ranker).find("best_of(") != std::string::npos, "print knows the name");

  //{ test
  // Derivatives by logits are finite differences of the score: here of items 0 and 2.
  constexpr auto smooth = rw::ranker{rw::heads(click), mine::share(probability(click))};
  std::vector<double> z{0.3, -1, 2, 0.5}, by(4), up(4), down(4);
  std::vector<double> const seeds{1, 0, -2, 0};
  auto const list = rw::lists<>::single(4);
  smooth.gradient(rw::row_major(z, 1), list, seeds, rw::row_major(by, 1), smooth.weights());
  double worst = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    double const old = z[k];
    z[k] = old + 1e-6;
    smooth.score(rw::row_major(z, 1), list, up);
    z[k] = old - 1e-6;
    smooth.score(rw::row_major(z, 1), list, down);
    z[k] = old;
    worst = std::max(worst, std::abs(((up[0] - down[0]) - 2 * (up[2] - down[2])) / 2e-6 - by[k]));
  }
  claim(worst < 1e-8, "backward is the derivative");
  //} test

  // Items that are out stay out, and take no part.
  std::vector<int> const mask{1, 0, 1, 1};
  smooth.score(rw::row_major(z, 1), list, up, {.mask = mask});
  claim(up[1] == -INFINITY && near(up[0] + up[2] + up[3], 1, 1e-12), "shares of those that take part");
  auto const why = ranker.explain(rw::row_major(logits, 2), rw::columns(rw::named<"author">(authors)),
                                  rw::lists_of_sizes(std::vector{3, 1}), 1);
  double sum = why.baseline;
  for (auto const& leaf : why.leaves) {
    sum += leaf.contribution;
  }
  claim(near(sum, scores[1], 1e-9), "contributions add up, through adjusters of one's own");
  return broken_claims;
}
