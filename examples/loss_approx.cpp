// Metrics as losses: smooth ranks, relaxed permutations, drawn orders.
#include "claim.hpp"

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/bound.hpp>
#include <rankwise/loss/gumbel.hpp>
#include <rankwise/loss/neural_sort.hpp>
#include <rankwise/loss/sampled.hpp>
#include <rankwise/loss/soft_rank.hpp>
#include <rankwise/loss/softmax.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

//{ by-ranks
namespace mine {

/// 1 / sqrt(rank + 1): gentler than the logarithm.
struct root {
  using slot = rw::slots::discount;
  static constexpr char const* text = "root";
  template <class V>
  RANKWISE_FN V operator()(V rank) const {
    return V(1) / rw::math::sqrt(rank + V(1));
  }
  /// What smooth ranks need in addition: the derivative.
  template <class V>
  RANKWISE_FN V slope(V rank) const {
    V const d = (*this)(rank);
    return rw::as<V>(-0.5) * d * d * d;
  }
};

} // namespace mine
//} by-ranks

namespace {

std::vector<double> const scores{2.2, -1.3, 5.4, 0.3};
std::vector<double> const labels{1, 0, 0, 2};
auto const lists = rw::lists<>::single(4);

void approx() {
  //{ approx
  std::vector<double> gradient(4), hessian(4);
  constexpr auto loss = rw::loss::approx<rw::metric::ndcg<>>{.temperature = 0.5};
  double const value = loss.gradient(scores, labels, lists, gradient, hessian);

  double const first = rw::loss::approx<rw::metric::mrr<>>{}.value(scores, labels, lists);
  double const page = rw::loss::approx<rw::metric::precision<5>>{}.value(scores, labels, lists);
  double const smooth_ap = rw::loss::approx<rw::metric::map<>>{}.value(scores, labels, lists);
  using by_rbp = rw::loss::approx<rw::metric::rbp<>>; // a metric with a parameter is a member
  double const patient = by_rbp{.metric = {.p = 0.9}}.value(scores, labels, lists);
  //} approx
  //{ bound
  double const never_better = rw::loss::bound<rw::metric::ndcg<>>{}.value(scores, labels, lists);
  constexpr rw::loss::bound of_rbp{rw::metric::rbp<>{.p = 0.9}}; // a metric with a parameter
  //} bound
  claim(smooth_ap < 0 && smooth_ap >= -1, "minus a mean of precisions");
  double const cold = rw::loss::approx<rw::metric::ndcg<>>{.temperature = 1e-3}.value(scores, labels, lists);
  claim(near(-cold, rw::metric::ndcg<>{}(scores, labels, lists), 1e-9), "a cold temperature is the metric");
  claim(value < 0 && first < 0 && page < 0 && patient < 0, "minus the metric");
  claim(never_better >= cold && of_rbp.value(scores, labels, lists) < 0, "the bound");
}

void by_ranks() {
  //{ by-ranks-use
  using metric = rw::metric::ndcg<10, mine::root>;
  double const value = rw::loss::approx<metric>{}.value(scores, labels, lists);
  //} by-ranks-use
  claim(value < 0 && value >= -1, "a discount of one's own");
}

void neural() {
  //{ neural
  double const neural = rw::loss::neural_sort<rw::metric::ndcg<>>{.temperature = 1}.value(scores, labels, lists);
  double const scaled = rw::loss::neural_sort<rw::metric::ndcg<>, 20>{}.value(scores, labels, lists); // NeuralNDCG
  double const soft = rw::loss::soft_sort<rw::metric::ndcg<10>>{.temperature = 0.1}.value(scores, labels, lists);
  using by_rbp = rw::loss::neural_sort<rw::metric::rbp<>>;
  double const patient = by_rbp{.metric = {.p = 0.9}}.value(scores, labels, lists);
  //} neural
  double const cold = rw::loss::neural_sort<rw::metric::ndcg<>>{.temperature = 1e-4}.value(scores, labels, lists);
  claim(near(-cold, rw::metric::ndcg<>{}(scores, labels, lists), 1e-9), "a cold temperature is the metric");
  claim(neural < 0 && scaled < 0 && soft < 0 && patient < 0, "minus the metric");
}

void soft_rank() {
  //{ soft-rank
  std::vector<double> gradient(4);
  double const value = rw::loss::soft_rank<rw::metric::ndcg<>>{.strength = 2}.gradient(scores, labels, lists, gradient);
  //} soft-rank
  double const weak = rw::loss::soft_rank<rw::metric::ndcg<>>{.strength = 1e-3}.value(scores, labels, lists);
  claim(near(-weak, rw::metric::ndcg<>{}(scores, labels, lists), 1e-9), "a weak strength is the metric");
  claim(value < 0, "minus the metric");
}

void gumbel() {
  //{ gumbel
  std::vector<double> gradient(4);
  using loss = rw::loss::gumbel<rw::loss::approx<rw::metric::ndcg<>>>;
  for (std::uint64_t round = 0; round < 3; ++round) { // noise is a function of seed, round and item
    loss{.samples = 8, .seed = 1, .round = round}.gradient(scores, labels, lists, gradient);
  }
  //} gumbel
  claim(std::isfinite(gradient[0]), "a gradient");
}

void sampled() {
  //{ sampled
  std::vector<double> gradient(4);
  rw::loss::stochastic_rank<rw::metric::ndcg<10>>{.samples = 64, .scale = 0.5}.gradient(scores, labels, lists,
                                                                                        gradient);
  double const drawn = rw::loss::yeti{.samples = 10, .decay = 0.85}.gradient(scores, labels, lists, gradient);
  //} sampled
  claim(drawn > 0, "a loss over neighbours in drawn orders");
}

} // namespace

int main() {
  approx();
  by_ranks();
  neural();
  soft_rank();
  gumbel();
  sampled();
  return broken_claims;
}
