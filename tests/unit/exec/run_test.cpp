#include <rankwise/loss/softmax.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace run_test {

// The checks of a list-wise call, and what it reports afterwards; with a loss that is known to be right.
namespace rw = rankwise;

namespace {

using column = std::vector<double>;

constexpr rw::loss::softmax loss;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// Outputs that nothing may touch when a call fails.
struct outputs {
  column gradient;
  column hessian;
  explicit outputs(std::size_t n) : gradient(n, 42), hessian(n, 43) {}
  bool untouched() const { return gradient == column(gradient.size(), 42) && hessian == column(hessian.size(), 43); }
};

struct fixture {
  support::problem<double> p{5, 4, 9};
  std::size_t n = p.items();
  rw::lists<int> groups = p.lists();
  outputs out{n};
  rw::status s;
};

} // namespace

TEST_CASE_FIXTURE(fixture, "sizes are checked before anything is written") {
  auto const data = loss.prepare(p.labels, groups);
  column const few(n - 1);
  column less(n - 1, 42);
  column per_list(p.size() + 1, 44);
  CHECK(std::isnan(loss.gradient(few, data, out.gradient, out.hessian, {.errors = s})));
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(std::string(s.argument) == "scores");
  CHECK(s.expected == n);
  CHECK(s.found == n - 1);
  CHECK(std::isnan(loss.gradient(p.scores, data, less, out.hessian, {.errors = s})));
  CHECK(std::string(s.argument) == "gradient");
  CHECK(std::isnan(loss.gradient(p.scores, data, out.gradient, less, {.errors = s})));
  CHECK(std::string(s.argument) == "hessian");
  CHECK(std::isnan(loss.gradient(p.scores, data, out.gradient, out.hessian, {.per_list = per_list, .errors = s})));
  CHECK(std::string(s.argument) == "per_list");
  CHECK(per_list == column(p.size() + 1, 44));
  CHECK(less == column(n - 1, 42));
  CHECK(out.untouched());
  CHECK_THROWS_AS(loss.gradient(few, data, out.gradient, out.hessian), rw::error);
  CHECK(out.untouched());
}

TEST_CASE_FIXTURE(fixture, "labels, weights and masks are checked by prepare, and the one-shot call") {
  column const few(n - 1);
  auto const check = [&](char const* argument, auto call) {
    CAPTURE(argument);
    rw::options o;
    o.errors = s;
    s = {};
    call(o);
    CHECK(!s.ok());
    CHECK(std::string(s.argument) == argument);
    CHECK(out.untouched());
  };
  auto const both = [&](char const* argument, column const& labels, auto set) {
    check(argument, [&](rw::options o) {
      set(o);
      auto const data = loss.prepare(labels, groups, o);
      CHECK(!data.ready);
      CHECK(std::isnan(loss.value(column{}, data, {.errors = s}))); // data that could not be prepared
      CHECK(s.code == rw::errc::not_prepared);
      s = {};
      loss.prepare(labels, groups, o);
    });
    check(argument, [&](rw::options o) {
      set(o);
      CHECK(std::isnan(loss.gradient(p.scores, labels, groups, out.gradient, out.hessian, o)));
    });
  };
  both("labels", few, [](rw::options&) {});
  both("item_weights", p.labels, [&](rw::options& o) { o.item_weights = few; });
  both("list_weights", p.labels, [&](rw::options& o) { o.list_weights = few; });
  both("mask", p.labels, [&](rw::options& o) { o.mask = few; });
  loss.prepare(few, groups, {.errors = s});
  CHECK(s.code == rw::errc::offsets_overrun);
}

TEST_CASE_FIXTURE(fixture, "weights and masks belong to prepare") {
  auto const data = loss.prepare(p.labels, groups);
  for (unsigned which : {1u, 2u, 4u}) {
    auto o = p.options(which);
    o.errors = s;
    CHECK(std::isnan(loss.gradient(p.scores, data, out.gradient, out.hessian, o)));
    CHECK(s.code == rw::errc::not_prepared);
  }
  CHECK(out.untouched());
}

