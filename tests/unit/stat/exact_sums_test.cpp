#include <rankwise/stat/exact_sums.hpp>

#include <rankwise/exec/scalar.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace parts = rankwise::stat::detail;
using rw::stat::exact_sum;

namespace {

/// Two columns, whose magnitudes differ by everything that a double allows, against one loop over each of them.
template <class Executor>
void check(Executor executor, std::size_t count, bool weighted) {
  CAPTURE(count);
  CAPTURE(weighted);
  constexpr std::uint64_t seed = 5;
  CAPTURE(seed);
  support::random random(seed);
  std::vector<double> values = random.uniforms<double>(2 * count, -1, 1);
  std::vector<double> const weights = random.uniforms<double>(count, 0, 3);
  for (double& v : values) {
    v = std::ldexp(v, static_cast<int>(random.below(600)) - 300);
    v = random.below(9) == 0 ? std::numeric_limits<double>::quiet_NaN() : v;
  }
  std::size_t const n = parts::sum_parts(count);
  std::vector<exact_sum> sums(4 * n);
  parts::sum_columns(executor, values.data(), weighted ? weights.data() : nullptr, 2, count, sums.data());
  std::vector<double> rounded(4, 7);
  executor.template for_each_item<double>(4, parts::round_sums{sums.data(), 2, rounded.data()});
  for (std::size_t column = 0; column < 2; ++column) {
    exact_sum sum, weight;
    for (std::size_t i = 0; i < count; ++i) {
      double const v = values[column * count + i];
      if (std::isfinite(v)) {
        sum.add(weighted ? weights[i] * v : v);
        weight.add(weighted ? weights[i] : 1);
      }
    }
    CHECK(sums[column] == sum);
    CHECK(sums[2 + column] == weight);
    CHECK(rounded[2 * column] == sum.value());
    CHECK(rounded[2 * column + 1] == weight.value());
  }
}

} // namespace

TEST_CASE("parts of columns, merged as a tree, are the sums of one loop") {
  // Nothing, a part, a part and a number, all levels of the tree with something left over.
  constexpr std::size_t fan = parts::merged_at_once * parts::numbers_of_part;
  for (std::size_t const count : {std::size_t{0}, std::size_t{1}, parts::numbers_of_part, parts::numbers_of_part + 1,
                                  fan, fan + 1, parts::merged_at_once * fan + 77}) {
    check(rw::exec::scalar{}, count, true);
  }
  check(rw::exec::scalar{}, 1000, false);
  check(rw::exec::simd{}, 5000, true);
}
