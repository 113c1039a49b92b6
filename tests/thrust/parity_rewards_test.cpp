#include "parity.hpp"

#include <rankwise/exec/list_map.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/step.hpp>
#include <rankwise/reward/surrogate.hpp>

#include "../support/random.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace parity_rewards_test {

namespace rw = rankwise;

namespace {

void check(bool ok, std::string const& what) {
  INFO(what);
  CHECK(ok);
}

template <class Executor>
std::vector<float> advantages(Executor executor, parity::input<float> const& in) {
  auto const rewards = parity::sent<Executor>(in.scores);
  auto const mask = parity::sent<Executor>(in.mask);
  parity::storage<Executor, float> out(in.scores.size(), 9.0f);
  rw::map_lists(executor, rw::reward::group_normalised{}, rewards, rw::lists(in.offsets), out, {.mask = mask});
  return parity::fetched(out);
}

} // namespace

TEST_CASE("losses of rollouts: scalar and Thrust agree") {
  parity::check_lists<float>("clipped surrogate", rw::exec::thrust{}, rw::reward::clipped_surrogate<>{.dual = 3},
                             check);
}

TEST_CASE("advantages: scalar and Thrust agree") {
  parity::input<float> const in(parity::kind{"mask", false, false, true, false});
  std::vector<float> const expected = advantages(rw::exec::scalar{}, in);
  std::vector<float> const simd = advantages(rw::exec::simd{}, in);
  std::vector<float> const device = advantages(rw::exec::thrust{}, in);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(simd[i] == doctest::Approx(expected[i]).epsilon(1e-5));
    CHECK(device[i] == doctest::Approx(expected[i]).epsilon(1e-5));
  }
  CHECK(device == advantages(rw::exec::thrust{}, in));
}

namespace {

struct rollouts {
  static constexpr std::size_t steps = 5;
  std::vector<std::size_t> offsets{0, 4, 4, 9, 10, 16};
  std::vector<double> rewards, weights, outcomes;
  std::vector<std::uint8_t> mask;

  rollouts() {
    support::random r(8);
    rewards = r.uniforms<double>(16 * steps, -1, 1);
    weights = r.uniforms<double>(16 * steps, 0, 2);
    outcomes = r.uniforms<double>(16, -1, 1);
    for (std::size_t i = 0; i < 16 * steps; ++i) {
      mask.push_back(r.below(4) != 0 ? 1 : 0);
    }
    rewards[3] = std::numeric_limits<double>::quiet_NaN();
    mask[3] = 0; // masked: may be anything
    rewards[12 * steps + 2] = std::numeric_limits<double>::infinity();
    mask[12 * steps + 2] = 1; // the last group has no result
  }
};

template <class Executor>
std::vector<double> step_advantages(Executor executor, rollouts const& in) {
  auto const rewards = parity::sent<Executor>(in.rewards);
  auto const mask = parity::sent<Executor>(in.mask);
  auto const weights = parity::sent<Executor>(in.weights);
  auto const outcomes = parity::sent<Executor>(in.outcomes);
  parity::storage<Executor, double> out(in.rewards.size(), 9.0);
  auto const steps = [](auto& c) {
    auto* const first = thrust::raw_pointer_cast(c.data());
    return rw::matrix<std::remove_pointer_t<decltype(first)>, rw::layout::row_major, Executor::where>{
        first, c.size() / rollouts::steps, rollouts::steps, rollouts::steps, 1};
  };
  rw::status status;
  rw::reward::step_normalised{.outcome = 0.5}.advantages(executor, steps(rewards), steps(mask), steps(weights),
                                                         rw::lists(in.offsets), steps(out),
                                                         {.outcomes = outcomes, .errors = status});
  CHECK(status.code == rw::errc::not_finite);
  CHECK(status.where == 4);
  return parity::fetched(out);
}

} // namespace

TEST_CASE("advantages of steps: scalar and Thrust agree") {
  rollouts const in;
  std::vector<double> const expected = step_advantages(rw::exec::scalar{}, in);
  std::vector<double> const found = step_advantages(rw::exec::thrust{}, in);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  }
  CHECK(found == step_advantages(rw::exec::thrust{}, in));
  CHECK(found == step_advantages(rw::exec::thrust_on_host(thrust::cpp::par), in));
  CHECK(found[0] != 0);
  CHECK(found[3] == 0);
  CHECK(found[79] == 0);
}

} // namespace parity_rewards_test
