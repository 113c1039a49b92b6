#ifndef RANKWISE_TESTS_UNIT_VALUE_SUPPORT_HPP
#define RANKWISE_TESTS_UNIT_VALUE_SUPPORT_HPP

#include <rankwise/head/binary.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace rw = rankwise;

namespace value_test {

constexpr auto relevance = rw::head::ordinal<"relevance", 4>{};
constexpr auto click = rw::head::binary<"click">{};
constexpr auto purchase = rw::head::binary<"purchase">{};
constexpr auto price = rw::head::input<"price">{};
constexpr auto heads = rw::heads(relevance, click, purchase, price);
constexpr std::size_t columns = 6;

inline double sigmoid(double z) {
  return 1 / (1 + std::exp(-z));
}

/// One item in plain double, for formulas written a second time.
struct item {
  double p1, p2, p3, grade, click, purchase, price;

  explicit item(double const* z) : click(sigmoid(z[3])), purchase(sigmoid(z[4])), price(z[5]) {
    p1 = sigmoid(z[0]);
    p2 = std::min(p1, sigmoid(z[1]));
    p3 = std::min(p2, sigmoid(z[2]));
    grade = p1 + p2 + p3;
  }
  /// For the gains 0, 1, 3, 7.
  double utility() const { return p1 + 2 * p2 + 4 * p3; }
};

/// Rows of logits; the price is positive, and no two logits of an ordinal head are equal.
inline std::vector<double> random_logits(std::size_t items, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> draw(0, 1.5);
  std::vector<double> z(items * columns);
  for (std::size_t i = 0; i < z.size(); ++i) {
    z[i] = i % columns == 5 ? 0.1 + std::abs(draw(random)) : draw(random);
  }
  return z;
}

/// The ranker's scores equal `formula(item)`, and its derivatives equal finite differences, in double.
template <class Value, class Formula>
void check_value(Value const& value, Formula formula, unsigned seed = 7) {
  CAPTURE(seed);
  constexpr std::size_t items = 37;
  auto const ranker = rw::ranker(heads, value);
  std::vector<double> z = random_logits(items, seed);
  std::vector<double> scores(items);
  auto const rows = [&z] { return rw::row_major(z, columns); };
  ranker.score(rows(), scores);
  for (std::size_t i = 0; i < items; ++i) {
    CAPTURE(i);
    CHECK(scores[i] == doctest::Approx(formula(item(z.data() + i * columns))).epsilon(1e-12));
  }

  std::vector<double> seeds(items);
  for (std::size_t i = 0; i < items; ++i) {
    seeds[i] = std::sin(static_cast<double>(i + 1));
  }
  auto const w = ranker.weights();
  std::vector<double> by_logit(z.size());
  auto const by_weight = ranker.gradient(rows(), seeds, rw::row_major(by_logit, columns), w);
  auto const total = [&](auto const& weights) {
    ranker.score(rows(), scores, weights);
    double sum = 0;
    for (std::size_t i = 0; i < items; ++i) {
      sum += seeds[i] * scores[i];
    }
    return sum;
  };
  constexpr double step = 1e-5;
  for (std::size_t k = 0; k < by_weight.size(); ++k) {
    CAPTURE(by_weight.name_of(k));
    auto up = w;
    auto down = w;
    up[k] += step;
    down[k] -= step;
    CHECK(by_weight[k] == doctest::Approx((total(up) - total(down)) / (2 * step)).epsilon(1e-6));
  }
  for (std::size_t j = 0; j < z.size(); ++j) {
    CAPTURE(j);
    double const before = z[j];
    z[j] = before + step;
    double const up = total(w);
    z[j] = before - step;
    double const down = total(w);
    z[j] = before;
    double const difference = (up - down) / (2 * step);
    CHECK(std::abs(by_logit[j] - difference) <= 1e-6 * (1 + std::abs(difference)));
  }

  // The same through the other executors.
  std::vector<double> other(items);
  ranker.score(rows(), scores);
  ranker.score(rw::exec::scalar{}, rows(), other);
  for (std::size_t i = 0; i < items; ++i) {
    CHECK(other[i] == doctest::Approx(scores[i]).epsilon(1e-13));
  }
  std::vector<float> const single(z.begin(), z.end());
  std::vector<float> narrow(items);
  ranker.score(rw::row_major(single, columns), narrow);
  std::vector<float> quick(items);
  rw::fast(ranker).score(rw::row_major(single, columns), quick);
  for (std::size_t i = 0; i < items; ++i) {
    CHECK(static_cast<double>(narrow[i]) == doctest::Approx(scores[i]).epsilon(2e-5));
    CHECK(static_cast<double>(quick[i]) == doctest::Approx(scores[i]).epsilon(4e-5));
  }
}

} // namespace value_test

#endif
