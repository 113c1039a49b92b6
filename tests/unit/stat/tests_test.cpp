#include <rankwise/stat/experiment.hpp>
#include <rankwise/stat/interval.hpp>
#include <rankwise/stat/multiple.hpp>
#include <rankwise/stat/paired.hpp>
#include <rankwise/stat/quantile.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#if __has_include(<tbb/parallel_for.h>)
#include <rankwise/backend/parallel.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tests_test {

// Golden values: scipy 1.17.1 and numpy 2.4.6.
namespace rw = rankwise;
namespace stat = rankwise::stat;

namespace {

double const infinity = std::numeric_limits<double>::infinity();
double const not_a_number = std::numeric_limits<double>::quiet_NaN();

auto about(double x) {
  return doctest::Approx(x).epsilon(1e-12);
}

std::vector<double> const a{.62, .71, .55, .80, .43, .90, .66, .38, .77, .51, .69, .84};
std::vector<double> const b{.58, .70, .57, .74, .40, .82, .67, .35, .70, .52, .61, .80};
std::vector<double> const u{1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
std::vector<double> const v{.878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
std::vector<int> const x{125, 115, 130, 140, 140, 115, 140, 125, 140, 135};
std::vector<int> const y{110, 122, 125, 120, 140, 124, 123, 137, 135, 145};
constexpr auto greater = stat::alternative::greater;
constexpr auto less = stat::alternative::less;

} // namespace

TEST_CASE("the paired t-test") {
  auto const r = stat::paired_t{}(a, b);
  CHECK(r.difference == about(0.03333333333333335));
  CHECK(r.statistic == about(3.27592846641577));
  CHECK(r.p_value == about(0.007386990287834922));
  CHECK(r.low == about(0.010937797913316862));
  CHECK(r.high == about(0.05572886875334983));
  CHECK(r.pairs == 12);
  CHECK(stat::paired_t{.side = greater}(a, b).p_value == about(0.003693495143917461));
  CHECK(stat::paired_t{.side = less}(a, b).p_value == about(0.9963065048560825));
  CHECK(stat::paired_t{}(b, a).statistic == about(-3.27592846641577));
}

TEST_CASE("the sign test") {
  auto const r = stat::sign_test{}(a, b);
  CHECK(r.statistic == 9);
  CHECK(r.pairs == 12);
  CHECK(r.exact);
  CHECK(r.p_value == about(0.14599609375));
  CHECK(stat::sign_test{.side = greater}(a, b).p_value == about(0.072998046875));
  auto const zeros = stat::sign_test{}(x, y); // one pair without a difference; 4 of 9 are positive
  CHECK(zeros.pairs == 9);
  CHECK(zeros.p_value == 1);
}

TEST_CASE("Wilcoxon's test: exact, with ties, and approximate") {
  CHECK(stat::wilcoxon{}(u, v).p_value == about(0.0390625));
  CHECK(stat::wilcoxon{}(u, v).statistic == 40);
  CHECK(stat::wilcoxon{.side = greater}(u, v).p_value == about(0.01953125));
  CHECK(stat::wilcoxon{.side = less}(u, v).p_value == about(0.986328125));
  CHECK(stat::wilcoxon{.side = greater, .exact_up_to = 0}(u, v).p_value == about(0.019075855086707567));
  CHECK(stat::wilcoxon{.side = greater, .exact_up_to = 0, .continuity = true}(u, v).p_value ==
        about(0.022005492006475714));
  auto const ties = stat::wilcoxon{}(x, y);
  CHECK(ties.statistic == 27);
  CHECK(ties.pairs == 9);
  CHECK(ties.p_value == about(0.6328125)); // over all 2^9 signs
  CHECK(stat::wilcoxon{.side = greater}(x, y).p_value == about(0.31640625));
  CHECK(stat::wilcoxon{.exact_up_to = 8}(x, y).p_value == about(0.5936305914425295));
  CHECK(stat::wilcoxon{.exact_up_to = 8, .continuity = true}(x, y).p_value == about(0.6352893188352069));
}

TEST_CASE("Wilcoxon's exact distribution is that over all signs, ties or not") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    support::random draw(seed);
    std::size_t const n = 1 + draw.below(11);
    std::vector<double> d(n), zero(n, 0);
    for (double& one : d) {
      one = static_cast<double>(1 + draw.below(4)) * (draw.below(2) == 0 ? 1 : -1);
    }
    std::vector<double> rank(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        rank[i] += std::abs(d[j]) < std::abs(d[i]) ? 1 : std::abs(d[j]) == std::abs(d[i]) ? 0.5 : 0;
      }
      rank[i] += 0.5;
    }
    double w = 0;
    for (std::size_t i = 0; i < n; ++i) {
      w += d[i] > 0 ? rank[i] : 0;
    }
    double above = 0, below = 0;
    for (unsigned turn = 0; turn < 1u << n; ++turn) {
      double s = 0;
      for (std::size_t i = 0; i < n; ++i) {
        s += (turn >> i & 1) != 0 ? rank[i] : 0;
      }
      above += s >= w ? 1 : 0;
      below += s <= w ? 1 : 0;
    }
    auto const r = stat::wilcoxon{}(d, zero);
    CHECK(r.statistic == w);
    CHECK(r.p_value == about(std::min(1.0, 2 * std::min(above, below) / static_cast<double>(1u << n))));
    // Sums of turned signs, likewise.
    double total = 0, hits = 0;
    for (double const one : d) {
      total += one;
    }
    for (unsigned turn = 0; turn < 1u << n; ++turn) {
      double s = 0;
      for (std::size_t i = 0; i < n; ++i) {
        s += (turn >> i & 1) != 0 ? -d[i] : d[i];
      }
      hits += std::abs(s) >= std::abs(total) ? 1 : 0;
    }
    auto const p = stat::permutation{}(d, zero);
    CHECK(p.exact);
    CHECK(p.p_value == about(hits / static_cast<double>(1u << n)));
  }
}

