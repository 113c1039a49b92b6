#include <rankwise/sparse/bucketise.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/executors.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

template <class T>
void compare(std::size_t count) {
  CAPTURE(count);
  support::random r(count);
  auto edges = r.uniforms<T>(count, -1, 1);
  for (std::size_t k = 3; k < count; k += 7) {
    edges[k] = edges[k - 1]; // equal ones
  }
  std::sort(edges.begin(), edges.end());
  auto values = r.uniforms<T>(203, -1.2, 1.2);
  constexpr T infinity = std::numeric_limits<T>::infinity();
  values.insert(values.begin(), {infinity, -infinity, std::numeric_limits<T>::quiet_NaN(), T(-0.0)});
  values.insert(values.end(), edges.begin(), edges.end()); // equal goes right
  std::vector<int> expected;
  for (T const v : values) {
    int n = 0;
    for (T const b : edges) {
      n += !(v < b) ? 1 : 0;
    }
    expected.push_back(n);
  }
  support::for_each_executor([&](auto executor) {
    std::vector<int> out(values.size(), -1);
    sparse::bucketise(executor, values, edges, out);
    CHECK(out == expected);
  });
}

} // namespace

TEST_CASE_TEMPLATE("the number of boundaries that are not above; NaN goes last", T, float, double) {
  for (std::size_t count : {0u, 1u, 2u, 3u, 4u, 5u, 63u, 64u, 65u, 100u, 1000u}) {
    compare<T>(count);
  }
}

TEST_CASE("integers are compared exactly") {
  std::int64_t const big = (std::int64_t{1} << 40) + 1;
  std::vector<std::int64_t> const values{big - 1, big, big + 1, std::numeric_limits<std::int64_t>::min()};
  std::vector<std::int64_t> const edges{big};
  std::vector<std::uint8_t> out(4);
  sparse::bucketise(values, edges, out);
  CHECK(out == std::vector<std::uint8_t>{0, 1, 1, 0});
}

TEST_CASE("boundaries that do not ascend, or hold NaN, are reported with their place") {
  float const missing = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> const values{1, 2};
  std::vector<int> out{9, 9};
  rw::status s;
  sparse::bucketise(values, std::vector<float>{1, 3, 2}, out, s);
  CHECK(s.code == rw::errc::not_ascending);
  CHECK(s.where == 2);
  sparse::bucketise(values, std::vector<float>{missing}, out, s);
  CHECK(s.code == rw::errc::not_ascending);
  sparse::boundaries<float> const failed(std::vector<float>{2, 1}, s);
  sparse::bucketise(values, failed, out, s);
  CHECK(s.code == rw::errc::not_prepared);
  std::vector<int> three(3);
  sparse::bucketise(values, std::vector<float>{1}, three, s);
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(out == std::vector<int>{9, 9});
}

TEST_CASE("an output whose integers end before the last bucket is reported") {
  std::vector<float> edges(256);
  for (std::size_t k = 0; k < edges.size(); ++k) {
    edges[k] = static_cast<float>(k);
  }
  std::vector<float> const values{-1, 300};
  std::vector<std::uint8_t> out{9, 9};
  rw::status s;
  sparse::bucketise(values, edges, out, s); // 256 is 0 again
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(out == std::vector<std::uint8_t>{9, 9});
  edges.pop_back();
  sparse::bucketise(values, edges, out);
  CHECK(out == std::vector<std::uint8_t>{0, 255});
  std::vector<std::int8_t> half{9, 9};
  sparse::bucketise(values, edges, half, s);
  CHECK(s.code == rw::errc::out_of_range);
}

TEST_CASE("so is one whose floats have no such integer") {
  // Beyond 2^11 a float16 has every second integer; a bfloat16 beyond 2^8.
  auto const last = [](std::size_t count, auto zero) {
    using number = decltype(zero);
    std::vector<float> edges(count);
    for (std::size_t k = 0; k < count; ++k) {
      edges[k] = static_cast<float>(k);
    }
    std::vector<float> const values{-1, static_cast<float>(count) - 1.5f, static_cast<float>(count)};
    std::vector<number> out(3, number(9));
    rw::status s;
    sparse::bucketise(values, edges, out, s);
    CHECK(s.code == (s.ok() ? rw::errc::ok : rw::errc::out_of_range));
    CHECK(static_cast<double>(out[0]) == (s.ok() ? 0 : 9));
    CHECK(static_cast<double>(out[1]) == (s.ok() ? static_cast<double>(count - 1) : 9));
    CHECK(static_cast<double>(out[2]) == (s.ok() ? static_cast<double>(count) : 9));
    return s.ok();
  };
  CHECK(last(2048, rw::float16{}));
  CHECK(!last(2049, rw::float16{}));
  CHECK(!last(3000, rw::float16{}));
  CHECK(last(256, rw::bfloat16{}));
  CHECK(!last(257, rw::bfloat16{}));
  CHECK(last(3000, float{}));
  CHECK(last(3000, double{}));
}

TEST_CASE("with boundaries made before nothing is allocated") {
  sparse::boundaries<float> const edges(std::vector<float>{0, 1, 2});
  std::vector<float> const values(100, 1.5f);
  std::vector<int> out(100);
  CHECK(support::allocations_of([&] { sparse::bucketise(values, edges, out); }) == 0);
  CHECK(out == std::vector<int>(100, 2));
}
