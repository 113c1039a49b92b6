#include <rankwise/backend/emulated.hpp>
#include <rankwise/loss/hessian_product.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace hessian_product_test {

namespace rw = rankwise;

using column = std::vector<double>;
using problem = support::problem<double>;

namespace {

/// H v is the difference of the gradient along v, and the value the derivative of the loss.
template <class Loss, class Executor = rw::exec::scalar>
void check(Loss const& loss, Executor executor = {}) {
  for (unsigned const which : {0u, 7u}) {
    CAPTURE(which);
    problem p(21, 6, 14);
    for (std::size_t i = 0; i < p.items(); ++i) {
      p.scores[i] += 0.01 * static_cast<double>(i % 17); // nobody overtakes another within a step
    }
    support::random r{2};
    column const v = r.uniforms<double>(p.items(), -1, 1);
    column product(p.items());
    auto const data = loss.prepare(rw::exec::scalar{}, p.labels, p.lists(), p.options(which));
    double const along = rw::loss::hessian_product(executor, loss, p.scores, data, v, product);
    constexpr double step = 1e-4;
    auto const at = [&](double t, column& g) {
      column s = p.scores;
      for (std::size_t i = 0; i < s.size(); ++i) {
        s[i] += t * v[i];
      }
      return loss.gradient(rw::exec::scalar{}, s, data, g);
    };
    column up(p.items());
    column down(p.items());
    double const slope = (at(step, up) - at(-step, down)) / (2 * step);
    CHECK(support::near(along, slope, 1e-6));
    for (std::size_t i = 0; i < p.items(); ++i) {
      CAPTURE(i);
      CHECK(support::near(product[i], (up[i] - down[i]) / (2 * step), 1e-6));
    }
  }
}

} // namespace

TEST_CASE("loss/hessian_product: the difference of gradients along a vector") {
  check(rw::loss::pairwise<rw::pair::logistic, rw::reduction::mean_pairs>{.function = {.steepness = 1.5}},
        rw::exec::simd{});
  check(rw::loss::pairwise<rw::pair::squared_error, rw::pair_weight::label_difference>{});
  check(rw::loss::softmax{.temperature = 0.7}, rw::exec::simd{});
  check(rw::loss::listnet{});
  check(rw::loss::lambda<rw::metric::ndcg<4>>{.steepness = 1.5}, rw::exec::simd{});
  check(rw::loss::basic_bce<rw::reduction::mean_items>{});
}

namespace {

/// Prepared data, a workspace and a group of threads change nothing, and nothing is allocated.
template <class Loss>
void check_forms(Loss const& loss) {
  INFO("seed 4");
  problem const p(4, 9, 40);
  support::random r{2};
  column const v = r.uniforms<double>(p.items(), -1, 1);
  auto const lists = p.lists();
  auto const data = loss.prepare(p.labels, lists, p.options(7));
  column once(p.items());
  column product(p.items());
  double const value = rw::loss::hessian_product(loss, p.scores, p.labels, lists, v, once, p.options(7));
  rw::workspace memory(rw::loss::hessian_workspace_bytes(data));
  CHECK(support::allocations_of(
            [&] { CHECK(rw::loss::hessian_product(loss, p.scores, data, v, product, memory) == value); }) == 0);
  CHECK(product == once);
  rw::exec::emulated<32> const group{};
  CHECK(support::near(rw::loss::hessian_product(group, loss, p.scores, data, v, product, memory), value, 1e-12));
  for (std::size_t i = 0; i < product.size(); ++i) {
    CAPTURE(i);
    CHECK(support::near(product[i], once[i], 1e-12));
  }
}

} // namespace

TEST_CASE("loss/hessian_product: every form of the call, and a group of threads") {
  check_forms(rw::loss::lambda<rw::metric::ndcg<4>>{});
  check_forms(rw::loss::softmax{});
}

namespace {

/// sum y s^2, whose derivatives are written item by item.
struct one_by_one {
  static constexpr bool separable = true;

  template <class List>
  double operator()(List const& list) const {
    double value = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto const y = list.label_of(i);
      auto const s = list.score_of(i);
      list.gradient_of(i, 2 * y * s);
      list.hessian_of(i, 2 * y);
      value += y * s * s;
    }
    return value;
  }
  RANKWISE_LOSS_CALLS
};

} // namespace

TEST_CASE("loss/hessian_product: a loss that writes item by item") {
  std::vector<double> const scores{0.5, -2, 3};
  std::vector<double> const labels{1, 2, 0.5};
  std::vector<double> const v{1, 0.25, -1};
  std::vector<double> product(3, 7);
  CHECK(rw::loss::hessian_product(one_by_one{}, scores, labels, rw::lists<>::single(3), v, product) ==
        doctest::Approx(1 - 2 - 3));
  CHECK(product == std::vector<double>{2, 1, -1});
}

TEST_CASE("loss/hessian_product: the vector has a number for every item") {
  column const s{1, 2};
  column const y{0, 1};
  column product{7, 7};
  rw::status told;
  double const value = rw::loss::hessian_product(rw::loss::ranknet{}, s, y, rw::lists<>::single(2), column{1}, product,
                                                 {.errors = told});
  CHECK(std::isnan(value));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(product == column{7, 7});
}

TEST_CASE("loss/hessian_product: sizes and overlaps are reported before anything is written") {
  column const s{1, 2};
  std::vector<int> const y{1, 0};
  column v{1, 1, 1};
  column out(2, 9);
  auto const code = [&](auto const& loss, column const& direction, column& product) {
    rw::status told;
    CHECK(std::isnan(
        rw::loss::hessian_product(loss, s, y, rw::lists<>::single(2), direction, product, {.errors = told})));
    return told.code;
  };
  CHECK(code(rw::loss::softmax{}, v, out) == rw::errc::size_mismatch);
  CHECK(out == column{9, 9});
  v.resize(2);
  CHECK(code(rw::loss::softmax{}, v, v) == rw::errc::aliasing);
  CHECK(code(rw::loss::ranknet{}, v, v) == rw::errc::aliasing);
}

} // namespace hessian_product_test