TEST_CASE("permutations and bootstraps") {
  auto const exact = stat::permutation{}(u, v); // 2^9 turns
  CHECK(exact.exact);
  CHECK(exact.difference == about(0.43188888888888893));
  CHECK(exact.p_value == about(0.02734375));
  CHECK(stat::permutation{.side = greater}(u, v).p_value == about(0.013671875));
  // Drawn, it comes near: 511 draws leave a standard error of .0072.
  auto const drawn = stat::permutation{.replicates = 511, .seed = 5}(u, v);
  CHECK(!drawn.exact);
  CHECK(std::abs(drawn.p_value - 0.02734375) < 0.025);

  support::random draw(2);
  std::vector<double> c(200), d(200);
  for (std::size_t i = 0; i < c.size(); ++i) {
    c[i] = draw.uniform() + draw.uniform() + draw.uniform();
    d[i] = c[i] - 0.05 - 0.4 * (draw.uniform() - 0.5);
  }
  auto const t = stat::paired_t{}(c, d);
  auto const turned = stat::permutation{.replicates = 20000}(c, d);
  auto const resampled = stat::paired_bootstrap{.replicates = 20000}(c, d);
  REQUIRE(t.p_value < 1e-6);
  CHECK(turned.p_value == about(1.0 / 20001));
  CHECK(resampled.p_value == about(1.0 / 20001));
  CHECK(resampled.low == doctest::Approx(t.low).epsilon(0.03)); // 200 pairs: Student's interval and this one agree
  CHECK(resampled.high == doctest::Approx(t.high).epsilon(0.03));
  auto const of_mean = stat::bootstrap{.replicates = 20000}(c);
  auto const student = stat::t_interval{}(c);
  CHECK(of_mean.value == student.value);
  CHECK(of_mean.standard_error == doctest::Approx(student.standard_error).epsilon(0.02));
  CHECK(of_mean.low == doctest::Approx(student.low).epsilon(0.005));
  CHECK(of_mean.high == doctest::Approx(student.high).epsilon(0.005));
}

