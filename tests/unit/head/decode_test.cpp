#include "unit/head/all_heads.hpp"

#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

auto accessor(std::vector<double> const& z) {
  return [&z](int k) { return z[static_cast<std::size_t>(k)]; };
}

/// A head's functions of one item behind a plain interface, each compiled once; the checks are no templates.
using numbers = std::vector<double>;

struct value_and_partials {
  double value = 0;
  numbers partials;
};

template <class Value, class Partials>
value_and_partials both(numbers const& z, Value value, Partials partials) {
  value_and_partials all{value(accessor(z)), numbers(z.size(), 99)};
  partials(accessor(z), all.partials.data());
  return all;
}

struct tested_ordinal {
  std::string name;
  int levels;
  std::size_t columns;

  tested_ordinal(char const* name_, int levels_, std::size_t columns_)
      : name(name_), levels(levels_), columns(columns_) {}
  virtual ~tested_ordinal() = default;
  virtual numbers cumulative(numbers const& z) const = 0; // p_1 .. p_K
  virtual numbers classes(numbers const& z) const = 0;
  virtual double decision(numbers const& z, double beta) const = 0;
  virtual value_and_partials at_least(numbers const& z, int k) const = 0;
  virtual value_and_partials grade(numbers const& z) const = 0;
  virtual value_and_partials utility(numbers const& z, numbers const& u) const = 0;
};

template <class Head>
struct tested_ordinal_head final : tested_ordinal {
  Head head;

  tested_ordinal_head(char const* name_, Head const& head_)
      : tested_ordinal(name_, Head::levels, all_heads::width<Head>), head(head_) {}
  numbers cumulative(numbers const& z) const override {
    numbers all;
    head.cumulative(accessor(z),
                    [&](int k, double p) { all.push_back(k == static_cast<int>(all.size()) + 1 ? p : -1); });
    return all;
  }
  numbers classes(numbers const& z) const override {
    numbers all;
    head.class_probabilities(accessor(z),
                             [&](int k, double p) { all.push_back(k == static_cast<int>(all.size()) ? p : -1); });
    return all;
  }
  double decision(numbers const& z, double beta) const override { return head.decision(accessor(z), beta); }
  value_and_partials at_least(numbers const& z, int k) const override {
    return both(
        z, [&](auto at) { return head.at_least(at, k); },
        [&](auto at, double* d) { head.at_least_partials(at, k, d); });
  }
  value_and_partials grade(numbers const& z) const override {
    return both(
        z, [&](auto at) { return head.expected_grade(at); },
        [&](auto at, double* d) { head.expected_grade_partials(at, d); });
  }
  value_and_partials utility(numbers const& z, numbers const& u) const override {
    rw::head::numbers<Head::levels> gain;
    for (int k = 0; k < Head::levels; ++k) {
      gain[k] = u[static_cast<std::size_t>(k)];
    }
    return both(
        z, [&](auto at) { return head.expected_utility(at, gain); },
        [&](auto at, double* d) { head.expected_utility_partials(at, gain, d); });
  }
};

using function = std::function<value_and_partials(numbers const&)>;

void check_partials(numbers const& z, function const& f) {
  numbers const d = f(z).partials;
  for (std::size_t j = 0; j < z.size(); ++j) {
    CAPTURE(j);
    CHECK(support::near(d[j], support::difference([&](numbers const& x) { return f(x).value; }, z, j, 1e-4), 1e-8));
  }
}

void check_ordinal(tested_ordinal const& head) {
  CAPTURE(head.name);
  auto const levels = static_cast<std::size_t>(head.levels);
  support::random r(21);
  for (int round = 0; round < 40; ++round) {
    auto const z = r.uniforms<double>(head.columns, -3, 3);
    auto const u = r.uniforms<double>(levels, -2, 5);
    double previous = 1, sum = 0, grade = 0, by_class = 0, by_utility = 0, decided = 0;
    auto const p = head.cumulative(z);
    REQUIRE(p.size() + 1 == levels);
    for (std::size_t k = 0; k < p.size(); ++k) {
      CHECK(p[k] <= previous);
      CHECK(p[k] >= 0);
      CHECK(head.at_least(z, static_cast<int>(k) + 1).value == p[k]);
      previous = p[k];
      grade += p[k];
      decided = p[k] >= 0.3 ? static_cast<double>(k) + 1 : decided;
    }
    auto const q = head.classes(z);
    REQUIRE(q.size() == levels);
    for (std::size_t k = 0; k < q.size(); ++k) {
      CHECK(q[k] >= 0);
      sum += q[k];
      by_class += static_cast<double>(k) * q[k];
      by_utility += u[k] * q[k];
    }
    CHECK(support::near(sum, 1, 1e-14));
    CHECK(support::near(head.grade(z).value, grade, 1e-14));
    CHECK(support::near(by_class, grade, 1e-13));
    CHECK(support::near(head.utility(z, u).value, by_utility, 1e-13));
    CHECK(head.decision(z, 0.3) == decided);
    check_partials(z, [&](numbers const& x) { return head.grade(x); });
    check_partials(z, [&](numbers const& x) { return head.utility(x, u); });
    check_partials(z, [&](numbers const& x) { return head.at_least(x, head.levels - 1); });
  }
  for (double far : {1e30, -1e30, 700.0, -700.0}) {
    numbers const z(head.columns, far);
    double sum = 0;
    for (double p : head.classes(z)) {
      CHECK(std::isfinite(p));
      sum += p;
    }
    CHECK(support::near(sum, 1, 1e-12));
    for (double x : head.grade(z).partials) {
      CHECK(std::isfinite(x));
    }
  }
  for (std::size_t k = 0; k < head.columns; ++k) {
    auto z = r.uniforms<double>(head.columns, -3, 3);
    z[k] = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(head.decision(z, 0.5)));
    CHECK(std::isnan(head.grade(z).value));
    for (double p : head.classes(z)) {
      CHECK(std::isnan(p));
    }
  }
}

