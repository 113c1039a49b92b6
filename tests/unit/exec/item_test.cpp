#include <rankwise/exec/item.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

/// (b + z_0 - z_1 - y)^2 / 2 with a shared parameter b.
struct difference {
  static constexpr int columns = 2;
  static constexpr int parameters = 1;
  double b = 0;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const r = rw::as<V>(b) + item.logit(0) - item.logit(1) - item.label();
    item.gradient(0, r);
    item.gradient(1, -r);
    item.hessian(0, V(1));
    item.hessian(1, V(1));
    item.parameter(0, r);
    return r * r * rw::as<V>(0.5);
  }
};
static_assert(rw::parameters_of<difference> == 1);

} // namespace

TEST_CASE("exec/item: the kernel weighs, masks and clears what a formula yields") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const z{3, 1, 5, 1, nan, 1, 2, 2};
  std::vector<double> const y{1, 1, 0, 7};
  std::vector<double> const w{2, 1, 1, 0.5};
  std::vector<std::uint8_t> const live{1, 0, 1, 1};
  std::vector<double> g(8, -1);
  std::vector<double> h(8, -1);
  auto const in = rw::row_major(z.data(), 4, 2);
  auto const out = rw::row_major(g.data(), 4, 2);
  auto const second = rw::row_major(h.data(), 4, 2);
  using kernel = rw::item_kernel<difference, decltype(in), double, decltype(out), decltype(second)>;
  static_assert(kernel::sums == 2);

  auto const check = [&](auto executor) {
    auto const t = executor.template sum_items<double, 2>(
        4, kernel{difference{0.5}, in, y.data(), w.data(), live.data(), out, second}, nullptr, {});
    // Residuals 1.5 (weight 2), masked, NaN, -6.5 (weight .5).
    CHECK(t.value[0] == doctest::Approx(2 * 1.125 + 0.5 * 21.125));
    CHECK(t.value[1] == doctest::Approx(2 * 1.5 - 0.5 * 6.5));
    CHECK(t.flagged == 1);
    CHECK(t.first_flagged == 2);
    CHECK(g == std::vector<double>{3, -3, 0, 0, 0, 0, -3.25, 3.25});
    CHECK(h == std::vector<double>{2, 2, 0, 0, 0, 0, 0.5, 0.5});
  };
  check(rw::exec::scalar{});
  check(rw::exec::simd{});
}