TEST_CASE("without an effect, p-values are uniform") {
  // 400 experiments of 30 pairs: the share of p-values below .1 has a standard error of .015.
  int low[3] = {};
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    support::random draw(seed);
    auto const c = draw.uniforms<double>(30, 0, 1);
    auto const d = draw.uniforms<double>(30, 0, 1);
    low[0] += stat::paired_t{}(c, d).p_value < 0.1 ? 1 : 0;
    low[1] += stat::permutation{.replicates = 400, .seed = seed}(c, d).p_value < 0.1 ? 1 : 0;
    low[2] += stat::wilcoxon{}(c, d).p_value < 0.1 ? 1 : 0;
  }
  for (int const count : low) {
    CHECK(std::abs(count / 400.0 - 0.1) < 0.05);
  }
}

TEST_CASE("resampling: the seed decides, threads do not") {
  support::random draw(8);
  auto const c = draw.uniforms<double>(300, 0, 1);
  auto const d = draw.uniforms<double>(300, 0, 1);
  auto const w = draw.uniforms<double>(300, 0.5, 2);
  auto const one = stat::bootstrap{.replicates = 2000, .seed = 3}(c, {.item_weights = w});
  CHECK(stat::bootstrap{.replicates = 2000, .seed = 4}(c, {.item_weights = w}).low != one.low);
  CHECK(stat::bootstrap{.replicates = 2000, .seed = 3}(rw::exec::scalar{}, c, {.item_weights = w}).low == one.low);
  auto const two = stat::permutation{.replicates = 2000, .seed = 3}(c, d);
#if __has_include(<tbb/parallel_for.h>)
  for (int const threads : {1, 2, 5}) {
    CAPTURE(threads);
    rw::exec::parallel const executor{.threads = threads};
    auto const again = stat::bootstrap{.replicates = 2000, .seed = 3}(executor, c, {.item_weights = w});
    CHECK(again.low == one.low);
    CHECK(again.high == one.high);
    CHECK(again.standard_error == one.standard_error);
    CHECK(stat::permutation{.replicates = 2000, .seed = 3}(executor, c, d).p_value == two.p_value);
  }
#endif
  // Every item is drawn equally often, few items and many alike.
  for (std::size_t const n : {std::size_t{7}, std::size_t{70000}}) {
    std::vector<double> count(n);
    std::size_t const replicates = n == 7 ? 10000 : 1;
    for (std::size_t r = 0; r < replicates; ++r) {
      stat::detail::for_each_drawn<rw::arch::native>(1, r, n, [&](std::uint32_t const* item, std::size_t drawn) {
        for (std::size_t i = 0; i < drawn; ++i) {
          count.at(item[i]) += 1;
        }
      });
    }
    double squares = 0; // chi squared, divided by n: 1 in the mean
    double const mean = static_cast<double>(replicates);
    for (double const k : count) {
      squares += (k - mean) * (k - mean) / mean / static_cast<double>(n);
    }
    CHECK(squares < (n == 7 ? 3 : 1.03));
    CHECK(squares > (n == 7 ? 0.1 : 0.97));
  }
}

TEST_CASE("Student's interval") {
  auto const r = stat::t_interval{}(u);
  CHECK(r.low == about(1.2166123036181211));
  CHECK(r.high == about(2.316721029715212));
  CHECK(r.standard_error == about(0.23853138624135448));
  CHECK(r.items == 9);
  auto const wide = stat::t_interval{.confidence = 0.99}(u);
  CHECK(wide.low < r.low);
  CHECK(wide.high > r.high);
}

