// Losses over pairs and lambda losses, page by page.
#include "claim.hpp"

#include <rankwise/compat/losses.hpp>
#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/circle.hpp>
#include <rankwise/loss/counting.hpp>
#include <rankwise/loss/hessian_product.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/loss/position_bias.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rw = rankwise;

namespace mine {

//{ arrange
/// The mean score of the items with the greatest label. Items are sorted by label once; every round reads the order.
struct score_of_best {
  using prepared_items = rw::scratch_columns<0, 2>;
  struct constants {
    std::uint32_t items = 0;
  };

  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    auto* const order = list.template prepared_indices<0>();
    auto* const classes = list.template prepared_indices<1>();
    return {static_cast<std::uint32_t>(rw::arrange(list, order, classes))};
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    auto const* const order = list.template prepared_indices<0>();
    auto const* const classes = list.template prepared_indices<1>();
    typename List::scalar sum = 0;
    std::size_t p = list.constants().items;
    std::size_t count = 0;
    do {
      sum += list.score_of(order[--p]);
      ++count;
    } while (p != 0 && classes[p - 1] == classes[p]);
    return sum / static_cast<typename List::scalar>(count);
  }
  RANKWISE_LOSS_CALLS
};
//} arrange

//{ function
/// (margin - d)^3 for d < margin: small misses cost next to nothing.
struct cubic_hinge {
  double margin = 1;

  template <class T>
  struct run { // parameters in the type of the numbers
    T margin;
    template <class V>
    RANKWISE_FN rw::pair_term<V> operator()(V d, V /*difference of the labels*/) const {
      V const miss = rw::math::max(V(0), V(margin) - d);
      return {miss * miss * miss, V(-3) * miss * miss, V(6) * miss}; // value, slope, curvature
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(margin)};
  }
};
//} function

//{ weight
/// |y_i - y_j| / (1 + the better of the two ranks): mistakes at the top of the page count more.
struct top_of_page {
  using slot = rw::slots::pair_weight;
  using ties = rw::ties::stable;
  static constexpr std::size_t label_keys = 1; // numbers per item that depend on its label ...
  static constexpr std::size_t rank_keys = 1;  // ... and on its rank
  static constexpr bool zero_for_equal_labels = true;

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    key[0] = label;
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const&, std::uint32_t const*, std::size_t count, T* const* key) const {
    for (std::size_t r = 0; r < count; ++r) {
      key[0][r] = T(1) / static_cast<T>(r + 1);
    }
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const { // label keys, then rank keys
    return (better[0] - worse[0]) * rw::math::max(better[1], worse[1]);
  }
};
//} weight

} // namespace mine

