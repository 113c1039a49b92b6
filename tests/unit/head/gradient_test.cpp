#include "unit/head/all_heads.hpp"

#include <rankwise/exec/scalar.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

std::vector<std::unique_ptr<all_heads::tested<double>>> all_heads::in_double() {
  return all_on<double, rw::exec::scalar>();
}

namespace {

using heads = all_heads::derivatives<double>;

template <class F>
void for_each_head(F check) {
  for (auto const& head : all_heads::in_double()) {
    CAPTURE(head->name);
    check(*head);
  }
}

} // namespace

TEST_CASE("gradients, hessians and derivatives by parameters are finite differences") {
  for_each_head([](all_heads::tested<double> const& head) {
    support::random r(7);
    std::size_t const n = 30;
    auto const z = r.uniforms<double>(n * head.columns, -3, 3);
    auto const y = all_heads::draw<double>(r, head.kind, n);
    auto const w = r.uniforms<double>(n, 0, 2);
    auto mask = std::vector<int>(n, 1);
    mask[3] = mask[17] = 0;
    rw::options const opts{.item_weights = w, .mask = mask};
    heads d, e;
    head.gradient(z, y, opts, d);
    auto const at = [&](std::vector<double> const& x) { return head.gradient(x, y, opts, e); };
    for (std::size_t i = 0; i < z.size(); ++i) {
      CAPTURE(i);
      CHECK(support::near(d.gradient[i], support::difference(at, z, i), 3e-8));
      auto const slope = [&](std::vector<double> const& x) {
        head.gradient(x, y, opts, e);
        return e.gradient[i];
      };
      CHECK(support::near(d.hessian[i], support::difference(slope, z, i), 3e-8));
    }
    CHECK(d.gradient[3 * head.columns] == 0);
    auto const parameters = head.parameters();
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      CAPTURE(k);
      auto const by = [&](std::vector<double> const& x) { return head.moved(k, x[0], z, y, opts); };
      CHECK(support::near(d.parameters[k], support::difference(by, {parameters[k]}, 0), 1e-7));
    }
  });
}

TEST_CASE("losses and derivatives are finite for extreme logits") {
  for_each_head([](all_heads::tested<double> const& head) {
    support::random r(3);
    double const far[]{1e30, -1e30, 700, -700, 88, -88, 40, -40, 1e4, -1e4, 0};
    std::vector<double> z;
    for (double a : far) {
      for (double b : far) {
        for (std::size_t copy = 0; copy < 5; ++copy) {
          for (std::size_t k = 0; k < head.columns; ++k) {
            z.push_back(k == copy % head.columns ? a : b);
          }
        }
      }
    }
    auto const y = all_heads::draw<double>(r, head.kind, z.size() / head.columns);
    rw::status s;
    heads d;
    CHECK(std::isfinite(head.gradient(z, y, {.errors = s}, d)));
    CHECK((s.ok() || head.values == all_heads::range::overflows));
    for (std::size_t i = 0; i < z.size(); ++i) {
      CAPTURE(z[i]);
      CAPTURE(y[i / head.columns]);
      CHECK(std::isfinite(d.gradient[i]));
      CHECK(std::isfinite(d.hessian[i]));
    }
  });
}

TEST_CASE("an item that is not finite is flagged and the others are untouched") {
  for_each_head([](all_heads::tested<double> const& head) {
    std::size_t const columns = head.columns;
    support::random r(5);
    std::size_t const n = 9;
    auto const z = r.uniforms<double>(n * columns, -3, 3);
    auto const y = all_heads::draw<double>(r, head.kind, n);
    heads d, clean;
    head.gradient(z, y, {}, clean);
    for (std::size_t k = 0; k <= columns; ++k) { // a logit, then the label
      CAPTURE(k);
      for (std::size_t bad = 0; bad < n; ++bad) {
        CAPTURE(y[bad]);
        auto x = z;
        auto labels = y;
        (k < columns ? x[bad * columns + k] : labels[bad]) = std::numeric_limits<double>::quiet_NaN();
        rw::status s;
        CHECK(std::isfinite(head.gradient(x, labels, {.errors = s}, d)));
        CHECK(s.code == rw::errc::not_finite);
        CHECK(s.where == bad);
        CHECK(s.found == 1);
        for (std::size_t i = 0; i < z.size(); ++i) {
          CHECK(d.gradient[i] == (i / columns == bad ? 0 : clean.gradient[i]));
          CHECK(d.hessian[i] == (i / columns == bad ? 0 : clean.hessian[i]));
        }
      }
    }
    std::vector<double> none;
    CHECK(head.gradient(none, none, {}, d) == 0);
  });
}

TEST_CASE("masked items and items of weight 0 are as good as absent; weights multiply") {
  for_each_head([](all_heads::tested<double> const& head) {
    std::size_t const columns = head.columns;
    support::random r(9);
    std::size_t const n = 12;
    auto const z = r.uniforms<double>(n * columns, -3, 3);
    auto const y = all_heads::draw<double>(r, head.kind, n);
    std::vector<double> weights(n, 2);
    std::vector<unsigned char> mask(n, 1);
    std::vector<double> some_z, some_y;
    for (std::size_t i = 0; i < n; ++i) {
      weights[i] = i % 3 == 0 ? 0 : 2;
      mask[i] = i % 3 == 0 ? 0 : 1;
      if (i % 3 != 0) {
        some_z.insert(some_z.end(), z.begin() + static_cast<std::ptrdiff_t>(i * columns),
                      z.begin() + static_cast<std::ptrdiff_t>((i + 1) * columns));
        some_y.push_back(y[i]);
      }
    }
    heads some, masked, weighted;
    double const value = head.gradient(some_z, some_y, {}, some);
    CHECK(support::near(head.gradient(z, y, {.mask = mask}, masked), value, 1e-14));
    CHECK(support::near(head.gradient(z, y, {.item_weights = weights}, weighted), 2 * value, 1e-14));
    std::size_t next = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
      bool const absent = i / columns % 3 == 0;
      CHECK(masked.gradient[i] == (absent ? 0 : some.gradient[next]));
      CHECK(masked.hessian[i] == (absent ? 0 : some.hessian[next]));
      CHECK(support::near(weighted.gradient[i], absent ? 0 : 2 * some.gradient[next], 1e-14));
      CHECK(support::near(weighted.hessian[i], absent ? 0 : 2 * some.hessian[next], 1e-14));
      next += absent ? 0 : 1;
    }
  });
}
