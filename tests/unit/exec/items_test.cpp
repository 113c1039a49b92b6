#include <rankwise/exec/items.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

/// Sums x and x^2.
template <class T>
struct moments {
  T const* x;

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    V const v = rw::load(x, i);
    return rw::item_sums<V, 2>{{v, v * v}};
  }
};

template <class Executor, class T>
auto total_of(Executor executor, std::vector<T> const& x) {
  return executor.template sum_items<T, 2>(x.size(), moments<T>{x.data()}, nullptr, {});
}

} // namespace

TEST_CASE("exec/items: sums of any length, lanes and remainders included") {
  for (std::size_t n : {0u, 1u, 15u, 16u, 17u, 1023u, 1024u, 1025u, 5000u}) {
    CAPTURE(n);
    std::vector<float> x(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = static_cast<float>(i % 7);
    }
    double first = 0;
    double second = 0;
    for (float v : x) {
      first += static_cast<double>(v);
      second += static_cast<double>(v * v);
    }
    for (auto const& t : {total_of(rw::exec::scalar{}, x), total_of(rw::exec::simd{}, x)}) {
      CHECK(t.value[0] == first); // small whole numbers: exact in any order
      CHECK(t.value[1] == second);
      CHECK(t.flagged == 0);
      CHECK(t.ran);
    }
  }
}

TEST_CASE("exec/items: many equal items do not lose digits") {
  std::vector<float> const x(100'000, 0.1f);
  double const exact = 100'000 * static_cast<double>(0.1f);
  CHECK(std::abs(total_of(rw::exec::scalar{}, x).value[0] - exact) <= 1e-6 * exact);
  CHECK(std::abs(total_of(rw::exec::simd{}, x).value[0] - exact) <= 1e-6 * exact);
}

TEST_CASE("exec/items: an item that is not finite adds nothing and is counted") {
  std::vector<double> x(2000, 1);
  x[1500] = std::numeric_limits<double>::quiet_NaN();
  x[1037] = std::numeric_limits<double>::infinity();
  for (auto const& t : {total_of(rw::exec::scalar{}, x), total_of(rw::exec::simd{}, x)}) {
    CHECK(t.value[0] == 1998);
    CHECK(t.value[1] == 1998);
    CHECK(t.flagged == 2);
    CHECK(t.first_flagged == 1037);
  }
}
