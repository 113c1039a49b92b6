#include <rankwise/exec/simd.hpp>
#include <rankwise/math/scan.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"

#include <cstddef>

namespace rw = rankwise;

TEST_CASE_TEMPLATE("running sums over lanes", T, float, double) {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<T>;
    constexpr std::size_t n = static_cast<std::size_t>(rw::math::lanes<V>);
    T in[n];
    T up[n];
    T down[n];
    for (std::size_t i = 0; i < n; ++i) {
      in[i] = static_cast<T>(1u << i); // sums of powers of two are exact and tell who was added
    }
    rw::math::store(up, rw::math::sum_up_to(rw::math::load<V>(in)));
    rw::math::store(down, rw::math::sum_from(rw::math::load<V>(in)));
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(i);
      CHECK(up[i] == static_cast<T>((2u << i) - 1u));
      CHECK(down[i] == static_cast<T>((1u << n) - (1u << i)));
    }
  });
}

TEST_CASE_TEMPLATE("maps of the lanes, one after the other", T, float, double) {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<T>;
    constexpr std::size_t n = static_cast<std::size_t>(rw::math::lanes<V>);
    T add[n];
    T times[n];
    for (std::size_t i = 0; i < n; ++i) { // small whole numbers: exact in any order
      add[i] = static_cast<T>(i % 3 + 1);
      times[i] = static_cast<T>(i % 2 + 1);
    }
    for (std::size_t zero = 0; zero <= n; ++zero) { // nothing behind a factor 0 shows
      T used[n];
      for (std::size_t i = 0; i < n; ++i) {
        used[i] = i == zero ? T(0) : times[i];
      }
      T sum(0);
      T product(1);
      for (std::size_t i = 0; i < n; ++i) {
        sum += product * add[i];
        product *= used[i];
      }
      auto const all = rw::math::composed(rw::math::load<V>(add), rw::math::load<V>(used));
      CAPTURE(zero);
      CHECK(all.add == sum);
      CHECK(all.times == product);
    }
  });
}
