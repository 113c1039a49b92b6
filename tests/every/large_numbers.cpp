#include <rankwise/core/half.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/loss/full_hessian.hpp>
#include <rankwise/loss/pointwise.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/softmax.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

// Numbers at the edges of their type in every column of a call: what comes out is finite, or its list is reported, has
// no value and the derivatives 0.
namespace rw = rankwise;

namespace {

using column = std::vector<float>;
constexpr float most = std::numeric_limits<float>::max();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Lists of 0 to 5 items, mostly of ordinary numbers.
struct problem {
  std::vector<int> offsets{0};
  column scores, labels, item_weights;
  std::vector<double> list_weights;
  std::vector<int> mask;

  explicit problem(std::uint64_t seed) {
    support::random draw(seed);
    float const edges[] = {0.0f,  -0.0f, 1e-45f, -1e-45f, 1e-38f, 1.0f,      -1.0f,    2.0f,
                           1e12f, 1e19f, -1e19f, most,    -most,  -infinity, infinity, std::nanf("")};
    auto const number = [&](unsigned from) {
      return draw.below(12) == 0 ? edges[from + draw.below(16 - from)] : static_cast<float>(draw.below(7)) / 2;
    };
    for (int l = 0; l < 40; ++l) {
      std::size_t const size = draw.below(6);
      for (std::size_t i = 0; i < size; ++i) {
        scores.push_back(draw.below(2) == 0 ? number(0) : -number(0));
        labels.push_back(number(0));
        item_weights.push_back(std::fabs(number(0)));
        mask.push_back(l == 7 ? 0 : static_cast<int>(draw.below(8)));
      }
      offsets.push_back(static_cast<int>(scores.size()));
      list_weights.push_back(std::fabs(static_cast<double>(number(0))));
    }
  }
};

template <class Executor, class Loss>
void check_outputs(Executor executor, Loss const& loss, problem const& p, rw::options o) {
  std::size_t const n = p.scores.size();
  column gradient(n, 7), hessian(n, 7);
  std::vector<double> per_list(p.list_weights.size(), 7);
  rw::status told;
  o.per_list = per_list;
  o.errors = told;
  double const total = loss.gradient(executor, p.scores, p.labels, rw::lists(p.offsets), gradient, hessian, o);
  std::size_t reported = 0;
  for (std::size_t l = 0; l < per_list.size(); ++l) {
    CAPTURE(l);
    bool const has_value = std::isfinite(per_list[l]);
    CHECK((has_value || std::isnan(per_list[l])));
    if (!has_value && reported++ == 0) {
      CHECK(told.where == l);
    }
    for (int i = p.offsets[l]; i < p.offsets[l + 1]; ++i) {
      auto const at = static_cast<std::size_t>(i);
      CHECK(std::isfinite(gradient[at]));
      CHECK(std::isfinite(hessian[at]));
      CHECK((has_value || (gradient[at] == 0 && hessian[at] == 0)));
    }
  }
  CHECK((told.code == rw::errc::ok) == (reported == 0));
  CHECK((told.ok() || told.code == rw::errc::not_finite));
  CHECK(told.found == reported);
  CHECK(std::isfinite(total));
}

template <class Executor, class Loss>
void check_loss(Executor executor, Loss const& loss) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    problem const p(seed);
    check_outputs(executor, loss, p, {});
    check_outputs(executor, loss, p, {.item_weights = p.item_weights});
    check_outputs(executor, loss, p, {.list_weights = p.list_weights, .mask = p.mask});
    check_outputs(executor, loss, p, {.item_weights = p.item_weights, .list_weights = p.list_weights});
  }
}

constexpr rw::exec::scalar one_by_one{}; // compiles fastest

} // namespace

TEST_CASE("derivatives that are too large for their column are reported, and 0") {
  check_loss(one_by_one, rw::loss::mse{});
  check_loss(one_by_one, rw::loss::poisson{});
  check_loss(one_by_one, rw::loss::pro{});
  for (auto const& loss :
       {rw::loss::softmax{}, rw::loss::softmax{.temperature = 1e-30}, rw::loss::softmax{.ridge = 1e300}}) {
    CAPTURE(loss.temperature);
    check_loss(one_by_one, loss);
    check_loss(rw::exec::simd{}, loss);
  }
}

