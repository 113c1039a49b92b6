#include "unit/head/all_heads.hpp"

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

template <class T>
std::vector<double> widened(std::vector<T> const& x) {
  return {x.begin(), x.end()};
}

// In double, against one item at a time, which another file has compiled.
template <class Executor, class Head>
void check_double(char const* name, Head const& head, all_heads::labels kind, Executor executor) {
  auto const all = all_heads::in_double();
  auto const same = std::find_if(all.begin(), all.end(), [&](auto const& h) { return h->name == name; });
  REQUIRE(same != all.end());
  CAPTURE(name);
  support::random r(12);
  std::size_t const n = 37;
  auto const z = r.uniforms<double>(n * all_heads::width<Head>, -6, 6);
  auto const y = all_heads::draw<double>(r, kind, n);
  all_heads::derivatives<double> expected, d;
  double const value = (*same)->gradient(z, y, {}, expected);
  CHECK(support::near(all_heads::run(executor, head, z, y, {}, d), value, 1e-12));
  for (std::size_t i = 0; i < z.size(); ++i) {
    CHECK(support::near(d.gradient[i], expected.gradient[i], 1e-12));
    CHECK(support::near(d.hessian[i], expected.hessian[i], 1e-11));
  }
}

} // namespace

TEST_CASE("heads: every instruction set agrees with one item at a time, in double: a sample of the heads") {
  using namespace rw::head;
  using all_heads::labels;
  auto const cuts = rw::head::cuts<3>::at(-1.0, 0.25, 0.75);
  check_double("ordinal, pooled", ordinal<"h", 5, repair::pool_adjacent_violators>{}, labels::grades, rw::exec::simd{});
  check_double("probit", proportional_odds<"h", 4, link::probit>{.cuts = cuts}, labels::grades, rw::exec::simd{});
  check_double("ziln", ziln<"h">{}, labels::amounts, rw::exec::simd{});
  support::for_each_executor([&](auto executor) {
    if constexpr (!std::is_same_v<decltype(executor), rw::exec::scalar>) {
      check_double("chain", chain<"a", "b", "h">{.weights = {1, 0.5, 2}}, labels::grades, executor);
    }
  });
  // A call for the value alone sees the same.
  support::random r(13);
  auto const z = r.uniforms<double>(37 * 4, -6, 6);
  auto const y = all_heads::draw<double>(r, labels::grades, 37);
  auto const head = softmax<"h", 4, target::sord<>>{};
  all_heads::derivatives<double> d;
  CHECK(support::near(head.value(rw::exec::simd{}, rw::row_major(z, 4), y),
                      all_heads::run(rw::exec::simd{}, head, z, y, {}, d), 1e-12));
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

TEST_CASE("heads: numbers at the edges of float in every column, every head: finite, or reported and 0") {
  constexpr float most = std::numeric_limits<float>::max();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  float const edges[] = {0.0f,  -0.0f, 1e-45f, -1e-45f, 1e-38f, -1,       50,        -80,          90,
                         1e12f, 1e19f, -1e19f, most,    -most,  infinity, -infinity, std::nanf("")};
  for (auto const& head : all_heads::all_on<float, rw::exec::simd>()) {
    CAPTURE(head->name);
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      INFO("seed " << seed);
      support::random r(seed);
      std::size_t const n = 50;
      auto const column = [&](std::size_t size) {
        std::vector<float> x(size);
        for (float& number : x) {
          number = r.below(8) == 0 ? edges[r.below(std::size(edges))] : static_cast<float>(r.below(4));
        }
        return x;
      };
      auto const z = column(n * head->columns);
      auto const y = column(n);
      auto w = column(n);
      std::vector<int> mask(n);
      std::size_t unknown = 0; // items that cannot have a loss
      for (std::size_t i = 0; i < n; ++i) {
        w[i] = std::fabs(w[i]);
        mask[i] = r.below(8) == 0 ? 0 : 1;
        unknown += mask[i] != 0 && !std::isfinite(y[i] + w[i]) ? 1u : 0u;
      }
      rw::status s;
      all_heads::derivatives<float> d;
      double const value = head->gradient(z, y, {.item_weights = w, .mask = mask, .errors = s}, d);
      CHECK((s.ok() || s.code == rw::errc::not_finite));
      CHECK((std::isfinite(value) || !s.ok()));
      CHECK((s.where == rw::status::nowhere || s.found >= unknown));
      int wrong = 0;
      for (std::size_t i = 0; i < n * head->columns; ++i) {
        std::size_t const item = i / head->columns;
        bool const nothing = mask[item] == 0 || std::isnan(y[item]) || !std::isfinite(w[item]);
        wrong += !std::isfinite(d.gradient[i]) || !std::isfinite(d.hessian[i]);
        wrong += nothing && (d.gradient[i] != 0 || d.hessian[i] != 0);
      }
      CHECK(wrong == 0);
      for (double const by_parameter : d.parameters) {
        CHECK((std::isfinite(by_parameter) || !s.ok()));
      }
    }
  }
}