namespace {

void pairwise() {
  //{ pairwise
  std::vector<double> const scores{0.2, 1.1, -0.3};
  std::vector<double> const labels{2, 0, 1};
  auto const lists = rw::lists<>::single(3);
  std::vector<double> gradient(3), hessian(3);
  constexpr auto ranknet = rw::loss::ranknet{}; // pairwise<pair::logistic>
  double const value = ranknet.gradient(scores, labels, lists, gradient, hessian);

  constexpr auto hinge = rw::loss::pairwise<rw::pair::hinge, rw::reduction::mean_pairs>{.function = {.margin = 0.5}};
  double const mean = hinge.value(scores, labels, lists);
  //} pairwise
  auto const softplus = [](double x) { return std::log1p(std::exp(x)); };
  claim(near(value, softplus(1.1 - 0.2) + softplus(-0.3 - 0.2) + softplus(1.1 + 0.3), 1e-12), "three pairs");
  claim(near(mean, (1.4 + 0 + 1.9) / 3, 1e-12), "margins missed by 1.4, 0 and 1.9");
}

void pieces() {
  std::vector<double> const scores{0.2, 1.1, -0.3, 0.6};
  std::vector<double> const labels{2, 0, 1, 0};
  auto const lists = rw::lists<>::single(4);
  //{ pieces
  using first_page = rw::loss::pairwise<rw::pair::logistic, rw::pairs::either_in_top<10>, rw::weighting::product>;
  using few = rw::loss::pairwise<rw::pair::logistic, rw::pairs::sampled>;
  using hard = rw::loss::pairwise<rw::pair::squared_hinge, rw::pairs::hardest, rw::reduction::mean_items>;
  double const a = first_page{}.value(scores, labels, lists);
  double const b = few{.pairs = {.count = 2, .seed = 7}}.value(scores, labels, lists);
  double const c = hard{}.value(scores, labels, lists);
  std::vector<int> const session{1, 1, 2, 2}; // only items of one session are compared
  double const d = first_page{}.value(scores, labels, lists, {.segments = session});
  //} pieces
  claim(a > 0 && b > 0 && c > 0 && d > 0, "they are losses");
  auto const softplus = [](double x) { return std::log1p(std::exp(x)); };
  claim(near(d, softplus(1.1 - 0.2) + softplus(0.6 + 0.3), 1e-12), "one pair in each session");
}

void lambda() {
  //{ lambda
  std::vector<double> const scores{0.2, 1.1, -0.3, 0.6};
  std::vector<double> const labels{2, 0, 1, 0};
  auto const lists = rw::lists<>::single(4);
  std::vector<double> gradient(4), hessian(4);
  constexpr auto loss = rw::loss::lambda<rw::metric::ndcg<10>>{};
  auto const data = loss.prepare(labels, lists);    // items by label, ideal: once per data set
  rw::workspace memory(loss.workspace_bytes(data)); // once per thread
  double const value = loss.gradient(scores, data, gradient, hessian, memory);
  loss.gradient(scores, data, gradient, hessian, memory, {.value = false}); // derivatives alone: about twice as fast

  constexpr auto by_precision = rw::loss::lambda{rw::metric::precision<2>{.threshold = 2}};
  double const at_two = by_precision.value(scores, labels, lists);
  constexpr auto by_rbp = rw::loss::lambda{rw::metric::rbp<>{.p = 0.8}}; // the <> for compilers that want it
  //} lambda
  claim(value > 0 && at_two > 0 && by_rbp.value(scores, labels, lists) > 0, "mistakes cost");
  double sum = 0;
  for (double const g : gradient) {
    sum += g;
  }
  claim(std::abs(sum) < 1e-12, "what one gains the other loses");
}

void pair_weight() {
  std::vector<double> const scores{0.2, 1.1, -0.3, 0.6};
  std::vector<double> const labels{2, 0, 1, 0};
  auto const lists = rw::lists<>::single(4);
  //{ use
  double const cubic = rw::loss::pairwise<mine::cubic_hinge>{}.value(scores, labels, lists);
  double const page = rw::loss::pairwise<rw::pair::logistic, mine::top_of_page>{}.value(scores, labels, lists);
  //} use
  auto const cube = [](double x) { return x > 0 ? x * x * x : 0; };
  claim(near(cubic, cube(1.9) + cube(0.5) + cube(1.4) + cube(2.4) + cube(1.9), 1e-12), "five pairs");
  claim(page > 0, "a weighted RankNet");
  //{ weights
  using ndcg_loss2 = rw::loss::pairwise<rw::pair::logistic_bits, rw::pair_weight::ndcg_loss2<>>;
  constexpr auto loss2pp =
      rw::loss::pairwise<rw::pair::logistic_bits, rw::pair_weight::ndcg_loss2pp<>>{.pair_weight = {{}, 5}}; // mu = 5
  double const two = ndcg_loss2{}.value(scores, labels, lists);
  double const more = loss2pp.value(scores, labels, lists);
  //} weights
  claim(more > 5 * two, "rho + mu delta");
}

void counting() {
  //{ counting
  std::vector<double> const scores{0.2, 1.1, -0.3, 0.6};
  std::vector<double> const labels{2, 0, 1, 0};
  auto const lists = rw::lists<>::single(4);
  std::vector<double> gradient(4);
  double const value = rw::loss::counting<rw::pair::hinge>{}.gradient(scores, labels, lists, gradient);
  double const wrong = rw::loss::counting<rw::pair::zero_one>{}.value(scores, labels, lists);
  //} counting
  claim(near(value, rw::loss::pairwise<rw::pair::hinge>{}.value(scores, labels, lists), 1e-12), "the same sum");
  claim(wrong == 4, "four of five pairs stand in the wrong order");
}

void product() {
  //{ product
  std::vector<double> const scores{0.2, 1.1, -0.3};
  std::vector<double> const labels{2, 0, 1};
  std::vector<double> const v{1, 0, 0};
  auto const lists = rw::lists<>::single(3);
  std::vector<double> column(3); // H v: here the first column of H
  double const slope = rw::loss::hessian_product(rw::loss::ranknet{}, scores, labels, lists, v, column);

  auto const data = rw::loss::ranknet{}.prepare(labels, lists);                    // once per data set: the loss's own
  rw::workspace memory(rw::loss::hessian_workspace_bytes(data));                   // once per thread
  rw::loss::hessian_product(rw::loss::ranknet{}, scores, data, v, column, memory); // every step
  //} product
  std::vector<double> gradient(3), hessian(3);
  rw::loss::ranknet{}.gradient(scores, labels, lists, gradient, hessian);
  claim(near(slope, gradient[0], 1e-12), "the derivative along v");
  claim(near(column[0], hessian[0], 1e-12), "the diagonal");
  claim(near(column[0] + column[1] + column[2], 0, 1e-12), "rows of H add up to zero");
}

void bias() {
  //{ bias
  std::vector<double> const scores{0.2, 1.1, -0.3, 0.6, 0.1, 0.4};
  std::vector<double> const clicks{1, 0, 0, 0, 1, 0};
  std::vector<int> const shown_at{0, 1, 2, 0, 1, 2};
  auto const lists = rw::lists<>::uniform(2, 3);
  constexpr auto loss = rw::loss::lambda<rw::metric::ndcg<>>{};
  std::vector<double> gradient(6), hessian(6);
  rw::loss::position_bias bias(3);               // three places
  auto const data = loss.prepare(clicks, lists); // once per data set
  rw::workspace memory(rw::loss::position_bias::workspace_bytes(data));
  for (int round = 0; round < 5; ++round) {
    bias.gradient(loss, scores, data, shown_at, gradient, hessian, memory);
    // ... a tree or a step of the optimiser, and new scores
  }
  double const second_place = bias.clicked(1);
  //} bias
  claim(bias.clicked(0) == 1 && second_place > 0, "relative to the first place");
}

void circle() {
  //{ circle
  std::vector<double> const cosine{0.8, 0.3, -0.2};
  std::vector<double> const labels{1, 0, 0};
  std::vector<double> gradient(3);
  double const value = rw::loss::circle{.gamma = 8}.gradient(cosine, labels, rw::lists<>::single(3), gradient);
  //} circle
  double const up = -8 * 0.45 * (0.8 - 0.75);
  double const sum = std::exp(up + 8 * 0.55 * (0.3 - 0.25)) + std::exp(up + 8 * 0.05 * (-0.2 - 0.25));
  claim(near(value, std::log(1 + sum), 1e-12), "two pairs");
  claim(gradient[0] < 0 && gradient[1] > 0, "up with the good one");
}

void compat() {
  //{ compat
  std::vector<float> const scores{0.2f, 1.1f, -0.3f, 0.6f};
  std::vector<float> const labels{2, 0, 1, 0};
  auto const lists = rw::lists<>::single(4);
  std::vector<float> gradient(4), hessian(4);
  rw::compat::lightgbm::lambdarank<>{}.gradient(scores, labels, lists, gradient, hessian);
  rw::compat::xgboost::rank_ndcg<>{}.gradient(scores, labels, lists, gradient, hessian);
  double const rax = rw::compat::rax::pairwise_hinge{}.value(scores, labels, lists);
  //} compat
  claim(near(rax, (1.9 + 0.5 + 1.4 + 2.4 + 1.9) / 5, 1e-6), "the mean over five pairs");
}

void arrange() {
  std::vector<double> const scores{0.2, 1.1, -0.3, 0.6};
  std::vector<double> const labels{2, 0, 1, 2};
  claim(near(mine::score_of_best{}.value(scores, labels, rw::lists<>::single(4)), 0.4), "items 0 and 3");
}

} // namespace

int main() {
  pairwise();
  pieces();
  lambda();
  pair_weight();
  counting();
  product();
  bias();
  circle();
  compat();
  arrange();
  return broken_claims;
}
