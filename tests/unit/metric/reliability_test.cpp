#include <rankwise/label/agreement.hpp>
#include <rankwise/metric/class_probability.hpp>
#include <rankwise/metric/reliability.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace reliability_test {

// Golden values: numpy 2.4.6 by the definitions, scikit-learn 1.9.1 for the log loss of classes.
namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

double const not_a_number = std::numeric_limits<double>::quiet_NaN();

auto about(double x) {
  return doctest::Approx(x).epsilon(1e-13);
}

std::vector<double> const p{.05, .12, .18, .22, .22, .31, .39, .47, .5, .55,
                            .61, .68, .74, .8,  .83, .9,  .97, 1.,  0., .22};
std::vector<int> const y{0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0};
std::vector<double> const w{1, 2, 1, .5, 1, 1, 3, 1, 2, 1, 1, 1, .5, 1, 1, 2, 1, 1, 1, 1.};

struct golden {
  double expected, largest, reliability, resolution, uncertainty, brier, within;
};

template <class Curve>
void check(Curve const& c, golden const& right) {
  CHECK(c.expected_error() == about(right.expected));
  CHECK(c.largest_error() == about(right.largest));
  CHECK(c.reliability() == about(right.reliability));
  CHECK(c.resolution() == about(right.resolution));
  CHECK(c.uncertainty() == about(right.uncertainty));
  CHECK(c.brier() == about(right.brier));
  CHECK(c.within_bins() == doctest::Approx(right.within).epsilon(1e-10));
}

} // namespace

TEST_CASE("calibration error and the parts of Brier's score") {
  m::reliability wide(5);
  wide.add(p, y);
  check(wide.curve(), {0.101, 0.1625, 0.01293225, 0.10333333333333333, 0.2475, 0.1569, -0.00019891666666665975});
  m::reliability wide_weighted(5);
  wide_weighted.add(p, y, {.item_weights = w});
  check(wide_weighted.curve(), {0.0975, 0.1584615384615385, 0.0120723076923077, 0.11430956196581196, 0.2495659722222222,
                                0.15244166666666667, 0.005112948717948762});
  m::equal_mass_reliability mass(4);
  mass.add(p, y);
  check(mass.curve(),
        {0.087, 0.1414285714285714, 0.010046380952380947, 0.08273809523809525, 0.2475, 0.1569, -0.017908285714285682});
  CHECK(mass.curve().bins()[0].weight == 7); // ties at .22 share a bin
  m::equal_mass_reliability mass_weighted(4);
  mass_weighted.add(p, y, {.item_weights = w});
  check(mass_weighted.curve(), {0.135, 0.19, 0.019175328282828294, 0.09830334595959594, 0.2495659722222222,
                                0.15244166666666667, -0.017996287878787876});
  CHECK(m::expected_calibration_error{.bins = 5}(p, y) == about(0.101));
  CHECK(m::equal_mass_calibration_error{.bins = 4}(p, y, {.item_weights = w}) == about(0.135));
  CHECK(wide.curve().bins()[4].weight == 5); // 1 itself is in the last bin, .8 too
}

TEST_CASE("bins of equal weight: floor(B q) of whole numbers is exact, 29 of 100 are bin 29 of 100") {
  for (std::size_t const count : {100u, 50u, 25u, 20u, 10u, 4u, 1u}) {
    CAPTURE(count);
    m::equal_mass_reliability mass(count);
    std::vector<double> q;
    for (int i = 0; i < 100; ++i) {
      q.push_back((i + 0.5) / 100);
    }
    mass.add(q, std::vector<int>(100, 1));
    auto const curve = mass.curve();
    for (std::size_t b = 0; b < count; ++b) {
      CAPTURE(b);
      CHECK(curve.bins()[b].weight == 100.0 / static_cast<double>(count));
    }
  }
}

TEST_CASE("one bin for every prediction: nothing is left within bins") {
  support::random draw(3);
  std::vector<double> q;
  for (int i = 0; i < 500; ++i) {
    q.push_back((static_cast<double>(draw.below(10)) + 0.5) / 10);
  }
  auto const label = draw.grades<double>(500, 2);
  m::reliability r(10);
  r.add(q, label);
  CHECK(std::abs(r.curve().within_bins()) < 1e-15);
  CHECK(r.curve().brier() == about(r.curve().reliability() - r.curve().resolution() + r.curve().uncertainty()));
  // Labels between 0 and 1, too.
  auto const soft = draw.uniforms<double>(500, 0, 1);
  m::reliability s(10);
  s.add(q, soft);
  CHECK(std::abs(s.curve().within_bins()) < 1e-14);
}

