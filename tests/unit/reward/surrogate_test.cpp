#include <rankwise/reward/surrogate.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace surrogate_test {

namespace rw = rankwise;
namespace reward = rw::reward;

namespace {

// Rollouts with log-probabilities near those of the old policy, and an advantage per token.
struct rollouts {
  std::vector<double> now, old, advantages;
  std::vector<int> offsets, mask;

  explicit rollouts(std::uint64_t seed) {
    support::random r(seed);
    offsets = r.offsets<int>(7, 0, 19);
    auto const n = static_cast<std::size_t>(offsets.back());
    old = r.uniforms<double>(n, -4, 0);
    advantages = r.uniforms<double>(n, -2, 2);
    for (std::size_t i = 0; i < n; ++i) {
      now.push_back(old[i] + r.uniform(-0.6, 0.6));
      mask.push_back(r.below(5) == 0 ? 0 : 1);
    }
  }
};

double plain_term(double ratio, double a, double low, double high, double dual) {
  double const smaller = std::min(ratio * a, std::clamp(ratio, 1 - low, 1 + high) * a);
  return a < 0 ? std::max(smaller, dual * a) : smaller;
}

// The definition by tokens.
double token_reference(rollouts const& p, bool masked, double low, double high, double dual, bool mean) {
  double total = 0;
  for (std::size_t l = 0; l + 1 < p.offsets.size(); ++l) {
    double sum = 0;
    double n = 0;
    for (auto i = static_cast<std::size_t>(p.offsets[l]); i < static_cast<std::size_t>(p.offsets[l + 1]); ++i) {
      if (!masked || p.mask[i] != 0) {
        sum += plain_term(std::exp(p.now[i] - p.old[i]), p.advantages[i], low, high, dual);
        n += 1;
      }
    }
    total -= n == 0 ? 0 : mean ? sum / n : sum;
  }
  return total;
}

template <class Loss>
void check_differences(Loss const& loss, rollouts const& p, rw::options opts) {
  opts.item_weights = p.advantages;
  auto const data = loss.prepare(p.old, rw::lists(p.offsets), opts);
  std::size_t const n = p.now.size();
  std::vector<double> g(n), h(n), other(n);
  loss.gradient(p.now, data, g, h);
  for (std::size_t i = 0; i < n; ++i) {
    CAPTURE(i);
    double const slope = support::difference([&](auto const& x) { return loss.value(x, data); }, p.now, i, 1e-5);
    CHECK(support::near(g[i], slope, 1e-7));
    double const bend = support::difference(
        [&](auto const& x) {
          loss.gradient(x, data, other);
          return other[i];
        },
        p.now, i, 1e-5);
    CHECK(support::near(h[i], bend, 1e-7));
  }
}

} // namespace

TEST_CASE("values are those of the definition, one item at a time and a register at a time") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    rollouts const p(seed);
    auto const on_each = [](auto f) {
      f(rw::exec::scalar{});
      f(rw::exec::simd{});
    };
    on_each([&](auto executor) {
      for (bool masked : {false, true}) {
        CAPTURE(masked);
        rw::options opts{.item_weights = p.advantages};
        if (masked) {
          opts.mask = p.mask;
        }
        reward::clipped_surrogate<> const plain{.low = 0.2, .high = 0.3};
        CHECK(support::near(plain.value(executor, p.now, p.old, rw::lists(p.offsets), opts),
                            token_reference(p, masked, 0.2, 0.3, 1e300, true), 1e-12));
        reward::clipped_surrogate<reward::average::sum> const dual{.dual = 1.25};
        CHECK(support::near(dual.value(executor, p.now, p.old, rw::lists(p.offsets), opts),
                            token_reference(p, masked, 0.2, 0.2, 1.25, false), 1e-12));
      }
    });
  }
}

TEST_CASE("gradients are finite differences of the value, hessians of the gradient") {
  for (std::uint64_t seed = 11; seed <= 13; ++seed) {
    CAPTURE(seed);
    rollouts const p(seed);
    for (bool masked : {false, true}) {
      rw::options opts;
      if (masked) {
        opts.mask = p.mask;
      }
      check_differences(reward::clipped_surrogate<>{.dual = 1.5}, p, opts);
      check_differences(reward::clipped_surrogate<reward::ratio::sequence>{}, p, opts);
      check_differences(reward::clipped_surrogate<reward::ratio::product>{.low = 0.9, .high = 9}, p, opts);
    }
  }
}

TEST_CASE("probabilities weighed by advantages: value, gradient, hessian") {
  rollouts const p(21);
  reward::weighted_probability<> const loss;
  auto const data = loss.prepare(p.advantages, rw::lists(p.offsets), {.mask = p.mask});
  std::size_t const n = p.now.size();
  std::vector<double> g(n), h(n);
  double expected = 0;
  for (std::size_t l = 0; l + 1 < p.offsets.size(); ++l) {
    double sum = 0;
    double tokens = 0;
    for (auto i = static_cast<std::size_t>(p.offsets[l]); i < static_cast<std::size_t>(p.offsets[l + 1]); ++i) {
      sum += p.mask[i] != 0 ? p.advantages[i] * std::exp(p.now[i]) : 0;
      tokens += p.mask[i];
    }
    expected -= tokens == 0 ? 0 : sum / tokens;
  }
  CHECK(support::near(loss.gradient(p.now, data, g, h), expected, 1e-12));
  CHECK(g == h);
  for (std::size_t i = 0; i < n; ++i) {
    CAPTURE(i);
    CHECK(support::near(g[i], support::difference([&](auto const& x) { return loss.value(x, data); }, p.now, i), 1e-9));
  }
}