TEST_CASE_FIXTURE(fixture, "outputs may not overlap scores or each other") {
  auto const data = loss.prepare(p.labels, groups);
  column memory(2 * n, 42);
  std::span<double> const all(memory);
  std::span<double> const half = all.subspan(n / 2, n);
  auto const fails = [&](auto const& scores, auto gradient, auto hessian, char const* argument) {
    s = {};
    CHECK(std::isnan(loss.gradient(scores, data, gradient, hessian, {.errors = s})));
    CHECK(s.code == rw::errc::aliasing);
    CHECK(std::string(s.argument) == argument);
    CHECK(memory == column(2 * n, 42));
    CHECK(out.untouched());
  };
  std::span<double> const other(out.hessian);
  fails(all.first(n), half, other, "gradient");
  fails(all.first(n), all.first(n), other, "gradient");
  fails(all.first(n), other, half, "hessian");
  fails(std::span<double>(p.scores), half, all.first(n), "hessian");
  // The list values, too.
  column s1{1, 2};
  column g1(2, 42);
  column h1(2, 42);
  auto const one = loss.prepare(column{0, 1}, rw::lists<int>::single(2));
  CHECK(std::isnan(loss.gradient(s1, one, g1, h1, {.per_list = std::span(g1).first(1), .errors = s})));
  CHECK(s.code == rw::errc::aliasing);
  CHECK(g1 == column(2, 42));
}

TEST_CASE_FIXTURE(fixture, "columns that take turns in memory do not overlap") {
  auto const data = loss.prepare(p.labels, groups);
  loss.gradient(p.scores, data, out.gradient, out.hessian);
  std::vector<double> pairs(2 * n, 42);
  loss.gradient(p.scores, data, rw::strided(pairs.data(), n, 2), rw::strided(pairs.data() + 1, n, 2));
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(pairs[2 * i] == out.gradient[i]);
    CHECK(pairs[2 * i + 1] == out.hessian[i]);
  }
  // One of them backwards is fine as well; the same place is not, nor a stride of 0.
  loss.gradient(p.scores, data, rw::strided(pairs.data() + 2 * (n - 1), n, -2), rw::strided(pairs.data() + 1, n, 2));
  CHECK(pairs[2 * (n - 1)] == out.gradient[0]);
  auto const refused = [&](auto g, auto h) {
    s = {};
    CHECK(std::isnan(loss.gradient(p.scores, data, g, h, {.errors = s})));
    CHECK(s.code == rw::errc::aliasing);
  };
  refused(rw::strided(pairs.data(), n, 2), rw::strided(pairs.data(), n, 2));
  refused(rw::strided(pairs.data(), n, 2), rw::strided(pairs.data() + 2, n, 2));
  refused(rw::strided(pairs.data(), n, 0), rw::strided(pairs.data() + 1, n, 2));
}