TEST_CASE("calibration in parts: the same bits") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    support::random draw(seed);
    std::size_t const n = 700 + draw.below(500);
    auto const q = draw.uniforms<float>(n, 0, 1);
    auto const label = draw.grades<float>(n, 2);
    auto const weight = draw.uniforms<float>(n, 0, 2);
    m::reliability whole(15), one(15), two(15);
    m::equal_mass_reliability mass(7), first(7), second(7);
    whole.add(q, label, {.item_weights = weight});
    mass.add(q, label, {.item_weights = weight});
    std::size_t const cut = draw.below(n);
    auto const head = [&](auto const& c) { return std::span(c).first(cut); };
    auto const tail = [&](auto const& c) { return std::span(c).subspan(cut); };
    one.add(tail(q), tail(label), {.item_weights = tail(weight)});
    two.add(head(q), head(label), {.item_weights = head(weight)});
    one.merge(two);
    CHECK(one.value() == whole.value());
    CHECK(one.curve().within_bins() == whole.curve().within_bins());
    first.add(tail(q), tail(label), {.item_weights = tail(weight)});
    second.add(head(q), head(label), {.item_weights = head(weight)});
    first.merge(second);
    CHECK(first.value() == mass.value());
  }
}

TEST_CASE("probabilities of grades") {
  // dlordinal: losses/tests/test_emd_loss.py, metrics/tests/test_metrics.py
  std::vector<double> const rows{.2, .4, .2, .2, .7, .1, .1, .1, .5, .05, .1, .35, .1, .05, .65, .2};
  std::vector<int> const grade{0, 0, 3, 2};
  std::vector<double> const weight{1, 2, .5, 3};
  auto const matrix = rw::row_major(rows, 4);
  CHECK(m::ranked_probability_score{}(matrix, grade) == about(0.506875));
  CHECK(m::ranked_probability_score{.normalised = true}(matrix, grade) == about(0.506875 / 3));
  CHECK(m::ranked_probability_score{}(matrix, grade, {.item_weights = weight}) == about(0.28076923076923077));
  CHECK(m::class_log_loss{}(matrix, grade) == about(0.8616794742409912));
  CHECK(m::class_log_loss{}(matrix, grade, {.item_weights = weight}) == about(0.6369304016674258));
  CHECK(m::class_brier{}(matrix, grade) == about(0.465));
  CHECK(m::class_brier{}(matrix, grade, {.item_weights = weight}) == about(0.3057692307692308));
  // Columns instead of rows; float; in parts.
  std::vector<float> turned(16);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      turned[k * 4 + i] = static_cast<float>(rows[i * 4 + k]);
    }
  }
  CHECK(m::class_brier{}(rw::column_major(turned.data(), 4, 4), grade) == doctest::Approx(0.465).epsilon(1e-6));
  auto one = m::ranked_probability_score{}.accumulator();
  auto two = m::ranked_probability_score{}.accumulator();
  one.add(rw::row_major(rows.data() + 8, 2, 4), std::span(grade).subspan(2));
  two.add(rw::row_major(rows.data(), 2, 4), std::span(grade).first(2));
  one.merge(two);
  CHECK(one.value() == m::ranked_probability_score{}(matrix, grade));
  // Two grades: Brier's score of the upper one, and certainty costs nothing.
  CHECK(m::ranked_probability_score{}(rw::row_major(std::vector{.3, .7}.data(), 1, 2), std::vector{1}) == about(0.09));
  CHECK(m::ranked_probability_score{}(rw::row_major(std::vector{0., 1., 0.}.data(), 1, 3), std::vector{1}) == 0);
  CHECK(m::class_log_loss{}(rw::row_major(std::vector{1., 0.}.data(), 1, 2), std::vector{1}) ==
        about(-std::log(0x1p-52)));
}

// numpy 2.4.6
TEST_CASE("distances between grades") {
  std::vector<int> const human{0, 0, 1, 2, 2, 2, 1, 0};
  std::vector<int> const model{0, 1, 1, 0, 2, 1, 2, 0};
  rw::label::agreement a(4); // nobody gave the fourth grade
  a.add(model, human);
  CHECK(a.mean_error() == about(0.625));
  CHECK(a.average_error() == about(0.611111111111111));
  CHECK(a.worst_error() == 1);
  rw::label::agreement const none(3);
  CHECK(none.mean_error() == 0);
  CHECK(none.average_error() == 0);
  CHECK(none.worst_error() == 0);
}

