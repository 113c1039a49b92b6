// What orders items: places and the best of every list, several runs as one, tiers, and value models with list
// adjusters.
#include "check_lists.hpp"

#include <rankwise/head/input.hpp>
#include <rankwise/rank/fusion.hpp>
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

/// A method of one's own: points for the first ten, a penalty for whoever was not found.
struct first_ten {
  double penalty = 0.5;
  RANKWISE_FN double found(std::size_t rank, std::size_t) const {
    return rank < 10 ? 10 - static_cast<double>(rank) : 0.0;
  }
  RANKWISE_FN double missing(std::size_t ranked, std::size_t items) const {
    return ranked == 0 ? -static_cast<double>(items) : -penalty;
  }
};

/// Two runs as one, twice in one workspace. Each has found three of four items; a list of the first has nobody and,
/// where the problem has them, two are not finite.
template <class Method, class Executor>
std::vector<double> fused(Executor executor, Method const& method, device::problem const& p) {
  float const out = -std::numeric_limits<float>::infinity();
  std::vector<float> found = p.scores;
  std::vector<double> graded(p.labels.size());
  support::random random(14);
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i] = random.below(4) == 0 && std::isfinite(found[i]) ? out : found[i];
    graded[i] = random.below(4) == 0 || !std::isfinite(p.labels[i]) ? static_cast<double>(out) : p.labels[i];
  }
  std::fill(found.begin() + p.offsets[12], found.begin() + p.offsets[13], out);
  auto const a = device::sent<Executor, float>(found);
  auto const b = device::sent<Executor, double>(graded);
  device::storage<Executor, double> to(found.size(), 7.0);
  auto const groups = rw::place_lists(executor, rw::lists(p.offsets));
  rw::workspace memory;
  std::vector<double> first;
  for (bool const again : {false, true}) {
    bool told = false;
    try {
      rw::fuse(executor, method, groups, to, memory, a, b);
    } catch (rw::error const& e) {
      told = e.reason().code == rw::errc::not_finite && e.reason().found == 2;
    }
    device::check(told == !p.mask.empty(), "fusion: NaN is reported");
    auto const now = device::fetched(to);
    device::check(!again || now == first, "fusion: again, the same bits");
    first = now;
  }
  return first;
}

/// Tiers before scores; of two lists a tier is not finite where the problem has a mask.
template <class Executor>
std::vector<float> tiered(Executor executor, device::problem const& p) {
  std::vector<double> numbers(p.labels.begin(), p.labels.end());
  if (!p.mask.empty()) {
    numbers[static_cast<std::size_t>(p.offsets[15]) + 5] = -std::numeric_limits<double>::infinity();
  }
  auto const tiers = device::sent<Executor, double>(numbers);
  auto const scores = device::sent<Executor, float>(p.scores);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  device::storage<Executor, float> to(numbers.size(), 7.0f);
  rw::status status;
  rw::options given{.errors = status};
  if (!p.mask.empty()) {
    given.mask = mask;
  }
  rw::workspace memory;
  for (int twice = 0; twice < 2; ++twice) {
    rw::tiers_then_scores(executor, tiers, scores, rw::lists(p.offsets), to, memory, given);
  }
  device::check((status.code == rw::errc::not_finite) == !p.mask.empty(), "tiers: NaN is reported");
  return device::fetched(to);
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
    auto const fuses = [&](char const* name, auto const& method, double bound) {
      device::check(device::agrees(fused(device::on(stream), method, p), fused(rw::exec::scalar{}, method, p), bound),
                    name);
    };
    fuses("fusion by a method of one's own", first_ten{}, 0);
    fuses("CombMED of z-scores", rw::fusion::comb_med<rw::fusion::z_score>{}, 1e-13);
#if !defined(RANKWISE_TEST_SAMPLE)
    fuses("reciprocal rank fusion", rw::fusion::reciprocal_rank{}, 1e-15);
    fuses("CombMNZ", rw::fusion::comb_mnz<>{}, 1e-14);
    fuses("logarithm of inverse squares", rw::fusion::log_inverse_square{}, 1e-14);
#endif
    device::check(tiered(device::on(stream), p) == tiered(rw::exec::scalar{}, p), "tiers");
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
