#include "check_lists.hpp"

#include <rankwise/exec/list_map.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/kl.hpp>
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

device::add_family const rewards("rewards", [](void* stream) {
  check_map("normalised advantages", stream, rw::reward::group_normalised{});
  check_map("centred advantages", stream, rw::reward::group_centred{});
  device::check_lists<float>("clipped surrogate", stream, rw::reward::clipped_surrogate<>{.dual = 3});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<float>("KL", stream, rw::reward::kl<rw::reward::k2>{});
#endif
});

} // namespace