TEST_CASE("adjusted p-values") {
  std::vector<double> const p{.01, .04, .03, .005, .2, .04};
  std::vector<double> out(6);
  auto const is = [&](std::vector<double> const& right) {
    for (std::size_t i = 0; i < right.size(); ++i) {
      CHECK(out[i] == about(right[i]));
    }
  };
  CHECK(stat::benjamini_hochberg(p, out));
  is({0.03, 0.048, 0.048, 0.03, 0.2, 0.048}); // scipy: false_discovery_control
  CHECK(stat::bonferroni(p, out));
  is({.06, .24, .18, .03, 1, .24});
  CHECK(stat::holm(p, out));
  is({.05, .12, .12, .03, .2, .12}); // by hand: .005 x 6, .01 x 5, .03 x 4, then .04 x 3, not below .12
  std::vector<double> const q{.01, .04, .03, .005, .2, .7}; // statsmodels 0.15.0: fdr_by, holm-sidak
  CHECK(stat::benjamini_yekutieli(q, out));
  is({0.0735, 0.147, 0.147, 0.0735, 0.588, 1});
  CHECK(stat::holm_sidak(q, out));
  is({0.049009950100000005, 0.115264, 0.11470719, 0.029627490643734374, 0.36, 0.7});
  std::vector<double> tiny(2);
  CHECK(stat::holm_sidak(std::vector{1e-300, 1.0}, tiny));
  CHECK(tiny[0] / 2e-300 == about(1));
  CHECK(tiny[1] == 1);
  CHECK(stat::holm(p, out));
  std::vector<double> in_place = p;
  CHECK(stat::holm(in_place, in_place));
  CHECK(in_place == out);
  std::vector<double> none;
  CHECK(stat::holm(none, none));

  rw::status s;
  std::vector<double> untouched(3, 7);
  CHECK(!stat::holm(std::vector{0.1, 1.5, 0.2}, untouched, {.errors = s}));
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 1);
  CHECK(!stat::bonferroni(std::vector{0.1, not_a_number, 0.2}, untouched, {.errors = s}));
  CHECK(!stat::benjamini_hochberg(p, untouched, {.errors = s}));
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(untouched == std::vector<double>(3, 7));
}

TEST_CASE("Welch's test and CUPED") {
  auto const r = stat::welch{}(u, std::span(v).first(6));
  CHECK(r.statistic == about(2.096109162756568));
  CHECK(r.degrees == about(12.706361268647951));
  CHECK(r.p_value == about(0.056688746485603896));
  CHECK(r.low == about(-0.022479883924910515));
  CHECK(r.high == about(1.38147988392491));

  // An effect of .1 on outcomes that the covariate explains for nine tenths of their variance.
  support::random draw(11);
  stat::co_moments group[2];
  std::vector<double> outcome[2], covariate[2];
  for (std::size_t g = 0; g < 2; ++g) {
    for (int i = 0; i < 2000; ++i) {
      double const before = draw.uniform(0, 6);
      covariate[g].push_back(before);
      outcome[g].push_back(2 * before + draw.uniform(-2, 2) + (g == 0 ? 0.1 : 0));
    }
    group[g].add(covariate[g], outcome[g]);
  }
  auto const c = stat::cuped{}(group[0], group[1]);
  CHECK(c.plain.difference == about(stat::welch{}(outcome[0], outcome[1]).difference));
  CHECK(c.plain.p_value == doctest::Approx(stat::welch{}(outcome[0], outcome[1]).p_value).epsilon(1e-9));
  CHECK(c.theta == doctest::Approx(2).epsilon(0.02));
  CHECK(c.variance_ratio == doctest::Approx(1 - 0.9).epsilon(0.05)); // 1 - correlation^2: 12 / (12 + 4/3)
  CHECK(std::abs(c.adjusted.difference - 0.1) < 4 * c.adjusted.standard_error);
  CHECK(c.adjusted.standard_error < c.plain.standard_error / 2.9);
  // It is Welch's test of outcome - theta covariate.
  std::vector<double> left[2];
  for (std::size_t g = 0; g < 2; ++g) {
    for (std::size_t i = 0; i < outcome[g].size(); ++i) {
      left[g].push_back(outcome[g][i] - c.theta * covariate[g][i]);
    }
  }
  auto const direct = stat::welch{}(left[0], left[1]);
  CHECK(c.adjusted.difference == doctest::Approx(direct.difference).epsilon(1e-9));
  CHECK(c.adjusted.standard_error == about(direct.standard_error));
  CHECK(c.adjusted.p_value == doctest::Approx(direct.p_value).epsilon(1e-9));
  // A covariate that says nothing changes nothing.
  stat::co_moments flat[2];
  for (std::size_t g = 0; g < 2; ++g) {
    flat[g].add(std::vector<double>(2000, 3.0), outcome[g]);
  }
  auto const unchanged = stat::cuped{}(flat[0], flat[1]);
  CHECK(unchanged.theta == 0);
  CHECK(unchanged.variance_ratio == 1);
  CHECK(unchanged.adjusted.difference == unchanged.plain.difference);
}

