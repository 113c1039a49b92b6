#include <rankwise/loss/full_hessian.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace rw = rankwise;

using column = std::vector<double>;
using problem = support::problem<double>;

namespace {

/// What holds for a matrix beside being the derivative of the gradient.
struct laws {
  bool symmetric = true;
  bool rows_are_0 = true; ///< the loss does not see a shift of all scores
  bool convex = true;
  bool has_diagonal = true; ///< the loss's own hessian is the diagonal
  bool derivative = true;   ///< false: of a loss whose hessian piece says otherwise
};

/// Cholesky's method with a hair on the diagonal goes through.
bool is_positive_semidefinite(double const* h, std::size_t n) {
  column l(n * n);
  double most = 0;
  for (std::size_t i = 0; i < n; ++i) {
    most = std::fmax(most, h[i * n + i]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = h[i * n + j] + (i == j ? 1e-12 * (1 + most) : 0);
      for (std::size_t k = 0; k < j; ++k) {
        sum -= l[i * n + k] * l[j * n + k];
      }
      if (i != j) {
        l[i * n + j] = sum / l[j * n + j];
      } else if (sum > 0) {
        l[i * n + i] = std::sqrt(sum);
      } else {
        return false;
      }
    }
  }
  return true;
}

/// The matrix against differences of gradients, item by item.
template <class Loss, class Executor = rw::exec::scalar>
void check(Loss const& loss, laws const& law = {}, Executor executor = {}) {
  problem p(33, 5, 11);
  for (std::size_t i = 0; i < p.items(); ++i) {
    p.scores[i] += 0.01 * static_cast<double>(i % 17); // nobody has the score of another
    p.labels[i] /= 4;
  }
  auto const lists = p.lists();
  auto const blocks = rw::loss::hessian_blocks(lists);
  rw::workspace memory;
  for (unsigned const which : {0u, 7u}) {
    INFO("seed 33");
    CAPTURE(which);
    auto const data = loss.prepare(rw::exec::scalar{}, p.labels, lists, p.options(which));
    column h(blocks.items(), -9);
    column gradient(p.items());
    column diagonal(p.items());
    double const value = rw::loss::full_hessian(executor, loss, p.scores, data, blocks, h, memory);
    CHECK(support::near(value, loss.gradient(rw::exec::scalar{}, p.scores, data, gradient, diagonal, memory), 1e-12));
    column up(p.items());
    column down(p.items());
    for (std::size_t l = 0; l < p.size(); ++l) {
      CAPTURE(l);
      std::size_t const first = p.begin_of(l);
      std::size_t const n = p.end_of(l) - first;
      double const* const block = h.data() + blocks.begin_of(l);
      for (std::size_t j = 0; j < n; ++j) {
        CAPTURE(j);
        constexpr double step = 1e-5;
        column s = p.scores;
        s[first + j] += step;
        loss.gradient(rw::exec::scalar{}, s, data, up, diagonal, memory);
        s[first + j] -= 2 * step;
        loss.gradient(rw::exec::scalar{}, s, data, down, diagonal, memory);
        loss.gradient(rw::exec::scalar{}, p.scores, data, gradient, diagonal, memory);
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
          CAPTURE(i);
          double const slope = (up[first + i] - down[first + i]) / (2 * step);
          CHECK((!law.derivative || support::near(block[i * n + j], slope, 1e-7)));
          CHECK((!law.symmetric || block[i * n + j] == block[j * n + i]));
          sum += block[j * n + i];
        }
        CHECK((!law.rows_are_0 || support::near(sum, 0, 1e-12)));
        CHECK((!law.has_diagonal || support::near(block[j * n + j], diagonal[first + j], 1e-11)));
      }
      CHECK((!law.convex || is_positive_semidefinite(block, n)));
    }
  }
}

} // namespace

TEST_CASE("loss/full_hessian: sums over pairs") {
  using namespace rw;
  check(loss::pairwise<pair::logistic, reduction::mean_pairs, weighting::product>{.function = {.steepness = 1.5}}, {},
        exec::simd{});
  check(loss::pairwise<pair::squared_error, pairs::ordered, pair_weight::label_difference>{},
        {.convex = false}); // weights of both signs
}

TEST_CASE("loss/full_hessian: rows that LightGBM weighs are no derivatives of one loss, yet those of its gradient") {
  using namespace rw;
  check(loss::pairwise<pair::logistic, weighting::item>{}, {.symmetric = false, .convex = false});
}

TEST_CASE("loss/full_hessian: pairs with the top, and pairs that a selection lists") {
  using namespace rw;
  check(loss::lambda<metric::ndcg<3>>{.steepness = 2}, {}, exec::simd{});
  check(loss::pairwise<pair::logistic, pairs::neighbours>{});
}

TEST_CASE("loss/full_hessian: the hessian piece chooses, and keeps a matrix without negative directions") {
  using namespace rw;
  check(loss::pairwise<pair::logistic, hessian::squared_slope>{}, {.derivative = false});
}

TEST_CASE("loss/full_hessian: softmax with any targets") {
  check(rw::loss::softmax{.temperature = 0.7}, {}, rw::exec::simd{});
  check(rw::loss::listnet{});
}

TEST_CASE("loss/full_hessian: single items have a diagonal") {
  check(rw::loss::basic_poisson<rw::reduction::mean_items>{}, {.rows_are_0 = false});
}

