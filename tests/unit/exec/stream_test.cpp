#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

// Large outputs are written past the caches: the same values, whatever the alignment and the length.
namespace rw = rankwise;

TEST_CASE("streaming stores change nothing") {
  std::size_t const n = (rw::detail::streaming_bytes >> 2) + 61;
  auto x = support::random(91).uniforms<float>(n, -0.5, 1.5);
  x[n / 2] = std::nanf("");
  std::vector<float> expected(n), out(n + 64);
  for (std::size_t first = 0; first < n; first += 100000) { // below the limit
    std::size_t const count = std::min<std::size_t>(100000, n - first);
    rw::apply(rw::label::polarise{}, rw::column<float const>{x.data() + first, count},
              rw::column<float>{expected.data() + first, count});
  }
  for (std::size_t offset = 0; offset < 20; ++offset) {
    std::fill(out.begin(), out.end(), -7.0f);
    rw::apply(rw::label::polarise{}, x, rw::column<float>{out.data() + offset, n});
    int wrong = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      bool const inside = i >= offset && i < offset + n;
      float const e = inside ? expected[i - offset] : -7.0f;
      wrong += !(out[i] == e || (std::isnan(out[i]) && std::isnan(e)));
    }
    CHECK(wrong == 0);
  }
  auto in_place = x;
  rw::apply(rw::label::polarise{}, in_place, in_place);
  CHECK(in_place[n - 1] == expected[n - 1]);
}

TEST_CASE_TEMPLATE("grades as bytes: packed as the scalar converts them", T, std::uint8_t, std::int8_t, bool) {
  std::size_t const n = rw::detail::streaming_bytes + 77;
  auto x = support::random(92).uniforms<float>(n, -300, 600);
  for (std::size_t i = 0; i < 1000; i += 7) {
    x[i] = i % 2 == 0 ? std::nanf("") : INFINITY;
  }
  auto const keep = [](auto v) { return v; };
  std::vector<std::uint8_t> a(n + 64), b(n + 64);
  rw::column<T> const to{reinterpret_cast<T*>(a.data()) + 3, n};
  rw::apply(rw::exec::scalar{}, keep, x, rw::column<T>{reinterpret_cast<T*>(b.data()) + 3, n});
  support::for_each_executor([&](auto executor) {
    std::fill(a.begin(), a.end(), std::uint8_t{0});
    rw::apply(executor, keep, x, to);
    CHECK(a == b);
  });
}

TEST_CASE("double outputs stream, too") {
  std::size_t const n = (rw::detail::streaming_bytes >> 3) + 5;
  auto const x = support::random(93).uniforms<double>(n, 0, 1);
  std::vector<double> a(n), b(n);
  rw::apply(rw::exec::scalar{}, rw::label::cut<3>{0.3, 0.6}, x, a);
  rw::apply(rw::label::cut<3>{0.3, 0.6}, x, b);
  CHECK(a == b);
}
