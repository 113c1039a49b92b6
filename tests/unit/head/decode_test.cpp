#include "unit/head/all_heads.hpp"

#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

auto accessor(std::vector<double> const& z) {
  return [&z](int k) { return z[static_cast<std::size_t>(k)]; };
}

template <class F, class G>
void check_partials(std::vector<double> const& z, F value, G partials) {
  std::vector<double> d(z.size(), 99);
  partials(accessor(z), d.data());
  for (std::size_t j = 0; j < z.size(); ++j) {
    CAPTURE(j);
    CHECK(
        support::near(d[j], support::difference([&](auto const& x) { return value(accessor(x)); }, z, j, 1e-4), 1e-8));
  }
}

struct check_ordinal {
  template <class Head>
  void operator()(char const* name, Head const& head, all_heads::labels, all_heads::range) const {
    CAPTURE(std::string(name));
    constexpr int levels = Head::levels;
    support::random r(21);
    for (int round = 0; round < 40; ++round) {
      auto const z = r.uniforms<double>(all_heads::width<Head>, -3, 3);
      auto const at = accessor(z);
      double previous = 1, sum = 0, grade = 0, by_class = 0, by_utility = 0;
      rw::head::numbers<levels> u;
      for (int k = 0; k < levels; ++k) {
        u[k] = r.uniform(-2, 5);
      }
      int decided = 0;
      head.cumulative(at, [&](int k, double p) {
        CHECK(p <= previous);
        CHECK(p >= 0);
        CHECK(head.at_least(at, k) == p);
        previous = p;
        grade += p;
        decided = p >= 0.3 ? k : decided;
      });
      head.class_probabilities(at, [&](int k, double p) {
        CHECK(p >= 0);
        sum += p;
        by_class += k * p;
        by_utility += u[k] * p;
      });
      CHECK(support::near(sum, 1, 1e-14));
      CHECK(support::near(head.expected_grade(at), grade, 1e-14));
      CHECK(support::near(by_class, grade, 1e-13));
      CHECK(support::near(head.expected_utility(at, u), by_utility, 1e-13));
      CHECK(head.decision(at, 0.3) == decided);
      check_partials(
          z, [&](auto x) { return head.expected_grade(x); },
          [&](auto x, double* d) { head.expected_grade_partials(x, d); });
      check_partials(
          z, [&](auto x) { return head.expected_utility(x, u); },
          [&](auto x, double* d) { head.expected_utility_partials(x, u, d); });
      check_partials(
          z, [&](auto x) { return head.at_least(x, levels - 1); },
          [&](auto x, double* d) { head.at_least_partials(x, levels - 1, d); });
    }
    for (double far : {1e30, -1e30, 700.0, -700.0}) {
      std::vector<double> const z(all_heads::width<Head>, far);
      double sum = 0;
      head.class_probabilities(accessor(z), [&](int, double p) {
        CHECK(std::isfinite(p));
        sum += p;
      });
      CHECK(support::near(sum, 1, 1e-12));
      std::vector<double> d(z.size(), 99);
      head.expected_grade_partials(accessor(z), d.data());
      for (double x : d) {
        CHECK(std::isfinite(x));
      }
    }
    for (std::size_t k = 0; k < all_heads::width<Head>; ++k) {
      auto z = r.uniforms<double>(all_heads::width<Head>, -3, 3);
      z[k] = std::numeric_limits<double>::quiet_NaN();
      CHECK(std::isnan(head.decision(accessor(z))));
      CHECK(std::isnan(head.expected_grade(accessor(z))));
      head.class_probabilities(accessor(z), [](int, double p) { CHECK(std::isnan(p)); });
    }
  }
};

struct check_quantities {
  template <class Head>
  void operator()(char const* name, Head const& head, all_heads::labels, all_heads::range) const {
    CAPTURE(std::string(name));
    support::random r(22);
    for (int round = 0; round < 10; ++round) {
      auto const z = r.uniforms<double>(all_heads::width<Head>, -2, 2);
      if constexpr (requires { head.probability(accessor(z)); }) {
        check_partials(
            z, [&](auto x) { return head.probability(x); },
            [&](auto x, double* d) { head.probability_partials(x, d); });
      }
      if constexpr (requires { head.expected_value(accessor(z)); }) {
        check_partials(
            z, [&](auto x) { return head.expected_value(x); },
            [&](auto x, double* d) { head.expected_value_partials(x, d); });
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
  all_heads::for_each_ordinal(check_ordinal{});
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
  head.decode(rw::row_major(z, 3), rw::row_major(rows, 3), rw::decode::class_probabilities{}, {.errors = s});
  CHECK(s.code == rw::errc::wrong_shape);
  head.decode(rw::row_major(z, 4), rw::row_major(rows, 4), rw::decode::class_probabilities{}, {.errors = s});
  CHECK(s.code == rw::errc::wrong_shape);
}