TEST_CASE("one ratio per rollout: by hand") {
  std::vector<double> const old{-1, -2};
  std::vector<double> const now{-0.9, -1.7}; // log-ratios 0.1 and 0.3: mean 0.2, sum 0.4
  std::vector<double> const a{2, 2};
  rw::options const opts{.item_weights = a};
  auto const one = rw::lists<>::single(2);
  CHECK(reward::clipped_surrogate<reward::ratio::sequence>{.high = 1}.value(now, old, one, opts) ==
        doctest::Approx(-2 * std::exp(0.2)));
  CHECK(reward::clipped_surrogate<reward::ratio::product>{.high = 1}.value(now, old, one, opts) ==
        doctest::Approx(-2 * std::exp(0.4)));
  CHECK(reward::clipped_surrogate<reward::ratio::product>{}.value(now, old, one, opts) == doctest::Approx(-2.4));
}

TEST_CASE("at the old policy the gradient is minus the advantage over the tokens, and clipped tokens have none") {
  std::vector<double> const old{-1, -1, -1, -1};
  std::vector<double> const a{1, -1, 1, -1};
  std::vector<double> const now{-1, -1, -0.5, -2}; // the third beyond 1.2 with A > 0, the fourth below 0.8 with A < 0
  std::vector<double> g(4);
  reward::clipped_surrogate<>{}.gradient(now, old, rw::lists<>::single(4), g, {.item_weights = a});
  CHECK(g == std::vector<double>{-0.25, 0.25, 0, 0});
}

TEST_CASE_TEMPLATE("a ratio that overflows is clipped where the clip holds it, and reported where nothing does", T,
                   float, double) {
  T const far = std::is_same_v<T, float> ? T(-500) : T(-5000);
  std::vector<T> const now{0};
  std::vector<T> const old{far};
  std::vector<T> g(1, T(9));
  rw::status s;
  auto const one = rw::lists<>::single(1);
  CHECK(reward::clipped_surrogate<>{}.gradient(now, old, one, g, {.errors = s}) == doctest::Approx(-1.2));
  CHECK(s.ok());
  CHECK(g[0] == 0);
  std::vector<T> const against{-1};
  reward::clipped_surrogate<>{}.gradient(now, old, one, g, {.item_weights = against, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(g[0] == 0);
  CHECK(reward::clipped_surrogate<>{.dual = 3}.gradient(now, old, one, g, {.item_weights = against, .errors = s}) == 3);
  CHECK(s.ok());
  CHECK(g[0] == 0);
}

TEST_CASE("prepared calls do not allocate") {
  rollouts const p(5);
  reward::clipped_surrogate<> const loss;
  auto const data = loss.prepare(p.old, rw::lists(p.offsets), {.item_weights = p.advantages});
  rw::workspace memory(loss.workspace_bytes(data));
  std::vector<double> g(p.now.size());
  double const once = loss.gradient(p.now, data, g, memory);
  CHECK(support::allocations_of([&] { CHECK(loss.gradient(p.now, data, g, memory) == once); }) == 0);
}

TEST_CASE("parameters out of range are reported") {
  using loss = reward::clipped_surrogate<>;
  CHECK(loss{}.fault() == nullptr);
  CHECK(loss{.low = 1.5}.fault() != nullptr);
  CHECK(loss{.high = -0.1}.fault() != nullptr);
  CHECK(loss{.dual = 1}.fault() != nullptr);
  std::vector<double> const x{0};
  rw::status s;
  CHECK(std::isnan(loss{.dual = 0}.value(x, x, rw::lists<>::single(1), {.errors = s})));
  CHECK(s.code == rw::errc::out_of_range);
}

TEST_CASE_TEMPLATE("an advantage of 0 earns 0 whatever the ratio", T, float, double) {
  T const far = std::is_same_v<T, float> ? T(-500) : T(-5000);
  std::vector<T> const now{0, 0}, old{far, 0}, advantages{0, 1};
  std::vector<T> g(2, T(9));
  auto const one = rw::lists<>::single(2);
  CHECK(reward::clipped_surrogate<>{}.gradient(now, old, one, g, {.item_weights = advantages}) == -0.5);
  CHECK(g[0] == 0);
  CHECK(g[1] == T(-0.5));
  if constexpr (std::is_same_v<T, double>) { // a group of equal rewards
    std::vector<T> const none{0, 0};
    using product = reward::clipped_surrogate<reward::ratio::product>;
    CHECK(product{}.gradient(now, old, one, g, {.item_weights = none}) == 0);
    CHECK(g == std::vector<T>{0, 0});
  }
}

} // namespace surrogate_test
