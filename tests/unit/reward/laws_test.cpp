#include <rankwise/backend/parallel.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/components.hpp>
#include <rankwise/reward/filter.hpp>
#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/rank_reward.hpp>
#include <rankwise/reward/step.hpp>
#include <rankwise/reward/surrogate.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

// What holds for every policy over groups of rollouts: groups do not disturb each other, wherever they stand; what is
// masked may be anything; a group of which nothing is left gives zeros; one with NaN gives zeros and is named.
namespace rw = rankwise;
namespace reward = rw::reward;

namespace {

constexpr double no = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

struct rollouts {
  std::vector<std::size_t> offsets{0};
  std::vector<double> first, second, weight; // rewards or log-probabilities, twice; advantages
  std::vector<std::uint8_t> mask;

  explicit rollouts(std::uint64_t seed) {
    for (std::size_t g = 0; g < 40; ++g) {
      std::size_t const size = g % 7 == 3 ? 0 : 1 + rw::random_bits(seed, g) % 37;
      for (std::size_t k = 0; k < size; ++k) {
        auto const draw = [&](std::uint64_t stream) { return rw::random_uniform(seed, first.size(), stream); };
        second.push_back(-2 * draw(2));
        weight.push_back(2 * draw(3) - 1);
        mask.push_back(draw(4) < 0.7 ? 1 : 0);
        first.push_back(-2 * draw(1));
      }
      offsets.push_back(first.size());
    }
  }
  auto lists() const { return rw::lists(offsets); }
  std::size_t begin(std::size_t g) const { return offsets[g]; }
  std::size_t end(std::size_t g) const { return offsets[g + 1]; }
};

struct outcome {
  double value = 0;
  std::vector<double> out;
  rw::status status;
};

// run(executor, rollouts, out, status) -> value, for a policy that maps groups, and for a loss over them.
constexpr auto mapped = [](auto policy) {
  return [policy](auto executor, rollouts const& r, std::vector<double>& out, rw::status& s) {
    if constexpr (std::is_same_v<decltype(policy), reward::union_normalised>) {
      rw::map_lists(executor, policy, r.first, r.second, r.lists(), out, {.mask = r.mask, .errors = s});
    } else {
      rw::map_lists(executor, policy, r.first, r.lists(), out, {.mask = r.mask, .errors = s});
    }
    return 0.0;
  };
};
constexpr auto derived = [](auto loss) {
  return [loss](auto executor, rollouts const& r, std::vector<double>& out, rw::status& s) {
    rw::options opts{.mask = r.mask, .errors = s};
    if constexpr (requires { loss.low; }) {
      opts.item_weights = r.weight;
    }
    return loss.gradient(executor, r.first, r.second, r.lists(), out, opts);
  };
};

template <class Executor, class Run>
outcome of(Executor executor, Run const& run, rollouts const& r) {
  outcome o;
  o.out.assign(r.first.size(), 99);
  o.value = run(executor, r, o.out, o.status);
  return o;
}

template <class Run>
void laws(char const* name, Run const& run) {
  for (std::uint64_t seed : {11u, 12u}) {
    INFO(name << ", seed " << seed);
    rollouts const r(seed);
    outcome const plain = of(rw::exec::simd{}, run, r);
    CHECK(plain.status.ok());

    // The same bits again, and on threads; nearly the same one item at a time.
    CHECK(of(rw::exec::simd{}, run, r).out == plain.out);
    outcome const threads = of(rw::exec::parallel{.threads = 3}, run, r);
    CHECK(threads.out == plain.out);
    CHECK(threads.value == plain.value);
    outcome const scalar = of(rw::exec::scalar{}, run, r);
    double worst = std::abs(scalar.value - plain.value);
    for (std::size_t i = 0; i < plain.out.size(); ++i) {
      worst = std::max(worst, std::abs(scalar.out[i] - plain.out[i]));
    }
    CHECK(worst < 1e-11);

    // What is masked may be anything.
    rollouts wild = r;
    for (std::size_t i = 0; i < r.mask.size(); ++i) {
      if (r.mask[i] == 0) {
        wild.first[i] = i % 3 == 0 ? no : i % 3 == 1 ? inf : -1e300;
        wild.second[i] = i % 2 == 0 ? no : -inf;
        wild.weight[i] = no;
      }
    }
    outcome const masked = of(rw::exec::simd{}, run, wild);
    CHECK(masked.status.ok());
    CHECK(masked.out == plain.out);
    CHECK(masked.value == plain.value);
    bool zero = true;
    for (std::size_t i = 0; i < r.mask.size(); ++i) {
      zero = zero && (r.mask[i] != 0 || plain.out[i] == 0);
    }
    CHECK(zero);

    // NaN and infinities in a group: zeros there, its number in the report, the same bits elsewhere.
    constexpr std::size_t hit = 5;
    for (double const bad : {no, inf}) {
      CAPTURE(bad);
      rollouts broken = r;
      std::size_t at = r.begin(hit);
      while (at < r.end(hit) && r.mask[at] == 0) {
        ++at;
      }
      REQUIRE(at < r.end(hit));
      broken.first[at] = bad;
      outcome const found = of(rw::exec::simd{}, run, broken);
      CHECK(found.status.code == rw::errc::not_finite);
      CHECK(found.status.where == hit);
      CHECK(std::isfinite(found.value));
      bool same = true;
      for (std::size_t i = 0; i < plain.out.size(); ++i) {
        bool const inside = i >= r.begin(hit) && i < r.end(hit);
        same = same && found.out[i] == (inside ? 0 : plain.out[i]);
      }
      CHECK(same);
    }

    // A group of which nothing is left: zeros, no complaint, the same bits elsewhere.
    rollouts emptied = r;
    for (std::size_t i = r.begin(hit); i < r.end(hit); ++i) {
      emptied.mask[i] = 0;
      emptied.first[i] = no;
    }
    outcome const without = of(rw::exec::simd{}, run, emptied);
    CHECK(without.status.ok());
    CHECK(std::isfinite(without.value));
    bool same = true;
    for (std::size_t i = 0; i < plain.out.size(); ++i) {
      bool const inside = i >= r.begin(hit) && i < r.end(hit);
      same = same && without.out[i] == (inside ? 0 : plain.out[i]);
    }
    CHECK(same);

    // A group alone, at another place in memory, has the same bits.
    rollouts one = r;
    one.offsets = {0, r.end(hit) - r.begin(hit)};
    for (auto* column : {&one.first, &one.second, &one.weight}) {
      column->assign(column->begin() + static_cast<std::ptrdiff_t>(r.begin(hit)),
                     column->begin() + static_cast<std::ptrdiff_t>(r.end(hit)));
    }
    one.mask.assign(r.mask.begin() + static_cast<std::ptrdiff_t>(r.begin(hit)),
                    r.mask.begin() + static_cast<std::ptrdiff_t>(r.end(hit)));
    outcome const alone = of(rw::exec::simd{}, run, one);
    same = true;
    for (std::size_t i = 0; i < alone.out.size(); ++i) {
      same = same && alone.out[i] == plain.out[r.begin(hit) + i];
    }
    CHECK(same);
  }
}

} // namespace