TEST_CASE("weights near the end of the type") {
  rw::status told;
  column gradient{7, 7, 7, 7}, hessian{7, 7, 7, 7};
  auto const lists = rw::lists<>::uniform(2, 2);
  column const scores{1, 2, 1, 2}, labels{1, 2.5f, 1, 2.5f}, heavy{1, 1, 3e38f, 1};
  double const value =
      rw::loss::mse{}.gradient(scores, labels, lists, gradient, hessian, {.item_weights = heavy, .errors = told});
  CHECK(value == 0.25); // the first list; the second one's hessian is 6e38
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  CHECK(gradient == column{0, -1, 0, 0});
  CHECK(hessian == column{2, 2, 0, 0});
  // The value of a list fits, its share of the sum does not; nor does the sum of shares.
  std::vector<double> const s{1e200, 0, 1e154, 0}, y{0, 0, 0, 0};
  CHECK(std::isfinite(rw::loss::mse{}.value(s, y, lists, {.list_weights = column{0, 1}, .errors = told})));
  CHECK(told.where == 0);
  std::vector<double> const two{1e308, 1e308};
  std::vector<double> const t{0.9, 0, 0.9, 0};
  double const sum = rw::loss::mse{}.value(t, y, lists, {.list_weights = two, .errors = told});
  CHECK(std::isfinite(sum));
  CHECK(told.ok());
  std::vector<double> const u{1.2, 0, 1.2, 0};
  CHECK(std::isinf(rw::loss::mse{}.value(u, y, lists, {.list_weights = two, .errors = told})));
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == rw::status::nowhere);
  char text[200];
  rw::describe(told, text, sizeof text);
  CHECK(std::string(text) == "rankwise: the sum over the lists is NaN or infinite");
}

TEST_CASE("a column of halves has less room") {
  rw::status told;
  std::vector<rw::float16> gradient(4, rw::float16(7.0f));
  auto const lists = rw::lists<>::uniform(2, 2);
  rw::loss::mse{}.gradient(column{1, 2, 70000, 2}, column{0, 0, 0, 0}, lists, gradient, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 1);
  CHECK(static_cast<float>(gradient[1]) == 4);
  CHECK(static_cast<float>(gradient[2]) == 0);
  // So has float for what was computed in double.
  column narrow{7, 7};
  rw::loss::mse{}.gradient(std::vector<double>{1e39, 1}, std::vector<double>{0, 0}, rw::lists<>::single(2), narrow,
                           {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(narrow == column{0, 0});
}

TEST_CASE("heads: an item whose derivatives are too large counts for nothing and is reported") {
  rw::status told;
  column gradient{7, 7}, hessian{7, 7};
  using head = rw::head::regression_head<rw::head::nameless, rw::head::error::squared>;
  double const value =
      head{}.gradient(column{1, 2}, column{1, 1}, gradient, hessian, {.item_weights = column{most, 1}, .errors = told});
  CHECK(told.code == rw::errc::not_finite); // the hessian is twice the weight
  CHECK(told.where == 0);
  CHECK(value == 1);
  CHECK(gradient == column{0, 2});
  CHECK(hessian == column{0, 2});
  // Each item's loss fits a float, their sum does not.
  CHECK(std::isinf(head{}.value(column{1.5e19f, 1.5e19f}, column{0, 0}, {.errors = told})));
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == rw::status::nowhere);
  std::vector<rw::float16> half(2, rw::float16(7.0f));
  head{}.gradient(column{70000, 2}, column{0, 1}, half, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 0);
  CHECK(told.found == 1);
  CHECK(static_cast<float>(half[0]) == 0);
  CHECK(static_cast<float>(half[1]) != 0);
}

TEST_CASE("a matrix of second derivatives that is too large is 0, and its list reported") {
  rw::status told;
  column hessian(8, 7);
  rw::loss::full_hessian(rw::loss::softmax{}, column{0, 0, 0, 0}, column{1, 0, 1, 0}, rw::lists<>::uniform(2, 2),
                         hessian, {.errors = told});
  CHECK(told.ok());
  rw::loss::full_hessian(rw::loss::softmax{.temperature = 1e-30}, column{0, 0, 0, 0}, column{1, 0, 0, 0},
                         rw::lists<>::uniform(2, 2), hessian, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  CHECK(told.where == 0);
  CHECK(hessian == column(8, 0.0f));
}
