#include <rankwise/backend/emulated.hpp>
#include <rankwise/backend/thrust.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/value/ranker.hpp>

#include "../support/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

// List adjusters of value models: the columns of a device, and groups of threads.
namespace rw = rankwise;

namespace {

constexpr auto heads = rw::heads(rw::head::input<"a">{}, rw::head::input<"b">{});
constexpr auto x = feature(rw::head::input<"a">{});
constexpr auto y = feature(rw::head::input<"b">{});

struct table {
  std::vector<int> offsets{0};
  std::vector<double> logits;
  std::vector<std::uint8_t> mask;

  table() {
    support::random random(9);
    for (int size : {3, 0, 1, 2, 17, 40, 64, 65, 300, 5}) {
      offsets.push_back(offsets.back() + size);
    }
    logits = random.uniforms<double>(2 * items(), -2, 2);
    mask.resize(items());
    for (std::size_t i = 0; i < items(); ++i) {
      mask[i] = random.below(5) != 0;
      logits[2 * i] = random.below(4) == 0 ? std::round(logits[2 * i]) : logits[2 * i];
      logits[2 * i + 1] =
          random.below(7) == 0 ? -std::numeric_limits<double>::infinity() : std::round(2 * logits[2 * i + 1]);
    }
  }
  std::size_t items() const { return static_cast<std::size_t>(offsets.back()); }
};

template <class Value>
void check(char const* name, Value const& value) {
  CAPTURE(name);
  constexpr double bound = 1e-13;
  table const t;
  rw::lists const lists(t.offsets);
  auto const ranker = rw::ranker{heads, value};
  for (bool const masked : {false, true}) {
    CAPTURE(masked);
    rw::options o;
    if (masked) {
      o.mask = t.mask;
    }
    auto const rows = rw::row_major(t.logits.data(), t.items(), 2);
    std::vector<double> expected(t.items(), 9), forwards(t.items(), 9), backwards(t.items(), 9);
    ranker.score(rw::exec::scalar{}, rows, lists, expected, o);
    ranker.score(rw::exec::emulated<8>{}, rows, lists, forwards, o);
    ranker.score(rw::exec::emulated<8>{rw::lane_order::backwards}, rows, lists, backwards, o);
    CHECK(forwards == backwards);

    thrust::device_vector<double> const logits(t.logits);
    thrust::device_vector<std::uint8_t> const mask(t.mask);
    thrust::device_vector<double> scores(t.items(), 9.0);
    rw::options there;
    if (masked) {
      there.mask = mask;
    }
    rw::matrix<double const, rw::layout::row_major, rw::memory::device> const device_rows{
        thrust::raw_pointer_cast(logits.data()), t.items(), 2, 2, 1};
    ranker.score(rw::exec::thrust{}, device_rows, lists, scores, there);
    for (std::size_t i = 0; i < t.items(); ++i) {
      auto const near = [&](double found) {
        return found == expected[i] || std::fabs(found - expected[i]) <= bound * std::fmax(1.0, std::fabs(expected[i]));
      };
      CHECK(near(forwards[i]));
      CHECK(near(static_cast<double>(scores[i])));
    }
  }
}

} // namespace

TEST_CASE("list adjusters: scalar, groups of threads and Thrust agree") {
  check("z_score", rw::weight<"w">(0.7) * z_score(x) + min_max(x));
  check("ranks", rank_score(x) + reciprocal_rank(y));
  check("rrf", rrf(x, y));
  check("comb_mnz", comb_mnz(x, y));
}