TEST_CASE("Welch's test and CUPED: an offset of all numbers changes nothing, exchanging the groups the sign") {
  constexpr double far = 1e7;
  support::random draw(12);
  stat::co_moments here[2], there[2];
  stat::moments one[2], other[2];
  for (std::size_t g = 0; g < 2; ++g) {
    std::vector<double> covariate[2], outcome[2];
    for (int i = 0; i < 500; ++i) { // multiples of 1/1024: the offset costs no digit
      double const before = std::floor(1024 * draw.uniform(0, 6)) / 1024;
      double const after = 2 * before + std::floor(1024 * draw.uniform(-2, 2)) / 1024 + (g == 0 ? 0.125 : 0);
      covariate[0].push_back(before);
      outcome[0].push_back(after);
      covariate[1].push_back(before + far);
      outcome[1].push_back(after + far);
    }
    here[g].add(covariate[0], outcome[0]);
    there[g].add(covariate[1], outcome[1]);
    one[g].add(outcome[0]);
    other[g].add(outcome[1]);
  }
  auto const plain = stat::cuped{}(here[0], here[1]);
  auto const moved = stat::cuped{}(there[0], there[1]);
  auto const close = [](double number) { return doctest::Approx(number).epsilon(1e-13).scale(0); };
  CHECK(moved.theta == close(plain.theta));
  CHECK(moved.plain.difference == close(plain.plain.difference));
  CHECK(moved.adjusted.difference == close(plain.adjusted.difference));
  CHECK(moved.adjusted.standard_error == close(plain.adjusted.standard_error));
  CHECK(moved.adjusted.low == doctest::Approx(plain.adjusted.low).epsilon(1e-11));
  CHECK(moved.adjusted.p_value == doctest::Approx(plain.adjusted.p_value).epsilon(1e-10));
  CHECK(stat::welch{}(other[0], other[1]).difference == close(stat::welch{}(one[0], one[1]).difference));
  CHECK(stat::cuped{}(there[1], there[0]).adjusted.difference == close(-moved.adjusted.difference));
  rw::status s;
  CHECK(stat::cuped{.confidence = 1}(here[0], here[1], s).adjusted.p_value == 1);
  CHECK(s.code == rw::errc::out_of_range);
  stat::welch{.confidence = not_a_number}(one[0], one[1], s);
  CHECK(s.code == rw::errc::out_of_range);
}

