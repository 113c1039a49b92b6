#include "check_lists.hpp"

#include <rankwise/exec/list_map.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/similarity.hpp>
#include <rankwise/reward/step.hpp>
#include <rankwise/reward/surrogate.hpp>

namespace rw = rankwise;

namespace {

template <class T, class Executor, class Formula>
std::vector<T> mapped(Executor executor, Formula const& formula, device::problem const& p) {
  auto const rewards = device::sent<Executor, T>(p.scores);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  device::storage<Executor, T> out(p.scores.size(), T(9));
  rw::status status;
  rw::map_lists(executor, formula, rewards, rw::lists(p.offsets), out, {.mask = mask, .errors = status});
  device::check(status.code == rw::errc::not_finite, "a group that is not finite is reported");
  return device::fetched(out);
}

template <class Formula>
void check_map(char const* name, void* stream, Formula const& formula) {
  device::problem const p(true);
  auto const found = mapped<float>(device::on(stream), formula, p);
  device::check(device::agrees(found, mapped<double>(rw::exec::scalar{}, formula, p), 1e-5), name);
  device::check(mapped<float>(device::on(stream), formula, p) == found, std::string(name) + ": again, the same bits");
}

template <class T, class Executor>
std::vector<T> step_advantages(Executor executor, device::problem const& p) {
  constexpr std::size_t steps = 3;
  auto const rewards = device::sent<Executor, T>(support::random(3).uniforms<float>(steps * p.scores.size(), -1, 1));
  auto const mask = device::sent<Executor, T>(std::vector<float>(rewards.size(), 1));
  device::storage<Executor, T> out(rewards.size(), T(9));
  auto const matrix = [](auto& c) {
    auto* const first = thrust::raw_pointer_cast(c.data());
    return rw::matrix<std::remove_pointer_t<decltype(first)>, rw::layout::row_major, Executor::where>{
        first, c.size() / steps, steps, steps, 1};
  };
  rw::reward::step_normalised{}.advantages(executor, matrix(rewards), matrix(mask), matrix(rewards),
                                           rw::lists(p.offsets), matrix(out));
  return device::fetched(out);
}

template <class T, class Executor>
std::vector<T> cosines(Executor executor) {
  constexpr std::size_t width = 33;
  auto const rows = device::sent<Executor, T>(support::random(8).uniforms<float>(50 * width, -1, 1));
  device::storage<Executor, T> out(20 * 30, T(9));
  auto const first = thrust::raw_pointer_cast(rows.data());
  using matrix = rw::matrix<T const, rw::layout::row_major, Executor::where>;
  rw::reward::similarities(
      executor, rw::reward::cosine{}, matrix{first, 20, width, width, 1},
      matrix{first + 20 * width, 30, width, width, 1},
      rw::matrix<T, rw::layout::row_major, Executor::where>{thrust::raw_pointer_cast(out.data()), 20, 30, 30, 1});
  return device::fetched(out);
}

device::add_family const rewards("rewards", [](void* stream) {
  check_map("normalised advantages", stream, rw::reward::group_normalised{});
  check_map("centred advantages", stream, rw::reward::group_centred{});
  device::problem const p(false);
  auto const steps = step_advantages<float>(device::on(stream), p);
  device::check(device::agrees(steps, step_advantages<double>(rw::exec::scalar{}, p), 1e-5), "advantages of steps");
  device::check(step_advantages<float>(device::on(stream), p) == steps, "advantages of steps: again, the same bits");
  auto const similar = cosines<float>(device::on(stream));
  device::check(device::agrees(similar, cosines<double>(rw::exec::scalar{}), 1e-6), "similarities");
  device::check(cosines<float>(device::on(stream)) == similar, "similarities: again, the same bits");
  device::check_lists<float>("clipped surrogate", stream, rw::reward::clipped_surrogate<>{.dual = 3});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("KL", stream, rw::reward::kl<rw::reward::k2>{});
#endif
});

} // namespace
