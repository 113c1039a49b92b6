#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/loss/unique_softmax.hpp>

#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

namespace softmax_variants_test {

namespace rw = rankwise;

namespace {

template <class Loss>
void check_all(Loss const& loss) {
  support::check_derivatives(loss, support::true_hessian);
  support::check_masks<false>(loss); // float: the values of other libraries below, and the laws of losses
  support::check_hostile(loss);
}

} // namespace

TEST_CASE("targets: values of other libraries") {
  support::check_golden(rw::loss::normalised_softmax{}, support::tfr_lists(), {1.4076059644443806, 0.1269280110429727});
  // ASMOL's plain form: both positives against everybody.
  support::check_golden(rw::loss::softmax{}, {{{2, 1, 0.5, -0.3, -1}, {1, 1, 0, 0, 0}}}, {2.10898309237});
}

TEST_CASE("listnet: the labels' softmax is the target") {
  // -sum softmax(y)_i log softmax(s)_i by hand
  std::vector<double> const s{0.3, -1, 2};
  std::vector<double> const y{1, 0, 3};
  double total_s = 0;
  double total_y = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    total_s += std::exp(s[i]);
    total_y += std::exp(y[i] / 2);
  }
  double expected = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    expected -= std::exp(y[i] / 2) / total_y * (s[i] - std::log(total_s));
  }
  rw::loss::listnet const loss{.targets = {.temperature = 2}};
  CHECK(support::value_of(loss, s, y) == doctest::Approx(expected).epsilon(1e-13));
  check_all(loss);
}

TEST_CASE("normalised targets") {
  check_all(rw::loss::normalised_softmax{});
}

TEST_CASE("poly1_softmax") {
  // PolyLoss: cross-entropy plus epsilon (1 - p) for one relevant item
  std::vector<double> const s{1, 2, 0.5};
  std::vector<double> const y{0, 1, 0};
  double const p = std::exp(2) / (std::exp(1) + std::exp(2) + std::exp(0.5));
  CHECK(support::value_of(rw::loss::poly1_softmax{.epsilon = 2}, s, y) ==
        doctest::Approx(-std::log(p) + 2 * (1 - p)).epsilon(1e-13));
  check_all(rw::loss::poly1_softmax{.epsilon = 0.7, .temperature = 1.3});
}

TEST_CASE("calibrated_softmax: a virtual item of score 0") {
  std::vector<double> const s{1, 2, 0.5};
  std::vector<double> const y{0, 1, 2};
  std::vector<double> const with{1, 2, 0.5, 0};
  std::vector<double> const with_y{0, 1, 2, 0.3};
  double const expected = support::value_of(rw::loss::softmax{}, with, with_y);
  rw::loss::calibrated_softmax const loss{.anchor = 0.3};
  CHECK(support::value_of(loss, s, y) == doctest::Approx(expected).epsilon(1e-13));
  // far from 0 the long way has the same value
  std::vector<double> const far{101, 102, 100.5};
  std::vector<double> const far_with{101, 102, 100.5, 0};
  CHECK(support::value_of(loss, far, y) ==
        doctest::Approx(support::value_of(rw::loss::softmax{}, far_with, with_y)).epsilon(1e-13));
  check_all(loss);
}

TEST_CASE("info_nce: the value of LREM's example") {
  // S = [[.9,.2,.1],[.3,.8,.4],[.2,.5,.6]], tau .05, the diagonal is positive; the mean over queries
  std::vector<double> const s{0.9, 0.2, 0.1, 0.3, 0.8, 0.4, 0.2, 0.5, 0.6};
  std::vector<double> const y{1, 0, 0, 0, 1, 0, 0, 0, 1};
  std::vector<double> const third(3, 1.0 / 3);
  std::vector<double> g(9);
  rw::loss::info_nce const loss{};
  CHECK(support::value_of(loss, s, y, 3, g, {.list_weights = third}) == doctest::Approx(0.0425350587).epsilon(1e-9));
  // Two rollouts per query that are alike: the same mean.
  std::vector<double> twice(s);
  std::vector<double> twice_y(y);
  twice.insert(twice.end(), s.begin(), s.end());
  twice_y.insert(twice_y.end(), y.begin(), y.end());
  std::vector<double> const sixth(6, 1.0 / 6);
  g.resize(18);
  CHECK(support::value_of(loss, twice, twice_y, 3, g, {.list_weights = sixth}) ==
        doctest::Approx(0.0425350587).epsilon(1e-9));
  check_all(rw::loss::info_nce{.temperature = 0.6});
}

