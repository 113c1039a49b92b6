#include <rankwise/core/bytes.hpp>
#include <rankwise/stat/moments.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rw = rankwise;
namespace stat = rankwise::stat;

// numpy 2.4.6: mean, var, average, cov(aweights)
TEST_CASE("means and variances") {
  std::vector<double> const x{3.5, -1, 2, 8, 2};
  std::vector<double> const y{1, 0, 4, 2, -1};
  std::vector<double> const w{1, 2, 0.5, 3, 1.5};
  stat::moments plain;
  plain.add(x);
  CHECK(plain.count() == 5);
  CHECK(plain.mean() == 2.9);
  CHECK(plain.population_variance() == doctest::Approx(8.64).epsilon(1e-15));
  CHECK(plain.variance() == doctest::Approx(10.8).epsilon(1e-15));
  CHECK(plain.standard_error() == doctest::Approx(std::sqrt(10.8 / 5)).epsilon(1e-15));
  CHECK(plain.effective_size() == 5);
  stat::moments weighted;
  weighted.add(x, {.item_weights = w});
  CHECK(weighted.mean() == doctest::Approx(3.6875).epsilon(1e-15));
  CHECK(weighted.population_variance() == doctest::Approx(13.18359375).epsilon(1e-15));
  CHECK(weighted.variance() == doctest::Approx(17.763157894736842).epsilon(1e-15));
  CHECK(weighted.effective_size() == doctest::Approx(3.878787878787879).epsilon(1e-15));
  stat::co_moments both;
  both.add(x, y);
  CHECK(both.mean(0) == 2.9);
  CHECK(both.mean(1) == 1.2);
  CHECK(both.variance(0) == doctest::Approx(10.8).epsilon(1e-15));
  CHECK(both.variance(1) == doctest::Approx(3.7).epsilon(1e-15));
  CHECK(both.covariance() == doctest::Approx(2.025).epsilon(1e-14));
  CHECK(both.correlation() == doctest::Approx(0.3203408235664684).epsilon(1e-14));
  stat::co_moments both_weighted;
  both_weighted.add(x, y, {.item_weights = w});
  CHECK(both_weighted.covariance() == doctest::Approx(4.184210526315789).epsilon(1e-14));
}

TEST_CASE("a small variance on a large mean") {
  support::random draw(3);
  std::vector<double> x(2000), shifted(2000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<double>(draw.below(1000));
    shifted[i] = x[i] + 0x1p49; // exact; the textbook formula would have no digit left
  }
  stat::moments near;
  near.add(x);
  stat::moments far;
  far.add(shifted);
  CHECK(far.variance() == doctest::Approx(near.variance()).epsilon(1e-12));
  CHECK(far.mean() == near.mean() + 0x1p49);
  stat::co_moments both;
  both.add(x, shifted);
  CHECK(both.correlation() == doctest::Approx(1).epsilon(1e-12));
  CHECK(both.covariance() == doctest::Approx(near.variance()).epsilon(1e-12));
}

TEST_CASE("any order and split, the same bits; masks; no allocation") {
  support::random draw(4);
  std::size_t const n = 3000;
  auto x = draw.uniforms<double>(n, -5, 9);
  auto w = draw.uniforms<double>(n, 0, 3);
  stat::moments whole;
  CHECK(support::allocations_of([&] { whole.add(x, {.item_weights = w}); }) == 0);
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) {
    order[i] = i;
  }
  draw.shuffle(order);
  std::vector<double> y(n), v(n);
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = x[order[i]];
    v[i] = w[order[i]];
  }
  stat::moments merged;
  for (std::size_t begin = 0; begin < n;) {
    std::size_t const count = std::min<std::size_t>(n - begin, 1 + draw.below(700));
    stat::moments part;
    part.add(std::span(y).subspan(begin, count), {.item_weights = std::span(v).subspan(begin, count)});
    merged.merge(part);
    begin += count;
  }
  CHECK(merged == whole);
  CHECK(merged.variance() == whole.variance());
  // The even items, by mask and by stride.
  std::vector<std::uint8_t> mask(n);
  for (std::size_t i = 0; i < n; i += 2) {
    mask[i] = 1;
  }
  stat::moments masked;
  masked.add(x, {.item_weights = w, .mask = mask});
  stat::moments even;
  even.add(rw::strided(x.data(), n / 2, 2), {.item_weights = rw::strided(w.data(), n / 2, 2)});
  CHECK(masked == even);
}

TEST_CASE("two columns: weights of 1, given or not, and the items of a mask, to the same bits; no allocation") {
  support::random draw(6);
  std::size_t const n = 1500;
  auto const x = draw.uniforms<double>(n, -5, 9);
  auto const y = draw.uniforms<double>(n, -1e-3, 1e9);
  std::vector<double> const ones(n, 1);
  stat::co_moments plain, weighed;
  CHECK(support::allocations_of([&] { plain.add(x, y); }) == 0);
  weighed.add(x, y, {.item_weights = ones});
  CHECK(rw::to_bytes(plain) == rw::to_bytes(weighed));
  std::vector<std::uint8_t> mask(n);
  for (std::size_t i = 0; i < n; i += 2) {
    mask[i] = 1;
  }
  stat::co_moments masked, even;
  masked.add(x, y, {.mask = mask});
  even.add(rw::strided(x.data(), n / 2, 2), rw::strided(y.data(), n / 2, 2),
           {.item_weights = std::span(ones).first(n / 2)});
  CHECK(rw::to_bytes(masked) == rw::to_bytes(even));
}

TEST_CASE("nothing, one item, and what cannot be used") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  stat::moments none;
  CHECK(std::isnan(none.mean()));
  CHECK(std::isnan(none.population_variance()));
  CHECK(std::isnan(none.variance()));
  CHECK(none.effective_size() == 0);
  stat::moments one;
  one.add(std::vector<int>{7});
  CHECK(one.mean() == 7);
  CHECK(one.population_variance() == 0);
  CHECK(std::isnan(one.variance()));
  stat::moments same;
  same.add(std::vector<double>(10, 0.1));
  CHECK(same.variance() == 0);
  CHECK(same.mean() == 0.1);

  rw::status s;
  stat::moments some;
  some.add(std::vector<double>{1, nan, 3, 4, 5}, {.item_weights = std::vector<double>{1, 1, -1, 0, 1}, .errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 1);
  CHECK(s.found == 2);
  CHECK(some.count() == 2);
  CHECK(some.left_out() == 2);
  CHECK(some.mean() == 3);
  CHECK_THROWS_WITH(some.add(std::vector<double>{nan}),
                    "rankwise: a number or weight of item 0 cannot be used (1 such item)");
  some.add(std::vector<double>{1, 2}, {.item_weights = std::vector<double>{1}, .errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(some.count() == 2);
  stat::co_moments both;
  both.add(std::vector<double>{1, 2}, std::vector<double>{1}, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(both.count() == 0);
  both.add(std::vector<double>{1, 2}, std::vector<double>{3, 3});
  CHECK(std::isnan(both.correlation()));
}
