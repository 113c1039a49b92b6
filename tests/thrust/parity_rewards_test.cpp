#include "parity.hpp"

#include <rankwise/exec/list_map.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/surrogate.hpp>

#include <doctest/doctest.h>

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
