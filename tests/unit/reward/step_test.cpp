#include <rankwise/exec/apply.hpp>
#include <rankwise/reward/step.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace step_test {

namespace rw = rankwise;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct steps {
  std::vector<double> rewards, weights, outcomes;
  std::vector<int> mask, offsets;
  std::size_t width;

  steps(std::uint64_t seed, std::size_t columns) : width(columns) {
    support::random r(seed);
    offsets = r.offsets<int>(6, 0, 9);
    auto const n = static_cast<std::size_t>(offsets.back());
    rewards = r.grades<double>(n * width, 3);
    weights = r.uniforms<double>(n * width, 0, 2);
    outcomes = r.uniforms<double>(n, 0, 1);
    for (std::size_t i = 0; i < n * width; ++i) {
      mask.push_back(r.below(3) == 0 ? 0 : 1);
      rewards[i] = mask[i] == 0 ? not_a_number : rewards[i]; // what is masked may be anything
    }
  }
};

std::vector<double> reference(steps const& p, rw::reward::step_normalised policy) {
  std::vector<double> out(p.rewards.size(), 0);
  for (std::size_t g = 0; g + 1 < p.offsets.size(); ++g) {
    auto const begin = static_cast<std::size_t>(p.offsets[g]);
    auto const end = static_cast<std::size_t>(p.offsets[g + 1]);
    double on = 0;
    double omean = 0;
    double ovar = 0;
    auto const any = [&](std::size_t i) {
      bool a = false;
      for (std::size_t k = 0; k < p.width; ++k) {
        a = a || p.mask[i * p.width + k] != 0;
      }
      return a;
    };
    for (std::size_t i = begin; i < end; ++i) {
      on += any(i) ? 1 : 0;
      omean += any(i) ? p.outcomes[i] : 0;
    }
    omean /= on;
    for (std::size_t i = begin; i < end; ++i) {
      ovar += any(i) ? (p.outcomes[i] - omean) * (p.outcomes[i] - omean) / on : 0;
    }
    for (std::size_t k = 0; k < p.width; ++k) {
      double n = 0;
      double mean = 0;
      double var = 0;
      for (std::size_t i = begin; i < end; ++i) {
        n += p.mask[i * p.width + k];
        mean += p.mask[i * p.width + k] != 0 ? p.rewards[i * p.width + k] : 0;
      }
      mean /= n;
      for (std::size_t i = begin; i < end; ++i) {
        double const d = p.rewards[i * p.width + k] - mean;
        var += p.mask[i * p.width + k] != 0 ? d * d / n : 0;
      }
      for (std::size_t i = begin; i < end; ++i) {
        if (p.mask[i * p.width + k] != 0) {
          double const own = var < 1e-20 ? 0 : (p.rewards[i * p.width + k] - mean) / (std::sqrt(var) + policy.epsilon);
          double const whole = ovar < 1e-20 ? 0 : policy.outcome * (p.outcomes[i] - omean) / std::sqrt(ovar);
          out[i * p.width + k] = p.weights[i * p.width + k] * own + whole;
        }
      }
    }
  }
  return out;
}

} // namespace

TEST_CASE("advantages of steps are those of the definition, on every executor") {
  for (std::size_t width : {1u, 2u, 5u, 16u, 19u}) {
    CAPTURE(width);
    steps const p(width, width);
    rw::reward::step_normalised const policy{.epsilon = 0.1, .outcome = 0.7};
    auto const expected = reference(p, policy);
    support::for_each_executor([&](auto executor) {
      std::vector<double> a(p.rewards.size(), 99);
      policy.advantages(executor, rw::row_major(p.rewards, width), rw::row_major(p.mask, width),
                        rw::row_major(p.weights, width), rw::lists(p.offsets), rw::row_major(a, width),
                        {.outcomes = p.outcomes});
      for (std::size_t i = 0; i < a.size(); ++i) {
        CAPTURE(i);
        CHECK(support::near(a[i], expected[i], 1e-12));
      }
    });
  }
}

TEST_CASE("a step that one rollout has, or whose rewards are equal, gets zero; a mask with nothing left too") {
  std::vector<float> const r{0.1f, 1, 0.1f, 5, 0.1f, 2};
  std::vector<int> const mask{1, 0, 1, 1, 1, 0};
  std::vector<float> a(6, 9);
  rw::reward::step_normalised{}.advantages(rw::row_major(r, 2), rw::row_major(mask, 2), rw::lists<>::single(3),
                                           rw::row_major(a, 2));
  CHECK(a == std::vector<float>(6, 0));
  std::vector<int> const nobody(6, 0);
  rw::reward::step_normalised{}.advantages(rw::row_major(r, 2), rw::row_major(nobody, 2), rw::lists<>::single(3),
                                           rw::row_major(a, 2));
  CHECK(a == std::vector<float>(6, 0));
}