TEST_CASE("nothing, and what cannot be used") {
  m::reliability none(5);
  CHECK(std::isnan(none.value()));
  CHECK(std::isnan(none.curve().largest_error()));
  CHECK(std::isnan(none.curve().brier()));
  CHECK(std::isnan(none.curve().within_bins()));
  CHECK(none.curve().bins().size() == 5);
  CHECK(std::isnan(m::equal_mass_reliability(5).value()));
  std::vector<double> const empty;
  CHECK(std::isnan(m::class_brier{}(rw::row_major(empty.data(), 0, 3), std::vector<int>{})));
  CHECK(m::reliability(0).curve().bins().size() == 1);

  rw::status s;
  m::reliability r(2);
  r.add(std::vector{.2, 1.2, -.1, not_a_number, .7, .7}, std::vector<double>{0, 0, 0, 0, 3, -1}, {.errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 1);
  CHECK(s.found == 5);
  CHECK(r.value() == about(0.2));
  CHECK_THROWS_AS(r.add(std::vector{2.0}, std::vector{1}), rw::error);
  r.add(p, empty, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  m::reliability other(3);
  other.add(p, y);
  r.merge(other, s);
  CHECK(s.code == rw::errc::bad_format);
  CHECK(r.value() == about(0.2));

  std::vector<double> const rows{.5, .5, .5, .6, .5, .5, 1.5, -.5, .5, not_a_number, .5, .5, .4, .6};
  std::vector<double> const grade{0, 0, 2, 0, 0, 0.5, 1};
  auto state = m::class_brier{}.accumulator();
  state.add(rw::row_major(rows, 2), grade, {.errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 1);
  CHECK(s.found == 5);
  CHECK(state.weight() == 2);
  CHECK(state.value() == about((0.5 + 0.32) / 2));
  m::class_brier{}(rw::row_major(rows, 2), empty, {.errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("many items at once or one at a time: the same bits, with weights and with a mask") {
  constexpr std::size_t n = 5000;
  support::random draw(9);
  auto q = draw.uniforms<double>(n, 0, 1);
  for (std::size_t i = 0; i < n; i += 3) { // edges of bins, and their neighbours
    double const edge = static_cast<double>(i % 31) / 30;
    q[i] = i % 2 == 0 ? edge : std::nextafter(edge, 0);
  }
  auto const label = draw.uniforms<double>(n, 0, 1);
  auto const weight = draw.uniforms<double>(n, 0, 2);
  auto const mask = draw.grades<int>(n, 2);
  std::vector<double> const ones(n, 1);
  auto const check = [&](std::size_t bins, auto const& options_of) {
    CAPTURE(bins);
    m::reliability whole(bins), single(bins);
    rw::options all;
    options_of(all, 0, n);
    whole.add(q, label, all);
    for (std::size_t i = 0; i < n; ++i) {
      rw::options one;
      options_of(one, i, 1);
      single.add(std::span(q).subspan(i, 1), std::span(label).subspan(i, 1), one);
    }
    CHECK(rw::to_bytes(whole) == rw::to_bytes(single));
  };
  for (std::size_t const bins : {1u, 10u, 30u, 78u, 79u, 400u}) { // 79: too few items for each
    check(bins, [&](rw::options&, std::size_t, std::size_t) {});
    check(bins, [&](rw::options& o, std::size_t at, std::size_t count) {
      o.item_weights = rw::column<double const>{weight.data() + at, count};
    });
    check(bins, [&](rw::options& o, std::size_t at, std::size_t count) {
      o.mask = rw::column<int const>{mask.data() + at, count};
    });
    check(bins, [&](rw::options& o, std::size_t at, std::size_t count) {
      o.item_weights = rw::column<double const>{weight.data() + at, count};
      o.mask = rw::column<int const>{mask.data() + at, count};
    });
  }
  m::reliability weighed(30), plain(30);
  weighed.add(q, label, {.item_weights = ones});
  plain.add(q, label);
  CHECK(rw::to_bytes(weighed) == rw::to_bytes(plain));
}

TEST_CASE("reliability: bin k begins at the number k / B and ends before (k + 1) / B") {
  for (std::size_t const bins : {3u, 6u, 7u, 10u, 12u, 20u, 50u, 100u, 1000u}) {
    CAPTURE(bins);
    for (std::size_t k = 1; k < bins; k += bins < 200 ? 1 : 7) {
      double const edge = static_cast<double>(k) / static_cast<double>(bins);
      CAPTURE(edge);
      m::reliability first(bins), last(bins);
      first.add(std::vector<double>{edge}, std::vector<int>{1});
      last.add(std::vector<double>{std::nextafter(edge, 0)}, std::vector<int>{1});
      CHECK(first.curve().bins()[k].weight == 1);
      CHECK(last.curve().bins()[k - 1].weight == 1);
    }
  }
}

} // namespace reliability_test