TEST_CASE("loss/full_hessian: two items by hand") {
  column const s{0.5, -0.25};
  column const y{1, 0};
  column h(4);
  double const p = 1 / (1 + std::exp(-0.75));
  rw::loss::full_hessian(rw::loss::ranknet{}, s, y, rw::lists<int>::single(2), h);
  double const k = p * (1 - p);
  CHECK(support::near(h[0], k, 1e-15));
  CHECK(support::near(h[1], -k, 1e-15));
  CHECK(h[2] == h[1]);
  CHECK(h[3] == h[0]);
  rw::loss::full_hessian(rw::loss::softmax{}, s, y, rw::lists<int>::single(2), h);
  CHECK(support::near(h[0], k, 1e-15));
  CHECK(support::near(h[1], -k, 1e-15));
}

namespace {

/// Lists with NaN, infinite scores, without items and without anybody are zeros; the others are as if alone.
template <class Loss>
void check_hostile(Loss const& loss) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  column const s{1, 2, 0.5, std::nan(""), 1, inf, 2, 1, 3, 0.2, -inf, 0.7};
  column const y{0, 1, 2, 1, 0, 0, 1, 1, 0, 1, 1, 0};
  std::vector<std::uint8_t> const mask{1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  std::vector const offsets{0, 3, 5, 5, 7, 9, 12};
  rw::lists const lists(offsets);
  column h(9 + 4 + 0 + 4 + 4 + 9, -9);
  rw::status told;
  double const value = rw::loss::full_hessian(loss, s, y, lists, h, {.mask = mask, .errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(std::isfinite(value));
  column alone(9);
  rw::loss::full_hessian(loss, column{1, 2, 0.5}, column{0, 1, 2}, rw::lists<int>::single(3), alone);
  for (std::size_t k = 0; k < 9; ++k) {
    CHECK(h[k] == alone[k]);
    CHECK(std::fabs(alone[k]) > (alone[1] == 0 ? -1 : 0)); // not a comparison of zeros, diagonals aside
  }
  for (std::size_t k = 9; k < 21; ++k) {
    CHECK(h[k] == 0);
  }
  column pair(4);
  rw::loss::full_hessian(loss, column{0.2, 0.7}, column{1, 0}, rw::lists<int>::single(2), pair);
  double const* const last = h.data() + 21;
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(last[3 + k] == 0);
    CHECK(last[3 * k + 1] == 0);
  }
  CHECK(support::near(last[0], pair[0], 1e-15));
  CHECK(support::near(last[2], pair[1], 1e-15));
  CHECK(support::near(last[8], pair[3], 1e-15));
}

} // namespace

TEST_CASE("loss/full_hessian: lists that are not finite, empty or out") {
  check_hostile(rw::loss::ranknet{});
  check_hostile(rw::loss::softmax{});
  check_hostile(rw::loss::bce{});
}

TEST_CASE("loss/full_hessian: executors agree, float and double, and nothing is allocated after the first call") {
  support::problem<float> const p(5, 40, 20);
  auto const lists = p.lists();
  auto const blocks = rw::loss::hessian_blocks(lists);
  rw::loss::softmax const loss{};
  auto const data = loss.prepare(p.labels, lists, p.options(7));
  rw::workspace memory(rw::loss::hessian_workspace_bytes(data));
  std::vector<float> h(blocks.items());
  double value = 0;
  CHECK(support::allocations_of([&] { value = rw::loss::full_hessian(loss, p.scores, data, blocks, h, memory); }) == 0);
  std::vector<double> other(blocks.items());
  double const alone = rw::loss::full_hessian(rw::exec::scalar{}, loss, p.scores, data, blocks, other, memory);
  CHECK(support::near(value, alone, 1e-5));
  for (std::size_t k = 0; k < h.size(); ++k) {
    CHECK(support::near(static_cast<double>(h[k]), other[k], 1e-5));
  }
}

TEST_CASE("loss/full_hessian: errors before anything is written") {
  column const s{1, 2, 3};
  column const y{1, 0, 1};
  std::vector const offsets{0, 1, 3};
  rw::lists const lists(offsets);
  auto const data = rw::loss::ranknet{}.prepare(y, lists);
  column h(5, 7);
  rw::status told;
  auto const refused = [&](double value, rw::errc code, char const* argument) {
    CHECK(std::isnan(value));
    CHECK(told.code == code);
    CHECK(std::string_view(told.argument) == argument);
    CHECK(h == column(5, 7));
    told = {};
  };
  column too_short(4);
  refused(rw::loss::full_hessian(rw::loss::ranknet{}, s, y, lists, too_short, {.errors = told}),
          rw::errc::size_mismatch, "hessian");
  auto const others = rw::loss::hessian_blocks(rw::lists_of_sizes(std::vector{2, 1}));
  refused(rw::loss::full_hessian(rw::loss::ranknet{}, s, data, others, h, {.errors = told}), rw::errc::size_mismatch,
          "blocks");
  refused(rw::loss::full_hessian(rw::loss::ranknet{}, column{1, 2}, data, h, {.errors = told}), rw::errc::size_mismatch,
          "scores");
  refused(rw::loss::full_hessian(rw::loss::ranknet{}, s, y, rw::lists<int>::single(4), h, {.errors = told}),
          rw::errc::offsets_overrun, "labels");
  std::vector<std::byte> few(8);
  rw::workspace small(std::span{few});
  refused(rw::loss::full_hessian(rw::loss::ranknet{}, s, data, h, small, {.errors = told}),
          rw::errc::workspace_too_small, "workspace");
  column both(7, 1);
  std::span const shared{both};
  double const value =
      rw::loss::full_hessian(rw::loss::ranknet{}, shared.subspan(4), y, lists, shared.first(5), {.errors = told});
  CHECK(std::isnan(value));
  CHECK(told.code == rw::errc::aliasing);
  CHECK(rw::loss::full_hessian(rw::loss::ranknet{}, column{}, column{}, rw::lists<int>::single(0), column{}) == 0);
}
