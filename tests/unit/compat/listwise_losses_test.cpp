#include <rankwise/compat/listwise_losses.hpp>
#include <rankwise/compat/losses.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace rw = rankwise;
namespace compat = rankwise::compat;

namespace {

using column = std::vector<double>;

// One item at a time, and one form of every call: see losses_test.cpp.
constexpr rw::exec::scalar one;

struct derivatives {
  double value;
  column gradient, hessian;
};

template <class Loss>
derivatives of(Loss const& loss, column const& s, column const& y) {
  derivatives d{0, column(s.size()), column(s.size())};
  d.value = loss.gradient(one, s, loss.prepare(one, y, rw::lists<>::single(s.size())), d.gradient, d.hessian);
  return d;
}
template <class Loss>
double value(Loss const& loss, column const& s, column const& y) {
  return of(loss, s, y).value;
}

} // namespace

TEST_CASE("compat/listwise_losses: values of the libraries' tests and documentation") {
  namespace tfr = compat::tf_ranking;
  namespace rax = compat::rax;
  CHECK(support::near(value(rax::softmax{}, {2, 1, 3}, {1, 0, 0}), 1.4076059, 1e-7));
  CHECK(support::near(value(rax::approx_t12n<rw::metric::ndcg<>>{}, {2.2, -1.3, 5.4}, {1, 0, 0}), -0.63282484, 1e-7));
  CHECK(support::near(value(rax::bound_t12n<rw::metric::arp<>>{}, {2, -1.5, 0.9}, {0, 1, 0}), 8.9, 1e-12));
  CHECK(support::near(value(tfr::softmax{}, {1, 3, 2}, {0, 0, 1}), 1.407606, 1e-6));
  CHECK(support::near(value(tfr::softmax{}, {1, 3}, {0, 2}), 0.126928, 1e-6));
  CHECK(support::near(value(tfr::list_mle{}, {1, 3, 2}, {0, 0, 1}), 3.534534, 1e-6));
  CHECK(support::near(value(tfr::approx_ndcg, {0.6, 0.8}, {1, 0}), -0.655107, 1e-6));
  CHECK(support::near(value(tfr::approx_mrr, {0.6, 0.8}, {1, 0}), -0.53168947, 1e-7));
  CHECK(support::near(value(tfr::neural_sort_ndcg{}, {1, 3, 2}, {0, 0, 1}), -0.761571, 1e-6));
  CHECK(support::near(value(compat::keras_rs::list_mle{.temperature = 0.5}, {1.0, 3.0, 2.0, 4.0, 0.8}, {1, 0, 1, 3, 2}),
                      10.969891, 1e-6));
  CHECK(support::near(value(compat::allrank::list_mle{}, {0.5, 0.3}, {1, 0}), 0.5981389284, 1e-7));
  CHECK(support::near(value(compat::allrank::approx_ndcg{}, {0.5, 0.3, 0.5}, {0.5, 0.3, 0.5}), -0.8499219417, 1e-7));
  auto const st = of(rw::loss::list_mle{}, {1.5, 0.3}, {2, 1}); // sentence-transformers
  CHECK(support::near(st.value, 0.2633, 1e-4));
  CHECK(support::near(st.gradient[0], -0.2315, 1e-4));
}

