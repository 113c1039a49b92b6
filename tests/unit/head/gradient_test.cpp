#include "unit/head/all_heads.hpp"

#include <rankwise/exec/scalar.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr rw::exec::scalar scalar{};

struct derivatives {
  std::vector<double> gradient, hessian, parameters;
};

template <class Head>
double run(Head const& head, std::vector<double> const& z, std::vector<double> const& y, rw::options o,
           derivatives& d) {
  constexpr std::size_t columns = all_heads::width<Head>;
  constexpr int shared = rw::parameters_of<Head>;
  d.gradient.assign(z.size(), 99);
  d.hessian.assign(z.size(), 99);
  d.parameters.assign(static_cast<std::size_t>(shared), 99);
  if (shared > 0) {
    o.parameters = d.parameters;
  }
  return head.gradient(scalar, rw::row_major(z, columns), y, rw::row_major(d.gradient, columns),
                       rw::row_major(d.hessian, columns), o);
}

struct check_derivatives {
  template <class Head>
  void operator()(char const* name, Head const& head, all_heads::labels kind, all_heads::range) const {
    CAPTURE(std::string(name));
    constexpr std::size_t columns = all_heads::width<Head>;
    support::random r(7);
    std::size_t const n = 30;
    auto const z = r.uniforms<double>(n * columns, -3, 3);
    auto const y = all_heads::draw<double>(r, kind, n);
    auto const w = r.uniforms<double>(n, 0, 2);
    auto mask = std::vector<int>(n, 1);
    mask[3] = mask[17] = 0;
    rw::options const opts{.item_weights = w, .mask = mask};
    derivatives d;
    double const value = run(head, z, y, opts, d);
    auto const at = [&](std::vector<double> const& x) {
      return head.value(scalar, rw::row_major(x, columns), y, opts);
    };
    CHECK(support::near(value, at(z), 1e-15));
    for (std::size_t i = 0; i < z.size(); ++i) {
      CAPTURE(i);
      CHECK(support::near(d.gradient[i], support::difference(at, z, i), 3e-8));
      auto const slope = [&](std::vector<double> const& x) {
        derivatives e;
        run(head, x, y, opts, e);
        return e.gradient[i];
      };
      CHECK(support::near(d.hessian[i], support::difference(slope, z, i), 3e-8));
    }
    CHECK(d.gradient[3 * columns] == 0);
    for (int k = 0; k < rw::parameters_of<Head>; ++k) {
      if constexpr (rw::parameters_of < Head >> 0) {
        CAPTURE(k);
        auto const by = [&](std::vector<double> const& x) {
          Head h = head;
          all_heads::parameter(h, k) = x[0];
          return h.value(scalar, rw::row_major(z, columns), y, opts);
        };
        Head h = head;
        CHECK(support::near(d.parameters[static_cast<std::size_t>(k)],
                            support::difference(by, {all_heads::parameter(h, k)}, 0), 1e-7));
      }
    }
  }
};

struct check_extremes {
  template <class Head>
  void operator()(char const* name, Head const& head, all_heads::labels kind, all_heads::range range) const {
    CAPTURE(std::string(name));
    constexpr std::size_t columns = all_heads::width<Head>;
    support::random r(3);
    double const far[]{1e30, -1e30, 700, -700, 88, -88, 40, -40, 1e4, -1e4, 0};
    std::vector<double> z;
    for (double a : far) {
      for (double b : far) {
        for (int copy = 0; copy < 5; ++copy) {
          for (std::size_t k = 0; k < columns; ++k) {
            z.push_back(k == static_cast<std::size_t>(copy) % columns ? a : b);
          }
        }
      }
    }
    auto const y = all_heads::draw<double>(r, kind, z.size() / columns);
    rw::status s;
    derivatives d;
    CHECK(std::isfinite(run(head, z, y, {.errors = s}, d)));
    CHECK((s.ok() || range == all_heads::range::overflows));
    for (std::size_t i = 0; i < z.size(); ++i) {
      CAPTURE(z[i]);
      CAPTURE(y[i / columns]);
      CHECK(std::isfinite(d.gradient[i]));
      CHECK(std::isfinite(d.hessian[i]));
    }
  }
};

struct check_not_finite {
  template <class Head>
  void operator()(char const* name, Head const& head, all_heads::labels kind, all_heads::range) const {
    CAPTURE(std::string(name));
    constexpr std::size_t columns = all_heads::width<Head>;
    double const nan = std::numeric_limits<double>::quiet_NaN();
    support::random r(5);
    std::size_t const n = 9;
    auto const z = r.uniforms<double>(n * columns, -3, 3);
    auto const y = all_heads::draw<double>(r, kind, n);
    derivatives d, clean;
    run(head, z, y, {}, clean);
    for (std::size_t k = 0; k <= columns; ++k) { // a logit, then the label
      CAPTURE(k);
      for (std::size_t bad = 0; bad < n; ++bad) {
        CAPTURE(y[bad]);
        auto x = z;
        auto labels = y;
        (k < columns ? x[bad * columns + k] : labels[bad]) = nan;
        rw::status s;
        CHECK(std::isfinite(run(head, x, labels, {.errors = s}, d)));
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
    CHECK(run(head, none, none, {}, d) == 0);
  }
};

} // namespace

TEST_CASE("gradients, hessians and derivatives by parameters are finite differences") {
  all_heads::for_each(check_derivatives{});
}

TEST_CASE("losses and derivatives are finite for extreme logits") {
  all_heads::for_each(check_extremes{});
}

TEST_CASE("an item that is not finite is flagged and the others are untouched") {
  all_heads::for_each(check_not_finite{});
}