TEST_CASE("multi_positive: positives do not compete") {
  support::check_golden(rw::loss::multi_positive{}, {{{2, 1, 0.5, -0.3, -1}, {1, 1, 0, 0, 0}}}, {1.01744661804});
  // log1p in Python; the second list is too wide to be taken at once
  support::golden_list close{{}, {}};
  support::golden_list wide{{}, {}};
  for (int i = 0; i < 37; ++i) {
    close.scores.push_back(0.25 * ((7 * i * i + 3 * i) % 41 - 20));
    wide.scores.push_back(16 * close.scores.back());
    close.labels.push_back((5 * i + i * i / 3) % 4);
  }
  wide.labels = close.labels;
  support::check_golden(rw::loss::multi_positive{}, {close, wide}, {256.296936091129, 3604.7678079339858});
  // nobody to compete with, and nobody relevant
  std::vector<double> const s{1, 2};
  std::vector<double> g(2, 9);
  CHECK(support::value_of(rw::loss::multi_positive{}, s, {1, 1}, 2, g) == 0);
  CHECK(g == std::vector<double>{0, 0});
  CHECK(support::value_of(rw::loss::multi_positive{}, s, {0, 0}, 2, g) == 0);
  CHECK(g == std::vector<double>{0, 0});
  check_all(rw::loss::multi_positive{.temperature = 0.8});
}