// Rax's tests: the label 2 has the gain 3, and of labels that are all 0 the targets of poly1_softmax are uniform there.
TEST_CASE("compat/listwise_losses: Rax's gain of unique_softmax, and what poly1_softmax leaves out") {
  namespace rax = compat::rax;
  double const e1 = std::exp(1.0);
  double const e2 = std::exp(2.0);
  double const e3 = std::exp(3.0);
  double const e4 = std::exp(4.0);
  CHECK(support::near(value(rax::unique_softmax{}, {3, 1, 4, 2}, {2, 0, 1, 0}),
                      -3 * std::log(e3 / (e1 + e2 + e3 + e4)) - std::log(e4 / (e1 + e2 + e4)), 1e-12));
  CHECK(support::near(value(rax::unique_softmax{}, {0, 3, 1, 2}, {0, 0, 1, 1}),
                      -std::log(e2 / (1 + e3 + e2)) - std::log(e1 / (1 + e3 + e1)), 1e-12));
  double const pt = (2 * e3 + e4) / (3 * (e1 + e2 + e3 + e4));
  CHECK(support::near(value(rax::poly1_softmax{}, {3, 1, 4, 2}, {2, 0, 1, 0}),
                      -2 * std::log(e3 / (e1 + e2 + e3 + e4)) - std::log(e4 / (e1 + e2 + e3 + e4)) + 1 - pt, 1e-12));
  auto const nothing = of(rax::poly1_softmax{}, {0, 3, 1, 2}, {0, 0, 0, 0}); // Rax: 3/4, a constant
  CHECK(nothing.value == 0);
  CHECK(nothing.gradient == column(4, 0));
}

// CatBoost 1.2.10: one tree with an item in every leaf, from these scores as baseline, learning rate 1, no l2. A leaf's
// value is -g with leaf_estimation_method Gradient, where objects weigh 1, and -g / h with Newton.
TEST_CASE("compat/listwise_losses: CatBoost's own derivatives of QuerySoftMax and PairLogit") {
  column const s{0.3, -0.7, 1.1, 0.2, -0.4, 0.9, 0.05, -1.2};
  column const y{3, 1, 0, 2, 2, 0, 1, 4};
  auto const check = [&](auto const& loss, column const& steepest, column const& newton) {
    auto const d = of(loss, s, y);
    for (std::size_t i = 0; i < s.size(); ++i) {
      CAPTURE(i);
      CHECK(support::near(-d.gradient[i], steepest[i], 2e-6));
      CHECK(support::near(-d.gradient[i] / d.hessian[i], newton[i], 2e-6));
    }
  };
  check(compat::catboost::query_soft_max,
        {1.33736049, 0.388349107, -3.70027232, 0.495581575, 1.17435767, -3.0295266, -0.294864936, 3.629015},
        {0.846433022, 0.544766436, -1.33245175, 0.339364969, 1.30021165, -1.23476533, -0.227538567, 7.40014106});
  check(rw::loss::softmax{.temperature = 0.5, .ridge = 0.01}, // QuerySoftMax:beta=2
        {3.66399852, 1.68385658, -11.5702914, 2.08744378, 3.42394915, -7.75579751, 0.58314351, 7.88369735},
        {0.812013, 1.90352607, -0.883042027, 0.548787516, 2.46935561, -0.695931272, 0.198395959, 16.0379609});
  CHECK(support::near(value(rw::loss::normalised_softmax{}, s, y), 2.7373121941138367, 1e-12));
  CHECK(support::near(value(rw::loss::normalised_softmax{.temperature = 0.5}, s, y), 3.7711943136820048, 1e-12));

  // PairLogit moves the leaves of a tree by a number that they share; with Gradient it divides by the pairs of an item.
  auto const pairs = of(compat::catboost::pair_logit{}, s, y);
  column const steepest{0.312679555, 0.036469661,  -0.765273326, 0.164702104,
                        0.292079812, -0.731418057, -0.118721885, 0.809482136};
  column const newton{1.52825079, 0.252545069, -4.71812577,  0.840910572,
                      1.48859329, -4.06608619, -0.468925159, 5.1428374};
  for (std::size_t i = 1; i < s.size(); ++i) {
    CAPTURE(i);
    auto const step = [&](std::size_t k) {
      double count = 0;
      for (double const other : y) {
        count += other != y[k] ? 1 : 0;
      }
      return -pairs.gradient[k] / count;
    };
    auto const newton_step = [&](std::size_t k) { return -pairs.gradient[k] / pairs.hessian[k]; };
    CHECK(support::near(step(i) - step(0), steepest[i] - steepest[0], 2e-6));
    CHECK(support::near(newton_step(i) - newton_step(0), newton[i] - newton[0], 2e-6));
  }
}
