// A loss, a head, a combinator and a container of one's own, in one program: trained by the loss, scored by the head
// and the combinator, all of it on the container.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

namespace mine {

// A container: numbers in somebody's memory.
struct tensor {
  std::vector<float> numbers;
  std::size_t width = 1;
};

// A head: a rare event with one logit, P = 1 - exp(-exp(z)).
template <rw::name Name>
struct rare {
  static constexpr auto label = Name;
  static constexpr int columns = 1;

  template <class P = rw::math::precise, class Logits>
  RANKWISE_FN static auto probability(Logits z) {
    return -rw::math::expm1<P>(-rw::math::exp<P>(z(0)));
  }
  template <class P = rw::math::precise, class Logits, class V>
  RANKWISE_FN static void probability_partials(Logits z, V* d) {
    d[0] = rw::math::exp<P>(z(0) - rw::math::exp<P>(z(0)));
  }
};

// A combinator: at least one of two independent events.
struct any_of_two {
  static constexpr char const* name = "any";

  template <class P, class V, std::size_t N>
  RANKWISE_FN static V apply(V const (&x)[N]) {
    return x[0] + x[1] - x[0] * x[1];
  }
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&x)[N], V, V (&d)[N]) {
    d[0] = V(1) - x[1];
    d[1] = V(1) - x[0];
  }
};
template <class A, class B>
constexpr auto any(A const& a, B const& b) {
  return rw::value::operate<rw::unit::probability>(any_of_two{}, a, b);
}

// A loss: squares of what a list's scores miss, from its own mean on.
struct centred_squares {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    auto const n = list.sum([](auto) { return V(1); });
    V const shift(list.sum([&](auto i) { return list.score(i) - list.label(i); }) / n);
    return list.sum([&](auto i) {
      V const d = list.score(i) - list.label(i) - shift;
      if constexpr (List::wants_gradient) {
        list.gradient(i, V(2) * d); // the derivatives of the mean add up to 0
        list.hessian(i, V(2) * (V(1) - V(1) / V(n)));
      }
      return d * d;
    });
  }

  RANKWISE_LOSS_CALLS
};

} // namespace mine

template <>
struct rankwise::column_traits<mine::tensor> {
  static column<float> view(mine::tensor& t) { return {t.numbers.data(), t.numbers.size()}; }
  static column<float const> view(mine::tensor const& t) { return {t.numbers.data(), t.numbers.size()}; }
};
template <>
struct rankwise::matrix_traits<mine::tensor> {
  static auto view(mine::tensor& t) { return row_major(t.numbers.data(), t.numbers.size() / t.width, t.width); }
  static auto view(mine::tensor const& t) { return row_major(t.numbers.data(), t.numbers.size() / t.width, t.width); }
};

int main() {
  //{ use
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto call = mine::rare<"call">{};
  constexpr auto ranker = rw::ranker{
      rw::heads(click, call), rw::weight<"contact">(1) * mine::any(rw::probability(click), rw::probability(call))};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  mine::tensor const wanted{{0.9f, 0.4f, 0.1f, 0.2f, 0.7f}};
  mine::tensor logits{std::vector<float>(10), 2}, scores{std::vector<float>(5)}, slope = scores, by_logits = logits;
  double first = 0, last = 0;
  for (int round = 0; round < 200; ++round) {
    ranker.score(logits, scores);
    last = mine::centred_squares{}.gradient(scores, wanted, lists, slope);
    first = round == 0 ? last : first;
    ranker.gradient(logits, slope, by_logits, ranker.weights()); // the loss's slope, through combinator and heads
    for (std::size_t k = 0; k < 10; ++k) {
      logits.numbers[k] -= 2 * by_logits.numbers[k];
    }
  }
  double const quality = rw::metric::ndcg<10>{}(scores, wanted, lists);
  //} use
  std::printf("  loss %.4f, then %.6f; NDCG %.3f\n", first, last, quality);
  claim(last < 1e-4 * first && near(quality, 1), "pieces of one's own train, score and rank together");
  return broken_claims;
}