TEST_CASE("Welch's test tells of what one group cannot use, whatever the other one holds") {
  std::vector<double> const good{1, 2, 4, 8};
  std::vector<double> const holes{1, 2, not_a_number, 4, 8, infinity};
  auto const expected = stat::welch{}(good, std::vector{0.0, 1.0, 3.0});
  rw::status s;
  auto const first = stat::welch{}(holes, std::vector{0.0, 1.0, 3.0}, s);
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 2);
  CHECK(s.found == 2);
  CHECK(first.p_value == expected.p_value);
  s = {};
  stat::welch{}(good, holes, s);
  CHECK(s.code == rw::errc::unusable_item);
  stat::welch{}(holes, std::vector{not_a_number, 1.0, 3.0}, s);
  CHECK(s.where == 2); // the first group's
  stat::welch{}(good, good, s);
  CHECK(s.ok());
  CHECK_THROWS_AS(stat::welch{}(holes, good), rw::error);
  CHECK_THROWS_AS(stat::welch{}(good, holes), rw::error);
}

TEST_CASE("quantiles") {
  stat::quantiles q;
  CHECK(std::isnan(q(0.5)));
  q.add(u);
  CHECK(q(0) == 0.5);
  CHECK(q(0.1) == about(1.14));
  CHECK(q(0.5) == 1.68);
  CHECK(q(0.9) == about(2.596));
  CHECK(q(1) == 3.06);
  CHECK(std::isnan(q(1.5)));
  CHECK(std::isnan(q(not_a_number)));
  stat::quantiles far_apart; // their difference overflows
  far_apart.add(std::vector{-1.7e308, 1.7e308});
  CHECK(far_apart(0) == -1.7e308);
  CHECK(far_apart(0.5) == 0);
  CHECK(far_apart(1) == 1.7e308);
  stat::quantiles parts, rest;
  parts.add(std::span(u).subspan(5));
  rest.add(std::span(u).first(5));
  CHECK(parts(0) == 1.3);
  parts.merge(rest);
  CHECK(parts(0.9) == q(0.9));
  support::random draw(12);
  auto many = draw.uniforms<double>(5000, -1e3, 1e3);
  stat::quantiles large;
  large.add(many);
  std::sort(many.begin(), many.end());
  for (std::size_t i = 0; i < many.size(); i += 833) {
    CHECK(large(static_cast<double>(i) / 4999) == doctest::Approx(many[i]).epsilon(1e-9));
  }
}

