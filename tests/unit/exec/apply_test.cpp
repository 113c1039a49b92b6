#include <rankwise/exec/apply.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/executors.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rw = rankwise;

namespace {

// Rounds at every step, so that another instruction sequence would show.
struct cubic {
  double a = 0.3;
  template <class T>
  struct run {
    T a;
    template <class V>
    RANKWISE_FN V operator()(V x) const {
      return ((x * V(a) + V(T(1.7))) * x - V(a)) / (x * x + V(T(1)));
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(a)};
  }
};

struct same {
  template <class V>
  RANKWISE_FN V operator()(V x) const {
    return x;
  }
};

struct type_size {
  template <class V>
  RANKWISE_FN V operator()(V) const {
    return V(static_cast<rw::math::scalar_t<V>>(sizeof(rw::math::scalar_t<V>)));
  }
};

template <class T>
bool equal(std::vector<T> const& a, std::vector<T> const& b) {
  return a == b;
}

} // namespace

TEST_CASE_TEMPLATE("a value does not depend on the item's place", T, float, double) {
  support::for_each_executor([](auto executor) {
    auto const x = support::random(4).uniforms<T>(130, -5, 5);
    std::vector<T> alone(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      rw::apply(executor, cubic{}, std::span(x).subspan(i, 1), std::span(alone).subspan(i, 1));
    }
    int wrong = 0;
    for (std::size_t first = 0; first < 17; ++first) {
      for (std::size_t n = 0; n <= 70; ++n) {
        std::vector<T> out(n + 2, T(42));
        rw::apply(executor, cubic{}, std::span(x).subspan(first, n), std::span(out).subspan(1, n));
        wrong += out[0] != 42 || out[n + 1] != 42;
        std::vector<T> const reversed(x.rbegin(), x.rend());
        std::vector<T> back(n);
        rw::apply(executor, cubic{}, std::span(reversed).subspan(x.size() - first - n, n), back);
        for (std::size_t i = 0; i < n; ++i) {
          wrong += out[i + 1] != alone[first + i] || back[n - 1 - i] != alone[first + i];
        }
      }
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE_TEMPLATE("executors agree", T, float, double) {
  auto const x = support::random(5).uniforms<T>(1000, -5, 5);
  std::vector<T> expected(x.size());
  rw::apply(rw::exec::scalar{}, cubic{}, x, expected);
  support::for_each_executor([&](auto executor) {
    std::vector<T> out(x.size());
    rw::apply(executor, cubic{}, x, out);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::fmax(worst, std::fabs(static_cast<double>(out[i] - expected[i])));
    }
    CHECK(worst <= 4 * std::numeric_limits<T>::epsilon());
  });
}

TEST_CASE("the output may be the input, and nothing else that overlaps") {
  auto const x = support::random(6).uniforms<float>(100, -5, 5);
  std::vector<float> expected(100);
  rw::apply(cubic{}, x, expected);
  auto in_place = x;
  rw::apply(cubic{}, in_place, in_place);
  CHECK(equal(in_place, expected));
  auto again = x;
  rw::apply(cubic{}, rw::strided(again.data(), 50, 2), rw::strided(again.data(), 50, 2));
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(again[i] == (i % 2 == 0 ? expected[i] : x[i]));
  }
  auto memory = x;
  rw::status s;
  auto const refused = [&](auto const& in, auto const& out) {
    s = {};
    rw::apply(cubic{}, in, out, {.errors = s});
    CHECK(s.code == rw::errc::aliasing);
    CHECK(equal(memory, x));
  };
  std::span<float> const all(memory);
  refused(all.first(50), all.subspan(1, 50));
  refused(all.subspan(1, 50), all.first(50));
  refused(all.first(50), all.subspan(49, 50));
  refused(rw::strided(memory.data(), 50, 1), rw::strided(memory.data() + 49, 50, -1));
  refused(rw::strided(memory.data(), 40, 2), rw::strided(memory.data() + 2, 40, 2));
  refused(rw::strided(memory.data(), 40, 2), rw::strided(memory.data() + 1, 40, 0));
  rw::apply(cubic{}, all.first(50), all.subspan(50, 50), {.errors = s});
  CHECK(s.ok());
  memory = x;
  rw::apply(cubic{}, rw::strided(memory.data(), 50, 2), rw::strided(memory.data() + 1, 50, 2), {.errors = s});
  CHECK(s.ok());
  CHECK(memory[0] == x[0]);
  CHECK(memory[99] == expected[98]);
}

TEST_CASE("sizes") {
  std::vector<float> const x(3);
  std::vector<float> out(2, 42);
  rw::status s;
  rw::apply(cubic{}, x, out, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(s.expected == 3);
  CHECK(s.found == 2);
  CHECK(equal(out, {42, 42}));
  CHECK_THROWS_AS(rw::apply(cubic{}, x, out), rw::error);
  std::vector<float> none;
  rw::apply(cubic{}, none, none, {.errors = s});
  CHECK(s.ok());
}

TEST_CASE("strides, forwards and backwards") {
  auto const x = support::random(7).uniforms<float>(99, -5, 5);
  std::vector<float> expected(99);
  rw::apply(cubic{}, x, expected);
  for (std::size_t n = 0; n <= 33; ++n) {
    std::vector<float> out(99, 42);
    rw::apply(cubic{}, rw::strided(x.data(), n, 3), rw::strided(out.data() + 98, n, -3));
    for (std::size_t i = 0; i < 99; ++i) {
      bool const written = (98 - i) % 3 == 0 && (98 - i) / 3 < n;
      CHECK(out[i] == (written ? expected[98 - i] : 42.0f));
    }
  }
}

TEST_CASE("arithmetic runs in double for double, in float otherwise") {
  std::vector<int> out(3);
  rw::apply(type_size{}, std::vector<double>(3), out);
  CHECK(out == std::vector<int>{8, 8, 8});
  rw::apply(type_size{}, std::vector<int>(3), out);
  CHECK(out == std::vector<int>{4, 4, 4});
}

TEST_CASE("NaN stays with its item") {
  auto x = support::random(8).uniforms<float>(37, -5, 5);
  std::vector<float> expected(37);
  std::vector<float> out(37);
  rw::apply(cubic{}, x, expected);
  for (std::size_t bad = 0; bad < 37; ++bad) {
    auto y = x;
    y[bad] = std::numeric_limits<float>::quiet_NaN();
    rw::apply(cubic{}, y, out);
    for (std::size_t i = 0; i < 37; ++i) {
      CHECK((i == bad ? std::isnan(out[i]) : out[i] == expected[i]));
    }
  }
}

TEST_CASE_TEMPLATE("integers come and go", T, std::int8_t, std::uint8_t, int, std::uint64_t) {
  using limits = std::numeric_limits<T>;
  constexpr double inf = std::numeric_limits<double>::infinity();
  auto const store = [](auto zero, auto executor) {
    using F = decltype(zero);
    std::vector<F> const x{F(0),     F(0.9),          F(-0.9), F(1.5),  F(100.99), F(inf),   F(-inf), F(1e30),
                           F(-1e30), F(std::nan("")), F(127),  F(-0.0), F(3),      F(7.999), F(42),   F(1),
                           F(2)};
    std::vector<T> out(x.size(), T(77));
    rw::apply(executor, same{}, x, out);
    std::vector<T> const most{limits::max()};
    // The largest number of type F that T holds.
    F high = static_cast<F>(limits::max());
    if (high >= std::ldexp(F(1), limits::digits)) {
      high = std::nextafter(std::ldexp(F(1), limits::digits), F(0));
    }
    std::vector<T> const expected{
        0, 0, 0,  1, 100, static_cast<T>(high), limits::min(), static_cast<T>(high), limits::min(), 0, 127, 0,
        3, 7, 42, 1, 2};
    CHECK(out == expected);
    std::vector<F> back(out.size());
    rw::apply(executor, same{}, out, rw::strided(back.data(), back.size(), 1)); // runs in float
    CHECK(back[4] == 100);
    CHECK(back[6] == static_cast<F>(static_cast<float>(limits::min())));
  };
  store(0.0f, rw::exec::simd{});
  store(0.0, rw::exec::simd{});
  store(0.0f, rw::exec::scalar{});
}

TEST_CASE("it allocates nothing") {
  std::vector<float> const x(100);
  std::vector<float> out(100);
  CHECK(support::allocations_of([&] { rw::apply(cubic{}, x, out); }) == 0);
}

TEST_CASE("a lambda is a policy") {
  std::vector<double> const x{1, 2, 3};
  std::vector<double> out(3);
  rw::apply([](auto v) { return v + v; }, x, out);
  CHECK(out == std::vector<double>{2, 4, 6});
}

TEST_CASE_TEMPLATE("whatever the size of the output", T, float, std::uint8_t) {
  for (std::size_t n : {std::size_t{4095}, std::size_t{65536}, std::size_t{1000003}, std::size_t{5000017}}) {
    for (std::size_t skip : {0u, 1u}) { // aligned, or not
      CAPTURE(n);
      CAPTURE(skip);
      std::vector<float> x(n);
      for (std::size_t i = 0; i < n; ++i) {
        x[i] = static_cast<float>(i % 251);
      }
      std::vector<T> out(n + 2 + skip, T(199));
      rw::apply(same{}, x, std::span(out).subspan(1 + skip, n));
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < n; ++i) {
        wrong += out[1 + skip + i] != static_cast<T>(i % 251);
      }
      CHECK(wrong == 0);
      CHECK(out[skip] == 199);
      CHECK(out[n + 1 + skip] == 199);
    }
  }
}
