#include "unit/head/all_heads.hpp"

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

template <class T, class Executor, class Head>
double run(Executor executor, Head const& head, std::vector<T> const& z, std::vector<T> const& y,
           rw::options const& opts, std::vector<T>& g, std::vector<T>& h) {
  constexpr std::size_t columns = all_heads::width<Head>;
  g.assign(z.size(), 99);
  h.assign(z.size(), 99);
  return head.gradient(executor, rw::row_major(z, columns), y, rw::row_major(g, columns), rw::row_major(h, columns),
                       opts);
}

template <class T>
std::vector<double> widened(std::vector<T> const& x) {
  return {x.begin(), x.end()};
}

// Float results of `executor` against double ones, item by item.
struct check_float {
  template <class Head>
  void operator()(char const* name, Head const& head, all_heads::labels kind, all_heads::range range) const {
    CAPTURE(std::string(name));
    support::random r(11);
    std::size_t const n = 1100; // more than a block, and a rest
    auto const z = r.uniforms<float>(n * all_heads::width<Head>, -4, 4);
    auto const y = all_heads::draw<float>(r, kind, n);
    auto const w = r.uniforms<float>(n, 0, 2);
    rw::options const opts{.item_weights = w};
    std::vector<double> expected_g, expected_h;
    double const expected = run(rw::exec::scalar{}, head, widened(z), widened(y), opts, expected_g, expected_h);
    std::vector<float> g, h;
    CHECK(support::near(run(rw::exec::simd{}, head, z, y, opts, g, h), expected, 1e-5));
    for (std::size_t i = 0; i < z.size(); ++i) {
      CHECK(support::near(static_cast<double>(g[i]), expected_g[i], 2e-5));
      CHECK(support::near(static_cast<double>(h[i]), expected_h[i], 2e-4));
    }

    auto extreme = z;
    float const ends[]{1e30f, -1e30f, 88, -88, 700, -700, 1e4f, -1e4f};
    for (float& x : extreme) {
      x = r.below(3) == 0 ? x : ends[r.below(8)];
    }
    rw::status s;
    double const sum = run(rw::exec::simd{}, head, extreme, y, {.errors = s}, g, h);
    CHECK((std::isfinite(sum) || range == all_heads::range::overflows)); // losses of 1e38 add up in float
    CHECK((s.ok() || range != all_heads::range::finite));
    for (std::size_t i = 0; i < z.size(); ++i) {
      CHECK(std::isfinite(g[i]));
      CHECK(std::isfinite(h[i]));
    }
  }
};

template <class Head, class Executor>
void check_double(Head const& head, all_heads::labels kind, Executor executor) {
  support::random r(12);
  std::size_t const n = 37;
  auto const z = r.uniforms<double>(n * all_heads::width<Head>, -6, 6);
  auto const y = all_heads::draw<double>(r, kind, n);
  std::vector<double> expected_g, expected_h, g, h;
  double const expected = run(rw::exec::scalar{}, head, z, y, {}, expected_g, expected_h);
  CHECK(support::near(run(executor, head, z, y, {}, g, h), expected, 1e-12));
  for (std::size_t i = 0; i < z.size(); ++i) {
    CHECK(support::near(g[i], expected_g[i], 1e-12));
    CHECK(support::near(h[i], expected_h[i], 1e-11));
  }
}

} // namespace

TEST_CASE("heads: simd agrees with scalar") {
  all_heads::for_each([](char const* name, auto const& head, all_heads::labels kind, all_heads::range) {
    CAPTURE(std::string(name));
    check_double(head, kind, rw::exec::simd{});
  });
}

TEST_CASE("heads: so do the smaller instruction sets") {
  support::for_each_executor([](auto executor) {
    using namespace rw::head;
    using all_heads::labels;
    check_double(ordinal<"h", 4, repair::pool_adjacent_violators>{}, labels::grades, executor);
    check_double(proportional_odds<"h", 4, link::probit>{}, labels::grades, executor);
    check_double(softmax<"h", 4, target::sord<>>{}, labels::grades, executor);
    check_double(chain<"a", "b", "h">{}, labels::grades, executor);
  });
}

TEST_CASE("heads: float agrees with double") {
  all_heads::for_each(check_float{});
}