TEST_CASE_FIXTURE(fixture, "lists that are not finite are flagged, their gradients are 0, the others are right") {
  {
    for (double bad : {nan, infinity}) {
      for (std::size_t l = 0; l < p.size(); ++l) {
        for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
          CAPTURE(bad);
          CAPTURE(i);
          column scores = p.scores;
          column labels = p.labels;
          column weights = p.item_weights;
          scores[i] = bad;
          labels[i] = bad;
          weights[i] = bad;
          column expected(n);
          column values(p.size());
          loss.gradient(p.scores, p.labels, groups, expected, out.hessian, {.per_list = values});
          double sum = 0;
          for (std::size_t k = 0; k < p.size(); ++k) {
            sum += k == l ? 0 : values[k];
          }
          std::fill(&expected[p.begin_of(l)], &expected[p.begin_of(l)] + (p.end_of(l) - p.begin_of(l)), 0.0);
          auto const check = [&](column const& z, column const& y, rw::options o) {
            column per_list(p.size(), 7);
            o.per_list = per_list;
            o.errors = s;
            double const v = loss.gradient(z, y, groups, out.gradient, out.hessian, o);
            CHECK(s.code == rw::errc::not_finite);
            CHECK(s.where == l);
            CHECK(s.found == 1);
            CHECK(std::isnan(per_list[l]));
            if (!o.item_weights.given()) {
              CHECK(out.gradient == expected);
              CHECK(v == doctest::Approx(sum));
            }
            CHECK(out.gradient[i] == 0);
            CHECK(out.hessian[i] == 0);
          };
          check(scores, p.labels, {});
          check(p.scores, labels, {});
          check(p.scores, p.labels, {.item_weights = weights});
        }
      }
    }
  }
  column bad(p.size(), 1);
  bad[1] = nan;
  CHECK(std::isfinite(
      loss.gradient(p.scores, p.labels, groups, out.gradient, out.hessian, {.list_weights = bad, .errors = s})));
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 1);
}

TEST_CASE_FIXTURE(fixture, "thrown after the pass: everything is written") {
  column scores = p.scores;
  std::size_t l = 0;
  while (p.end_of(l) == p.begin_of(l)) {
    ++l;
  }
  scores[p.begin_of(l)] = nan;
  CHECK_THROWS_AS(loss.gradient(scores, p.labels, groups, out.gradient, out.hessian), rw::error);
  CHECK(out.gradient[p.begin_of(l)] == 0);
  CHECK(std::count(out.gradient.begin(), out.gradient.end(), 42) == 0);
  CHECK(std::count(out.hessian.begin(), out.hessian.end(), 43) == 0);
}

TEST_CASE_FIXTURE(fixture, "what is masked may be anything") {
  column scores = p.scores;
  column labels = p.labels;
  column weights = p.item_weights;
  column expected(n);
  double const value =
      loss.gradient(p.scores, p.labels, groups, expected, out.hessian, {.item_weights = weights, .mask = p.mask});
  for (std::size_t i = 0; i < n; ++i) {
    if (p.mask[i] == 0) {
      scores[i] = i % 2 == 0 ? nan : infinity;
      labels[i] = i % 3 == 0 ? nan : -infinity;
      weights[i] = nan;
    }
  }
  CHECK(loss.gradient(scores, labels, groups, out.gradient, out.hessian, {.item_weights = weights, .mask = p.mask}) ==
        value);
  CHECK(out.gradient == expected);
}

TEST_CASE_FIXTURE(fixture, "a workspace that is too small is an error, and nothing is written") {
  auto const data = loss.prepare(p.labels, groups);
  std::array<std::byte, 70> memory;
  rw::workspace w{std::span<std::byte>(memory)};
  CHECK(std::isnan(loss.gradient(p.scores, data, out.gradient, out.hessian, w, {.errors = s})));
  CHECK(s.code == rw::errc::workspace_too_small);
  CHECK(out.untouched());
}

TEST_CASE_FIXTURE(fixture, "no lists, and only empty ones") {
  column none;
  column per_list;
  CHECK(loss.gradient(none, none, rw::lists<int>{}, none, none, {.per_list = per_list, .errors = s}) == 0);
  CHECK(s.ok());
  column three(3, 9);
  CHECK(loss.gradient(none, none, rw::lists<int>::uniform(3, 0), none, none, {.per_list = three, .errors = s}) == 0);
  CHECK(s.ok());
  CHECK(three == column{0, 0, 0});
}

TEST_CASE_FIXTURE(fixture, "a status becomes good again") {
  s = {rw::errc::aliasing, "old"};
  loss.gradient(p.scores, p.labels, groups, out.gradient, out.hessian, {.errors = s});
  CHECK(s.ok());
}

} // namespace run_test