TEST_CASE("multi_positive: lists at once and with a mask, near 0 and far away, have one value") {
  support::problem<double> const p(21, 12, 90);
  rw::loss::multi_positive const loss{.temperature = 0.7};
  support::loss_run<rw::loss::multi_positive> run{loss, {}, {}};
  auto const data = loss.prepare(p.labels, p.lists(), p.options(3));
  double const value = run(p.scores, data);
  auto const g = run.gradient;
  auto const h = run.hessian;
  auto const same = [&](double found, double tolerance, double sign = 1) {
    CHECK(support::near(found, sign * value, tolerance));
    for (std::size_t i = 0; i < p.items(); ++i) {
      CAPTURE(i);
      CHECK(support::near(run.gradient[i], sign * g[i], tolerance));
      CHECK(support::near(run.hessian[i], sign * h[i], tolerance));
    }
  };
  auto negated = p; // weights of debiased clicks may be below 0
  for (double& w : negated.item_weights) {
    w = -w;
  }
  same(run(p.scores, loss.prepare(p.labels, p.lists(), negated.options(3))), 1e-12, -1);
  auto masked = p;
  masked.mask.assign(p.items(), 1);
  same(run(p.scores, loss.prepare(p.labels, p.lists(), masked.options(7))), 1e-12);
  for (double const shift : {1e4, -1e4}) {
    CAPTURE(shift);
    auto moved = p.scores;
    for (double& s : moved) {
      s += shift;
    }
    same(run(moved, data), 1e-10);
  }
  // the definition
  for (std::size_t l = 0; l < p.size(); ++l) {
    double negatives = 0;
    double expected = 0;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      negatives += p.labels[i] > 0 ? 0 : std::exp(p.scores[i] / 0.7);
    }
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      expected += p.labels[i] * p.item_weights[i] * std::log1p(negatives * std::exp(-p.scores[i] / 0.7));
    }
    std::vector<double> per_list(p.size());
    run(p.scores, data, {.per_list = per_list});
    CHECK(per_list[l] == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("multi_positive: one logarithm for positives of one weight is the sum of theirs") {
  support::loss_run<rw::loss::multi_positive> run{{.temperature = 0.6}, {}, {}};
  support::random r{5};
  for (int const size : {1, 3, 16, 17, 40, 700}) {
    auto const n = static_cast<std::size_t>(size);
    for (double const target : {1.0, 0.25, -0.5}) { // -0.5: the label 1 and a weight below 0
      CAPTURE(size);
      CAPTURE(target);
      std::vector<double> const s = r.uniforms<double>(n, -9, 9);
      std::vector<double> y(n);
      std::vector<double> const w(n, target);
      double others = 0;
      for (std::size_t i = 0; i < n; ++i) {
        y[i] = i % 3 == 1 ? 1 : -1;
        others += y[i] > 0 ? 0 : std::exp(s[i] / 0.6);
      }
      std::vector<int> const offsets{0, size};
      auto const lists = rw::lists(offsets);
      double const value = run(s, run.loss.prepare(y, lists, {.item_weights = w}));
      double expected = 0;
      double pull = 0;
      double bend = 0;
      for (std::size_t i = 0; i < n; ++i) {
        if (y[i] > 0) {
          double const u = others * std::exp(-s[i] / 0.6);
          expected += target * std::log1p(u);
          pull += target * u / (1 + u);
          bend += target * u / ((1 + u) * (1 + u));
        }
      }
      CHECK(value == doctest::Approx(expected).epsilon(1e-12));
      for (std::size_t i = 0; i < n; ++i) {
        CAPTURE(i);
        double const u = others * std::exp(-s[i] / 0.6);
        double const p = std::exp(s[i] / 0.6) / others;
        double const g = y[i] > 0 ? -target * u / (1 + u) : pull * p;
        double const h = y[i] > 0 ? target * u / ((1 + u) * (1 + u)) : p * (pull - (pull - bend) * p);
        CHECK(support::near(run.gradient[i], g / 0.6, 1e-12));
        CHECK(support::near(run.hessian[i], h / 0.36, 1e-12));
      }
      // Weights that differ by nothing that counts go the other way.
      auto almost = w;
      almost[n > 1 ? 1 : 0] *= 1 + 1e-15;
      CHECK(support::near(run(s, run.loss.prepare(y, lists, {.item_weights = almost})), value, 1e-12));
    }
  }
}

TEST_CASE("multi_positive: float, labels near the largest number, values without derivatives, NaN") {
  double const u = std::exp(13.0);
  double const v = std::exp(-3) + std::exp(-2);
  support::check_golden(rw::loss::multi_positive{},
                        {{{-13, 0}, {1e33, 0}}, {{-13, 0, -13}, {1e33, 0, 1}}, {{3, 0, 1}, {1, 0, -7}}},
                        {1e33 * std::log1p(u), 1e33 * std::log1p(u), std::log1p(v)});
  // A NaN is seen whoever has it, also where nobody asks for derivatives.
  for (double const second : {1.0, 2.0}) {
    std::vector<double> const y{1, second, 0};
    std::vector<int> const offsets{0, 3};
    auto const data = rw::loss::multi_positive{}.prepare(y, rw::lists(offsets));
    std::vector<double> s{1, 2, 3};
    CHECK(rw::loss::multi_positive{}.value(s, data) ==
          doctest::Approx(std::log1p(std::exp(2)) + second * std::log1p(std::exp(1))).epsilon(1e-13));
    for (std::size_t i = 0; i < 3; ++i) {
      CAPTURE(i);
      std::vector<double> out = s;
      out[i] = std::nan("");
      rw::status told;
      CHECK(rw::loss::multi_positive{}.value(out, data, {.errors = told}) == 0);
      CHECK(told.code == rw::errc::not_finite);
    }
  }
}

TEST_CASE("multi_positive: float at once, scores close and far apart, against double with a mask") {
  support::random r{17};
  constexpr std::size_t length = 70;
  constexpr std::size_t lists = 20;
  auto const shape = rw::lists<std::size_t>::uniform(lists, length);
  for (double const width : {0.5, 4.0, 20.0, 60.0, 200.0}) {
    for (int const grades : {1, 4}) {
      CAPTURE(width);
      CAPTURE(grades);
      std::vector<double> s = r.uniforms<double>(lists * length, -width, width);
      std::vector<double> y(s.size());
      for (std::size_t i = 0; i < s.size(); ++i) {
        s[i] = static_cast<float>(s[i]);
        bool const all = i < length; // the first list has nobody else
        y[i] = all || i % 4 == 1 ? 1 + static_cast<double>(i % static_cast<std::size_t>(grades)) : -1;
      }
      std::vector<float> const single(s.begin(), s.end());
      std::vector<unsigned char> const mask(s.size(), 1);
      std::vector<double> expected(lists), g(s.size()), h(s.size());
      rw::loss::multi_positive const loss{};
      rw::workspace memory;
      loss.gradient(s, loss.prepare<double>(y, shape, {.mask = mask}), g, h, memory, {.per_list = expected});
      auto const data = loss.prepare<float>(y, shape);
      auto const check = [&](auto executor) {
        std::vector<double> value(lists);
        std::vector<float> gf(s.size()), hf(s.size());
        loss.gradient(executor, single, data, gf, hf, memory, {.per_list = value});
        CHECK(value[0] == 0);
        for (std::size_t l = 1; l < lists; ++l) {
          CHECK(support::near(value[l], expected[l], 1e-4, 1e-20)); // small values, too
        }
        for (std::size_t i = 0; i < s.size(); ++i) {
          CHECK(support::near(gf[i], g[i], 1e-5));
          CHECK(support::near(hf[i], h[i], 1e-5));
        }
      };
      check(rw::exec::simd{});
      check(rw::exec::scalar{});
    }
  }
}

TEST_CASE("xendcg: targets are 2^y less a drawn number, another one in every round") {
  rw::loss::xendcg const loss{.seed = 5, .round = 2};
  support::check_derivatives(loss, support::true_hessian);
  support::check_hostile(loss);
  std::vector<double> const s{0.2, 1, -1};
  std::vector<double> const y{2, 0, 1};
  double total = 0;
  double expected = 0;
  double mass = 0;
  for (double const x : s) {
    total += std::exp(x);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    double const t = std::exp2(y[i]) - rw::random_uniform(5, i, 2);
    mass += t;
    expected -= t * (s[i] - std::log(total));
  }
  CHECK(support::value_of(loss, s, y) == doctest::Approx(expected / mass).epsilon(1e-13));
  CHECK(support::value_of(loss, s, y) == support::value_of(loss, s, y));
  CHECK(support::value_of(loss, s, y) != support::value_of(rw::loss::xendcg{.seed = 5, .round = 3}, s, y));
}

TEST_CASE("parameters out of range are reported, and nothing is written") {
  std::vector<double> const s{1, 2};
  std::vector<double> const y{1, 0};
  std::vector<double> g(2, 9);
  auto const fails = [&](auto const& loss) {
    rw::status told;
    CHECK(std::isnan(support::value_of(loss, s, y, 2, g, {.errors = told}, {.errors = told})));
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(g == std::vector<double>{9, 9});
  };
  fails(rw::loss::softmax{.temperature = 0});
  fails(rw::loss::softmax{.ridge = -1});
  fails(rw::loss::listnet{.targets = {.temperature = -1}});
  fails(rw::loss::poly1_softmax{.epsilon = std::nan("")});
  fails(rw::loss::calibrated_softmax{.anchor = -1});
  fails(rw::loss::info_nce{.temperature = 0});
  fails(rw::loss::multi_positive{.temperature = -2});
}

TEST_CASE("an item that is out by the lowest number of its type costs nothing, whatever the temperature") {
  // log(1 + e^(-0.7 / 0.05) + e^(-0.3 / 0.05)): the last item is nobody.
  std::vector<float> const s{0.9f, 0.2f, 0.6f, std::numeric_limits<float>::lowest()}, y{1, 0, 0, 0};
  double const expected = std::log1p(std::exp(-0.7 / 0.05) + std::exp(-0.3 / 0.05));
  auto const one = rw::lists<>::single(4);
  auto const check = [&](auto const& loss) {
    std::vector<float> g(4, 9.0f);
    CHECK(loss.gradient(s, y, one, g) == doctest::Approx(expected).epsilon(1e-5));
    CHECK(g[0] < 0);
    CHECK(g[2] > 0);
    CHECK(g[3] == 0);
  };
  check(rw::loss::info_nce{.temperature = 0.05});
  check(rw::loss::softmax{.temperature = 0.05});
  check(rw::loss::multi_positive{.temperature = 0.05});
  // Where it has a target the loss is beyond all numbers, and the list is reported.
  std::vector<float> const wanted{1, 0, 0, 1};
  std::vector<float> g(4, 9.0f);
  rw::status status;
  rw::loss::softmax{.temperature = 0.05}.gradient(s, wanted, one, g, {.errors = status});
  CHECK(status.code == rw::errc::not_finite);
  CHECK(g == std::vector<float>(4));
}

namespace {

// Bit by bit: `value` has no derivatives to take care of, and yet goes the same way.
template <class Loss>
void check_same_value(Loss const& loss) {
  auto const check = [&](auto const& s, auto const& y, std::vector<int> const& offsets) {
    using column = std::remove_cvref_t<decltype(s)>;
    column g(s.size()), h(s.size());
    rw::workspace memory;
    std::vector<double> of_value(offsets.size() - 1), of_gradient(of_value.size());
    loss.value(s, loss.prepare(y, rw::lists(offsets)), memory, {.per_list = of_value});
    loss.gradient(s, loss.prepare(y, rw::lists(offsets)), g, memory, {.per_list = of_gradient});
    CHECK(of_value == of_gradient);
    loss.gradient(s, loss.prepare(y, rw::lists(offsets)), g, h, memory, {.per_list = of_gradient});
    CHECK(of_value == of_gradient);
  };
  check(std::vector<float>{-15.5f, 15.9f}, std::vector<float>{1, 0}, {0, 2});
  for (float const spread : {1.0f, 5.0f, 16.0f, 40.0f, 1000.0f}) {
    CAPTURE(spread);
    support::problem<double> const p(17, 60, 40);
    std::vector<float> s(p.items()), y(p.items()), clicks(p.items());
    for (std::size_t i = 0; i < s.size(); ++i) {
      s[i] = static_cast<float>(p.scores[i]) * spread / 3;
      y[i] = static_cast<float>(p.labels[i]);
      clicks[i] = i % 7 == 0 ? 1.0f : 0.0f;
    }
    check(s, y, p.offsets);
    check(s, clicks, p.offsets);
    std::vector<double> const s2(s.begin(), s.end()), y2(y.begin(), y.end());
    check(s2, y2, p.offsets);
  }
}

} // namespace

TEST_CASE("losses of lists: value and gradient have the same value, whatever the scores") {
  check_same_value(rw::loss::multi_positive{});
  check_same_value(rw::loss::multi_positive{.temperature = 0.3});
  check_same_value(rw::loss::softmax{});
  check_same_value(rw::loss::normalised_softmax{});
  check_same_value(rw::loss::listnet{});
  check_same_value(rw::loss::poly1_softmax{});
  check_same_value(rw::loss::calibrated_softmax{});
  check_same_value(rw::loss::xendcg{});
  check_same_value(rw::loss::info_nce{.temperature = 0.5});
  check_same_value(rw::loss::list_mle{});
  check_same_value(rw::loss::p_list_mle{});
  check_same_value(rw::loss::unique_softmax{});
  check_same_value(rw::loss::pro{});
}

} // namespace softmax_variants_test