struct check_quantities {
  template <class Head>
  void operator()(char const* name, Head const& head, all_heads::labels, all_heads::range) const {
    CAPTURE(std::string(name));
    support::random r(22);
    for (int round = 0; round < 10; ++round) {
      auto const z = r.uniforms<double>(all_heads::width<Head>, -2, 2);
      if constexpr (requires { head.probability(accessor(z)); }) {
        check_partials(z, [&](numbers const& x) {
          return both(
              x, [&](auto at) { return head.probability(at); },
              [&](auto at, double* d) { head.probability_partials(at, d); });
        });
      }
      if constexpr (requires { head.expected_value(accessor(z)); }) {
        check_partials(z, [&](numbers const& x) {
          return both(
              x, [&](auto at) { return head.expected_value(at); },
              [&](auto at, double* d) { head.expected_value_partials(at, d); });
        });
      }
    }
  }
};

template <class Head, class What>
std::vector<double> decoded(Head const& head, std::vector<double> const& z, What const& what) {
  constexpr std::size_t columns = What::template columns<Head>;
  std::size_t const rows = z.size() / all_heads::width<Head>;
  std::vector<double> out(rows * columns);
  head.decode(rw::row_major(z, all_heads::width<Head>), rw::row_major(out, columns), what);
  return out;
}

void check_values(std::vector<double> const& found, std::vector<double> const& expected, double bound = 1e-9) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(std::fabs(found[i] - expected[i]) < bound);
  }
}

} // namespace

TEST_CASE("ordinal heads: monotone, classes add up to 1, partials are finite differences, NaN stays") {
  all_heads::for_each_ordinal([]<class Head>(char const* name, Head const& head, all_heads::labels, all_heads::range) {
    check_ordinal(tested_ordinal_head<Head>(name, head));
  });
}

TEST_CASE("other heads: partials are finite differences") {
  all_heads::for_each_other(check_quantities{});
}

TEST_CASE("golden values of decoding") {
  constexpr auto head = rw::head::ordinal<"r", 3>{};
  std::vector<double> const z{1.2, -0.4};
  check_values(decoded(head, z, rw::decode::cumulative{}), {0.7685247835, 0.4013123399});
  check_values(decoded(head, z, rw::decode::class_probabilities{}), {0.2314752165, 0.3672124436, 0.4013123399});
  check_values(decoded(head, z, rw::decode::expected_grade{}), {1.1698371234});
  check_values(decoded(head, z, rw::decode::expected_utility<3>{{0, 1, 3}}), {0.3672124436 + 3 * 0.4013123399});
  check_values(decoded(head, z, rw::decode::decision{}), {1});
  check_values(decoded(head, z, rw::decode::decision{.beta = 0.4}), {2});
  check_values(decoded(head, z, rw::decode::decision{.beta = 0.8}), {0});
}

TEST_CASE("CumPT: cumulative probability against one threshold") {
  constexpr auto head = rw::head::softmax<"r", 4>{};
  std::vector<double> z;
  for (double p : {0.1, 0.2, 0.2, 0.5, 0.3, 0.3, 0.1, 0.3, 0.5, 0.2, 0.1, 0.2}) { // P(1) .. P(4)
    z.push_back(std::log(p));
  }
  enum tier { bad, mid, good };
  check_values(decoded(head, z, rw::decode::tiers<1, 2>{.beta = 0.6}), {good, mid, bad});
  check_values(decoded(head, z, rw::decode::decision{.beta = 0.6}), {2, 1, 0});
}

TEST_CASE("decoders write to any executor, layout and number type") {
  constexpr auto head = rw::head::corn<"r", 4>{};
  support::random r(5);
  std::size_t const n = 53;
  auto const z = r.uniforms<float>(3 * n, -4, 4);
  std::vector<float> rows(4 * n), columns(4 * n);
  std::vector<int> level(n);
  head.decode(rw::exec::scalar{}, rw::row_major(z, 3), rw::row_major(rows, 4), rw::decode::class_probabilities{});
  head.decode(rw::exec::simd{}, rw::row_major(z, 3), rw::column_major(columns.data(), n, 4),
              rw::decode::class_probabilities{});
  head.decode<rw::math::fast>(rw::row_major(z, 3), level, rw::decode::decision{});
  for (std::size_t i = 0; i < n; ++i) {
    double reach = 0;
    int expected = 0;
    for (std::size_t k = 4; k-- > 0;) {
      CHECK(std::fabs(rows[4 * i + k] - columns[k * n + i]) < 1e-6f);
      reach += static_cast<double>(rows[4 * i + k]);
      expected = expected == 0 && reach >= 0.5 ? static_cast<int>(k) : expected;
    }
    CHECK(level[i] == expected);
  }
  rw::status s;
  head.decode(rw::row_major(z, 3), rw::row_major(rows.data(), n, 3), rw::decode::class_probabilities{}, {.errors = s});
  CHECK(s.code == rw::errc::wrong_shape);
  head.decode(rw::row_major(z.data(), n, 2), rw::row_major(rows, 4), rw::decode::class_probabilities{}, {.errors = s});
  CHECK(s.code == rw::errc::wrong_shape);
}
