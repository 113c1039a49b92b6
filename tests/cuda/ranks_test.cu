// What orders items: the best of every list, and value models with list adjusters.
#include "check_lists.hpp"

#include <rankwise/head/input.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/value/ranker.hpp>

namespace rw = rankwise;

namespace {

/// Positions of the best ten, `none` where a list has fewer.
template <class Executor>
std::vector<int> best_ten(Executor executor, device::problem const& p) {
  constexpr int none = -1;
  rw::lists const lists(p.offsets);
  auto const scores = device::sent<Executor, float>(p.scores);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  device::storage<Executor, int> items(lists.size() * 10, 7), counts(lists.size(), 7);
  rw::status status;
  rw::options given{.errors = status};
  if (!p.mask.empty()) {
    given.mask = mask;
  }
  rw::top_k<10>(executor, scores, lists, items, counts, given);
  device::check((status.code == rw::errc::not_finite) == !p.mask.empty(), "top-10: NaN is reported");
  auto found = device::fetched(items);
  auto const used = device::fetched(counts);
  for (std::size_t l = 0; l < used.size(); ++l) {
    for (std::size_t k = static_cast<std::size_t>(used[l]); k < 10; ++k) {
      found[l * 10 + k] = none;
    }
  }
  return found;
}

constexpr auto heads = rw::heads(rw::head::input<"price">{}, rw::head::input<"clicks">{});

template <class T, class Executor>
std::vector<T> adjusted(Executor executor, device::problem const& p) {
  auto const ranker =
      rw::make_ranker(heads, z_score(feature(rw::head::input<"price">{})) + rrf(feature(rw::head::input<"clicks">{})));
  auto const logits = device::sent<Executor, T>(support::random(12).uniforms<float>(p.scores.size() * 2, -2, 2));
  rw::matrix<T const, rw::layout::row_major, Executor::where> const rows{rw::as_column(logits).first, p.scores.size(),
                                                                         2, 2, 1};
  device::storage<Executor, T> scores(p.scores.size(), T(9));
  ranker.score(executor, rows, rw::lists(p.offsets), scores);
  return device::fetched(scores);
}

device::add_family const ranks("ranks", [](void* stream) {
  for (bool const everything : {false, true}) {
    device::problem const p(everything);
    auto const found = best_ten(device::on(stream), p);
    device::check(found == best_ten(rw::exec::scalar{}, p), everything ? "top-10, mask and NaN" : "top-10");
  }
  device::problem const p(false);
  device::check(device::agrees(adjusted<float>(device::on(stream), p), adjusted<double>(rw::exec::scalar{}, p), 4e-6),
                "list adjusters: z-score and reciprocal ranks");
});

} // namespace
