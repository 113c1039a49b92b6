// What orders items: places and the best of every list, and value models with list adjusters.
#include "check_lists.hpp"

#include <rankwise/head/input.hpp>
#include <rankwise/rank/ranks.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/value/ranker.hpp>

namespace rw = rankwise;

namespace {

/// Positions of the best ten, `none` where a list has fewer.
template <class Executor>
std::vector<int> best_ten(Executor executor, device::problem const& p) {
  constexpr int none = -1;
  rw::lists const lists(p.offsets);
  auto const groups = rw::place_lists(executor, lists);
  auto const scores = device::sent<Executor, float>(p.scores);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  device::storage<Executor, int> items(lists.size() * 10, 7), counts(lists.size(), 7);
  rw::status status;
  rw::options given{.errors = status};
  if (!p.mask.empty()) {
    given.mask = mask;
  }
  rw::workspace memory;
  for (int twice = 0; twice < 2; ++twice) {
    rw::top_k<10>(executor, scores, groups, items, counts, memory, given);
  }
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

/// Places, mean places of equal scores, and places by ids that do not fit double.
template <class Ties, class Executor>
std::vector<float> places(Executor executor, device::problem const& p) {
  auto const scores = device::sent<Executor, float>(p.scores);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  std::vector<std::int64_t> numbers(p.scores.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(i * 7919 % 101);
  }
  auto const ids = device::sent<Executor, std::int64_t>(numbers);
  device::storage<Executor, float> ranks(scores.size(), 7.0f);
  rw::status status;
  rw::options given{.errors = status};
  if (!p.mask.empty()) {
    given.mask = mask;
  }
  if (std::is_same_v<Ties, rw::ties::by_id>) {
    given.ids = ids;
  }
  rw::workspace memory;
  rw::ranks<Ties>(executor, scores, rw::lists(p.offsets), ranks, memory, given);
  device::check((status.code == rw::errc::not_finite) == !p.mask.empty(), "ranks: NaN is reported");
  return device::fetched(ranks);
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

/// The best seven by a value model: straight from the logits.
template <class Executor>
rw::top_scores<7, float> best_by_value(Executor executor, device::problem const& p) {
  // Multiples of 1/64: sums are exact, so that the order does not hang on rounding.
  auto const ranker =
      rw::make_ranker(heads, feature(rw::head::input<"price">{}) + 2 * feature(rw::head::input<"clicks">{}));
  std::vector<float> numbers = support::random(13).grades<float>(p.scores.size() * 2, 200);
  for (float& x : numbers) {
    x = (x - 100) / 64;
  }
  numbers[60] = p.mask.empty() ? 1.0f : std::numeric_limits<float>::quiet_NaN();
  auto const logits = device::sent<Executor, float>(numbers);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  rw::matrix<float const, rw::layout::row_major, Executor::where> const rows{rw::as_column(logits).first,
                                                                             p.scores.size(), 2, 2, 1};
  rw::status status;
  rw::options given{.errors = status};
  if (!p.mask.empty()) {
    given.mask = mask;
  }
  return ranker.template top_k<7>(executor, rows, rw::lists(p.offsets), given);
}

device::add_family const ranks("ranks", [](void* stream) {
  for (bool const everything : {false, true}) {
    device::problem const p(everything);
    auto const found = best_ten(device::on(stream), p);
    device::check(found == best_ten(rw::exec::scalar{}, p), everything ? "top-10, mask and NaN" : "top-10");
    using mean = rw::ties::expected;
    using by_id = rw::ties::by_id;
    device::check(places<mean>(device::on(stream), p) == places<mean>(rw::exec::scalar{}, p), "mean places");
    device::check(places<by_id>(device::on(stream), p) == places<by_id>(rw::exec::scalar{}, p), "places by id");
#if !defined(RANKWISE_TEST_SAMPLE)
    using stable = rw::ties::stable;
    device::check(places<stable>(device::on(stream), p) == places<stable>(rw::exec::scalar{}, p), "places");
#endif
    auto const best = best_by_value(device::on(stream), p);
    auto const expected = best_by_value(rw::exec::scalar{}, p);
    bool same = best.counts == expected.counts;
    for (std::size_t l = 0; l < expected.size() && same; ++l) {
      for (std::size_t r = 0; r < expected.counts[l]; ++r) {
        same = same && best[l][r] == expected[l][r] && best.scores_of(l)[r] == expected.scores_of(l)[r];
      }
    }
    device::check(same, everything ? "the best by a value model, mask and NaN" : "the best by a value model");
  }
  device::problem const p(false);
  device::check(device::agrees(adjusted<float>(device::on(stream), p), adjusted<double>(rw::exec::scalar{}, p), 4e-6),
                "list adjusters: z-score and reciprocal ranks");
});

} // namespace