// scipy 1.17.1, ttest_1samp of 1, -1, 3.
TEST_CASE("differences at the ends of the range of double") {
  std::vector<double> const zero(3);
  for (double const scale : {1e200, 1e-170, 1e307, 4e-320}) {
    CAPTURE(scale);
    std::vector<double> const d{scale, -scale, 3 * scale};
    auto const t = stat::paired_t{}(d, zero);
    CHECK(t.statistic == about(0.8660254037844387));
    CHECK(t.p_value == about(0.47776703213290644));
    CHECK(t.low / scale == doctest::Approx(-3.9682754235006596).epsilon(scale < 1e-300 ? 1e-3 : 1e-12));
    CHECK(stat::permutation{}(d, zero).p_value == 0.75); // 6 of the 8 turns
    auto const resampled = stat::paired_bootstrap{.replicates = 200, .seed = 5}(d, zero);
    CHECK(resampled.p_value ==
          stat::paired_bootstrap{.replicates = 200, .seed = 5}(std::vector{1., -1., 3.}, zero).p_value);
  }
  // A difference that overflows cannot be used; the caller hears of it.
  rw::status s;
  auto const r = stat::paired_t{}(std::vector<double>{1e308, 1, 2}, std::vector<double>{-1e308, 0, 0}, {.errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 0);
  CHECK(r.pairs == 2);
}

TEST_CASE("no pairs, one pair, equal pairs, and what cannot be used") {
  std::vector<double> const none, one{1}, two{1, 2}, again{1, 2}, above{2, 3};
  auto const all = [](auto const& first, auto const& second, auto check) {
    check(stat::paired_t{}(first, second));
    check(stat::sign_test{}(first, second));
    check(stat::wilcoxon{}(first, second));
    check(stat::permutation{.replicates = 50}(first, second));
    check(stat::paired_bootstrap{.replicates = 50}(first, second));
  };
  all(none, none, [](auto const& r) {
    CHECK(r.p_value == 1);
    CHECK(r.pairs == 0);
    CHECK(r.difference == 0);
  });
  all(two, again, [](auto const& r) {
    CHECK(r.p_value == 1);
    CHECK(r.difference == 0);
  });
  CHECK(stat::paired_t{}(one, std::vector{0.0}).p_value == 1);
  CHECK(stat::paired_t{}(one, std::vector{0.0}).difference == 1);
  CHECK(stat::paired_bootstrap{.replicates = 50}(one, std::vector{0.0}).p_value == 1);
  CHECK(std::isnan(stat::paired_bootstrap{.replicates = 50}(one, std::vector{0.0}).low));
  CHECK(std::isnan(stat::bootstrap{.replicates = 50}(one).low));
  CHECK(stat::bootstrap{.replicates = 50}(one).value == 1);
  CHECK(stat::paired_t{}(above, two).statistic == infinity);
  CHECK(stat::paired_t{}(above, two).p_value == 0);
  CHECK(stat::paired_t{.side = less}(above, two).p_value == 1);
  CHECK(std::isnan(stat::t_interval{}(none).value));
  CHECK(stat::t_interval{}(one).value == 1);
  CHECK(std::isnan(stat::t_interval{}(one).low));
  CHECK(std::isnan(stat::bootstrap{}(none).value));
  CHECK(stat::welch{}(one, two).p_value == 1);
  CHECK(stat::welch{}(none, none).p_value == 1);
  CHECK(stat::welch{}(std::vector{2.0, 2.0}, std::vector{1.0, 1.0}).p_value == 0);
  CHECK(stat::cuped{}(stat::co_moments{}, stat::co_moments{}).adjusted.p_value == 1);

  rw::status s;
  std::vector<double> broken = a;
  broken[3] = not_a_number;
  std::vector<int> mask(12, 1);
  mask[3] = 0;
  auto const masked = stat::wilcoxon{}(a, b, {.mask = mask});
  CHECK(masked.pairs == 11);
  auto const r = stat::wilcoxon{}(broken, b, {.errors = s});
  CHECK(r.p_value == masked.p_value);
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 3);
  CHECK_THROWS_AS(stat::paired_t{}(broken, b), rw::error);
  CHECK(stat::paired_t{}(broken, b, {.mask = mask}).pairs == 11);
  stat::sign_test{}(a, two, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  stat::sign_test{}(a, b, {.item_weights = b, .errors = s});
  CHECK(s.code == rw::errc::unused_option);
  CHECK_THROWS_WITH(stat::t_interval{.confidence = 95}(a), "rankwise: confidence (between 0 and 1) is out of range");
  stat::bootstrap{.replicates = 0}(a, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  stat::permutation{.replicates = 0}(a, b, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
}

TEST_CASE("Welch's test and the bootstrap of numbers of any size") {
  for (double const unit : {1e-140, 1e-90, 1e-80, 1.0, 1e80, 1e100, 1e150}) {
    CAPTURE(unit);
    std::vector<double> first{1, 2, 3, 4.5, 9}, second{3, 5, 6, 8, 10};
    for (std::size_t i = 0; i < 5; ++i) {
      first[i] *= unit;
      second[i] *= unit;
    }
    auto const r = stat::welch{}(first, second); // scipy.stats.ttest_ind(..., equal_var=False)
    CHECK(r.p_value == doctest::Approx(0.214163).epsilon(1e-5));
    CHECK(r.low - r.low == 0);
  }
  std::vector<double> const large{1e308, 1.5e308, 1.2e308};
  rw::status s;
  auto const e = stat::bootstrap{.replicates = 100}(large, {.errors = s});
  CHECK(s.ok());
  CHECK(e.value == doctest::Approx(1e308 * (3.7 / 3)).epsilon(1e-14));
  CHECK((e.low >= 1e308 && e.low < e.value && e.high > e.value && e.high <= 1.5e308));
}

} // namespace tests_test
