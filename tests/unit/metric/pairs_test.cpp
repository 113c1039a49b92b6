#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/metric/pairs.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

// Short lists go through all pairs in registers, longer ones through a merge sort: lengths on both sides of every
// bound, against two loops.
namespace pairs_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

struct right_answers {
  double ordered, expected, inversions, tau;
};

right_answers two_loops(std::vector<double> const& s, std::vector<double> const& y, std::vector<double> const& w) {
  double all = 0, same_score = 0, same_label = 0, same_both = 0, wrong = 0, wrong_in_tie = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t j = i + 1; j < s.size(); ++j) {
      double const pair = w[i] * w[j];
      all += pair;
      same_score += s[i] == s[j] ? pair : 0;
      same_label += y[i] == y[j] ? pair : 0;
      same_both += s[i] == s[j] && y[i] == y[j] ? pair : 0;
      wrong += (s[i] - s[j]) * (y[i] - y[j]) < 0 ? pair : 0;
      wrong_in_tie += s[i] == s[j] && y[i] < y[j] ? pair : 0; // the first stands above
    }
  }
  double const comparable = all - same_label;
  double const right = all - same_score - same_label + same_both - wrong;
  return {1 - (wrong + wrong_in_tie) / comparable, 1 - (wrong + (same_score - same_both) / 2) / comparable,
          wrong + wrong_in_tie, (right - wrong) / std::sqrt((all - same_score) * (all - same_label))};
}

template <class T, class Executor>
void check(Executor executor, right_answers const& right, std::vector<T> const& s, std::vector<T> const& y,
           std::vector<T> const& w, double bound) {
  auto const list = rw::lists<int>::single(s.size());
  rw::options options;
  options.item_weights = w;
  auto const is = [&](auto const& metric, double value) {
    double const found = metric(executor, s, y, list, options);
    CHECK(std::fabs(found - value) <= bound * (1 + std::fabs(value)));
  };
  is(m::ordered_pairs<>{}, right.ordered);
  is(m::ordered_pairs<rw::ties::expected>{}, right.expected);
  is(m::inversions<>{}, right.inversions);
  is(m::kendall_tau<>{}, right.tau);
}

} // namespace

TEST_CASE("pairs: lists of any length against two loops, with ties and weights") {
  support::random draw(21);
  for (std::size_t const n :
       {2u, 3u, 7u, 8u, 9u, 16u, 17u, 31u, 63u, 64u, 65u, 127u, 128u, 129u, 255u, 256u, 257u, 400u}) {
    CAPTURE(n);
    for (std::size_t const levels : {3u, 40u, 100000u}) { // many ties, some, none
      CAPTURE(levels);
      auto s = draw.grades<double>(n, levels);
      auto y = draw.grades<double>(n, 5);
      s[0] = 0, s[1] = 1, y[0] = 1, y[1] = 0; // a pair in the wrong order
      auto w = draw.uniforms<double>(n, 0.5, 2);
      for (std::size_t i = 2; i < n; i += 7) {
        w[i] = 0;
      }
      std::vector<double> const ones(n, 1);
      std::vector<float> const sf(s.begin(), s.end()), yf(y.begin(), y.end()), onesf(n, 1);
      auto const plain = two_loops(s, y, ones);
      check<double>(rw::exec::simd{}, plain, s, y, ones, 1e-14);
      check<double>(rw::exec::scalar{}, plain, s, y, ones, 1e-14);
      check<float>(rw::exec::simd{}, plain, sf, yf, onesf, 1e-6);
      auto const weighted = two_loops(s, y, w);
      check<double>(rw::exec::simd{}, weighted, s, y, w, 1e-12);
      check<double>(rw::exec::scalar{}, weighted, s, y, w, 1e-12);
    }
  }
}

TEST_CASE("pairs: whole answers are exact, with any weights, in lists of any length; no allocation") {
  support::random draw(22);
  for (std::size_t const n : {2u, 5u, 9u, 40u, 100u, 256u, 257u}) {
    CAPTURE(n);
    auto const list = rw::lists<int>::single(n);
    auto const w = draw.uniforms<double>(n, 0.5, 2);
    std::vector<double> up(n), down(n);
    std::vector<double> const equal(n, 2);
    for (std::size_t i = 0; i < n; ++i) {
      up[i] = static_cast<double>(i);
      down[i] = -up[i];
    }
    for (rw::options const& options : {rw::options{}, rw::options{.item_weights = w}}) {
      CHECK(m::kendall_tau<>{}(up, up, list, options) == doctest::Approx(1).epsilon(1e-14));
      CHECK(m::kendall_tau<>{}(down, up, list, options) == doctest::Approx(-1).epsilon(1e-14));
      CHECK(m::ordered_pairs<>{}(up, up, list, options) == 1);
      CHECK(m::inversions<>{}(up, up, list, options) == 0);
      CHECK(m::inversions<rw::empty::one>{}(up, equal, list, options) == 1);
      CHECK(m::kendall_tau<rw::empty::one>{}(up, equal, list, options) == 1); // no noise of rounding is a pair
      CHECK(m::kendall_tau<rw::empty::one>{}(equal, up, list, options) == 1);
      CHECK(m::ordered_pairs<rw::ties::expected>{}(equal, up, list, options) == doctest::Approx(0.5).epsilon(1e-14));
    }
    CHECK(m::kendall_tau<>{}(up, up, list) == 1);
    CHECK(m::kendall_tau<>{}(down, up, list) == -1);
    CHECK(m::inversions<>{}(down, up, list) == static_cast<double>(n * (n - 1) / 2));
    rw::workspace memory;
    auto const data = m::kendall_tau<>{}.prepare(up, list);
    m::kendall_tau<>{}(down, data, memory);
    CHECK(support::allocations_of([&] { m::kendall_tau<>{}(down, data, memory); }) == 0);
  }
}

} // namespace pairs_test
