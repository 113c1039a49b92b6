#include "unit/head/all_heads.hpp"

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

template <class T>
std::vector<double> widened(std::vector<T> const& x) {
  return {x.begin(), x.end()};
}

// In double, against one item at a time.
template <class Head, class Executor>
void check_double(Head const& head, all_heads::labels kind, Executor executor) {
  support::random r(12);
  std::size_t const n = 37;
  auto const z = r.uniforms<double>(n * all_heads::width<Head>, -6, 6);
  auto const y = all_heads::draw<double>(r, kind, n);
  all_heads::derivatives<double> expected, d;
  double const value = all_heads::run(rw::exec::scalar{}, head, z, y, {}, expected);
  CHECK(support::near(all_heads::run(executor, head, z, y, {}, d), value, 1e-12));
  CHECK(support::near(head.value(executor, rw::row_major(z, all_heads::width<Head>), y), value, 1e-12));
  for (std::size_t i = 0; i < z.size(); ++i) {
    CHECK(support::near(d.gradient[i], expected.gradient[i], 1e-12));
    CHECK(support::near(d.hessian[i], expected.hessian[i], 1e-11));
  }
}

} // namespace

TEST_CASE("heads: every instruction set agrees with one item at a time, in double: a sample of the heads") {
  using namespace rw::head;
  using all_heads::labels;
  auto const softmax_head = softmax<"h", 4, target::sord<>>{};
  check_double(ordinal<"h", 4, repair::pool_adjacent_violators>{}, labels::grades, rw::exec::simd{});
  check_double(proportional_odds<"h", 4, link::probit>{}, labels::grades, rw::exec::simd{});
  check_double(chain<"a", "b", "h">{}, labels::grades, rw::exec::simd{});
  check_double(ziln<"h">{}, labels::amounts, rw::exec::simd{});
  support::for_each_executor([&](auto executor) { check_double(softmax_head, labels::grades, executor); });
}

TEST_CASE("heads: simd in float agrees with one item at a time in double, every head") {
  auto const exact = all_heads::in_double();
  auto const heads = all_heads::all_on<float, rw::exec::simd>();
  REQUIRE(heads.size() == exact.size());
  for (std::size_t which = 0; which < heads.size(); ++which) {
    auto const& head = *heads[which];
    CAPTURE(head.name);
    support::random r(11);
    std::size_t const n = 1100; // more than a block, and a rest
    auto const z = r.uniforms<float>(n * head.columns, -4, 4);
    auto const y = all_heads::draw<float>(r, head.kind, n);
    auto const w = r.uniforms<float>(n, 0, 2);
    rw::options const opts{.item_weights = w};
    all_heads::derivatives<double> expected;
    double const value = exact[which]->gradient(widened(z), widened(y), opts, expected);
    all_heads::derivatives<float> d;
    CHECK(support::near(head.gradient(z, y, opts, d), value, 1e-5));
    int far = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
      far += !support::near(static_cast<double>(d.gradient[i]), expected.gradient[i], 2e-5);
      far += !support::near(static_cast<double>(d.hessian[i]), expected.hessian[i], 2e-4);
    }
    CHECK(far == 0);
    for (std::size_t k = 0; k < expected.parameters.size(); ++k) {
      CHECK(support::near(d.parameters[k], expected.parameters[k], 2e-4));
    }

    auto extreme = z;
    float const ends[]{1e30f, -1e30f, 88, -88, 700, -700, 1e4f, -1e4f};
    for (float& x : extreme) {
      x = r.below(3) == 0 ? x : ends[r.below(8)];
    }
    rw::status s;
    double const sum = head.gradient(extreme, y, {.errors = s}, d);
    CHECK((std::isfinite(sum) || head.values == all_heads::range::overflows)); // losses of 1e38 add up in float
    CHECK((s.ok() || head.values != all_heads::range::finite));
    int not_finite = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
      not_finite += !std::isfinite(d.gradient[i]) || !std::isfinite(d.hessian[i]);
    }
    CHECK(not_finite == 0);
  }
}