TEST_CASE("a group with a NaN that counts gets zeros and is reported") {
  std::vector<double> const r{1, 0, not_a_number, 1, /**/ 1, 0, 0, 0};
  std::vector<int> const mask(8, 1);
  std::vector<double> a(8, 9);
  rw::status s;
  rw::reward::step_normalised{.epsilon = 0}.advantages(rw::row_major(r, 2), rw::row_major(mask, 2),
                                                       rw::lists<>::uniform(2, 2), rw::row_major(a, 2), {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
  CHECK(a == std::vector<double>{0, 0, 0, 0, 1, 0, -1, 0});
}

TEST_CASE("rewards whose differences are too large for their type are reported") {
  std::vector<float> const r{3e38f, -3e38f, 3e38f, /**/ 1, 0, 1};
  std::vector<int> const mask(6, 1);
  std::vector<float> a(6, 9);
  rw::status s;
  rw::reward::step_normalised{}.advantages(rw::row_major(r, 1), rw::row_major(mask, 1), rw::lists<>::uniform(2, 3),
                                           rw::row_major(a, 1), {.errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
  CHECK(s.found == 1);
  CHECK((a[0] == 0 && a[1] == 0 && a[2] == 0 && a[3] > 0.5f));
}

TEST_CASE_TEMPLATE("steps and outcomes whose squares leave their type are scored as others", T, float, double) {
  std::vector<double> const size = sizeof(T) == 4 ? std::vector<double>{1e-25, 1e20, 3e37, 1, 1e-40}
                                                  : std::vector<double>{1e-200, 1e200, 1e307, 1, 1e-315};
  std::size_t const steps = size.size();
  std::vector<T> r(4 * steps), of_ones(r.size());
  for (std::size_t k = 0; k < steps; ++k) {
    for (std::size_t i = 0; i < 4; ++i) {
      r[i * steps + k] = i % 3 == 0 ? static_cast<T>(size[k]) : T(0);
      of_ones[i * steps + k] = i % 3 == 0 ? T(1) : T(0);
    }
  }
  std::vector<int> const mask(r.size(), 1);
  std::vector<T> a(r.size(), T(9)), expected(r.size());
  auto const group = rw::lists<>::single(4);
  rw::reward::step_normalised const exact{.epsilon = 0};
  auto const score = [&](auto const& rewards, auto& out) {
    exact.advantages(rw::row_major(rewards, steps), rw::row_major(mask, steps), group, rw::row_major(out, steps));
  };
  score(of_ones, expected);
  score(r, a);
  for (std::size_t i = 0; i < r.size(); ++i) {
    CAPTURE(i);
    CHECK(a[i] == doctest::Approx(expected[i]).epsilon(1e-6)); // 1 or -1
  }
  CHECK(a[3] == expected[3]); // beside the others, an ordinary step keeps its bits
  for (double const far : {1e-200, 1e200}) {
    CAPTURE(far);
    std::vector<double> const outcomes{far, 0, 0, far};
    rw::reward::step_normalised{.epsilon = 0, .outcome = 1}.advantages(rw::row_major(of_ones, steps),
                                                                       rw::row_major(mask, steps), group,
                                                                       rw::row_major(a, steps), {.outcomes = outcomes});
    CHECK(a[0] == doctest::Approx(2).epsilon(1e-6));
    CHECK(a[steps] == doctest::Approx(-2).epsilon(1e-6));
  }
  // Beside an epsilon, what is small stays small.
  rw::reward::step_normalised{.epsilon = 1}.advantages(rw::row_major(r, steps), rw::row_major(mask, steps), group,
                                                       rw::row_major(a, steps));
  CHECK(a[0] == doctest::Approx(size[0] / 2).epsilon(1e-6).scale(0));
}

TEST_CASE("shapes are checked before anything is written") {
  std::vector<double> const r(6), mask(5);
  std::vector<double> a(6, 9);
  rw::status s;
  rw::reward::step_normalised{}.advantages(rw::row_major(r, 2), rw::row_major(mask, 1), rw::lists<>::single(3),
                                           rw::row_major(a, 2), {.errors = s});
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK(a == std::vector<double>(6, 9));
}

TEST_CASE("a verdict wins over the model's reward") {
  std::vector<float> const verdict{1, static_cast<float>(not_a_number), 0};
  std::vector<float> const model{0.3f, 0.4f, 0.5f};
  std::vector<float> r(3);
  rw::apply(rw::reward::verified_first{}, verdict, model, r);
  CHECK(r == std::vector<float>{1, 0.4f, 0});
}

TEST_CASE("parameters out of range are reported") {
  std::vector<double> const r{1, 0};
  std::vector<double> a(2, 9);
  rw::status s;
  rw::reward::step_normalised{.epsilon = -1}.advantages(rw::row_major(r, 1), rw::row_major(r, 1),
                                                        rw::lists<>::single(2), rw::row_major(a, 1), {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(a == std::vector<double>{9, 9});
}

TEST_CASE("a weight of the outcome asks for outcomes") {
  std::vector<double> const r{1, 2};
  std::vector<double> a{9, 9};
  rw::status s;
  rw::reward::step_normalised const policy{.outcome = 0.5};
  auto const two = rw::lists<>::single(2);
  policy.advantages(rw::row_major(r, 1), rw::row_major(r, 1), two, rw::row_major(a, 1), {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(std::string(s.argument) == "outcomes");
  CHECK(s.expected == 2);
  CHECK(s.found == 0);
  CHECK(a == std::vector<double>{9, 9});
  policy.advantages(rw::row_major(r, 1), rw::row_major(r, 1), two, rw::row_major(a, 1), {.outcomes = r, .errors = s});
  CHECK(s.ok());
  CHECK(a != std::vector<double>{9, 9});
}

} // namespace step_test