TEST_CASE("reward laws: advantages") {
  laws("group_normalised", mapped(reward::group_normalised{.correction = 1, .epsilon = 1e-6}));
  laws("union_normalised", mapped(reward::union_normalised{}));
}

TEST_CASE("reward laws: surrogates and penalties") {
  laws("clipped_surrogate", derived(reward::clipped_surrogate<>{.dual = 3}));
  laws("clipped_surrogate of a sequence", derived(reward::clipped_surrogate<reward::ratio::sequence>{}));
  laws("kl k3", derived(reward::kl<reward::k3>{}));
  laws("weighted_probability", derived(reward::weighted_probability<>{}));
}

TEST_CASE("a rank reward knows no group that cannot be ranked") {
  // NaN similarity: reported, left out of the mean; nothing left: as a group without a target.
  std::vector<double> const s{1, 2, 3, no, 2, 1}, ok{1, 2, 3, 9, 2, 5};
  std::vector<int> const target{0, 1, 0, 0, 1, 0}, mask{1, 1, 1, 0, 0, 0};
  auto const groups = rw::lists<>::uniform(2, 3);
  rw::status status;
  double const one =
      reward::rank_reward<>{}(std::vector<double>{1, 2, 3}, std::vector<int>{0, 1, 0}, rw::lists<>::single(3));
  CHECK(reward::rank_reward<rw::empty::skip>{}(s, target, groups, {.errors = status}) == one);
  CHECK(status.code == rw::errc::not_finite);
  CHECK(status.where == 1);
  status = {};
  CHECK(reward::rank_reward<rw::empty::skip>{}(s, target, groups, {.mask = mask, .errors = status}) == one);
  CHECK(status.ok());
  CHECK(reward::rank_reward<rw::empty::skip>{}(ok, target, groups) != one);
}

TEST_CASE("filters count NaN as wrong and keep nothing of a group without answers") {
  std::vector<double> const right{no, 1, 0, /**/ no, no, /**/ 1, no};
  std::vector<std::size_t> const offsets{0, 3, 3, 5, 7};
  auto const groups = rw::lists(offsets);
  CHECK(reward::difficulty_filter{}.groups(right, groups) == std::vector<std::size_t>{0, 3});
  CHECK(reward::replay_filter{.accuracy = 0}.groups(right, groups) == std::vector<std::size_t>{2});
}
