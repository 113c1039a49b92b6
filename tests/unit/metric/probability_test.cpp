#include <rankwise/metric/probability.hpp>
#include <rankwise/metric/regression.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/executors.hpp"
#include "support/random.hpp"

#if __has_include(<tbb/parallel_for.h>)
#include <rankwise/backend/parallel.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <thread>
#include <vector>

namespace probability_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

std::vector<double> const p{.1, .9, .65, .3, .55, .999, 0., .42};
std::vector<int> const y{0, 1, 1, 0, 0, 1, 0, 1};
std::vector<double> const w{1, 2, .5, 1, 3, .25, 1, 1.5};
double const not_a_number = std::numeric_limits<double>::quiet_NaN();

auto about(double x) {
  return doctest::Approx(x).epsilon(1e-14);
}

} // namespace

// scikit-learn 1.9.1: log_loss, brier_score_loss, mean_absolute_error, root_mean_squared_error; numpy for the rest.
TEST_CASE("measures of items have the values of scikit-learn") {
  CHECK(m::log_loss{}(p, y) == about(0.3331484569503647));
  CHECK(m::log_loss{}(p, y, {.item_weights = w}) == about(0.4473338550489995));
  CHECK(m::log_loss{}(std::vector{0., 1.}, std::vector{1, 0}) == about(36.04365338911715)); // both as wrong as can be
  CHECK(m::brier{}(p, y) == about(0.108925125));
  CHECK(m::brier{}(p, y, {.item_weights = w}) == about(0.1554488048780488));
  CHECK(m::mean_absolute_error{}(p, y) == about(0.247625));
  CHECK(m::mean_absolute_error{}(p, y, {.item_weights = w}) == about(0.3214878048780488));
  CHECK(m::root_mean_squared_error{}(p, y) == about(0.3300380659863344));
  CHECK(m::root_mean_squared_error{}(p, y, {.item_weights = w}) == about(0.39426996446349905));
  CHECK(m::mean_squared_error{}(p, y) == about(0.108925125));
  CHECK(m::bias{}(p, y, {.item_weights = w}) == about(0.07851219512195122));
  CHECK(m::normalised_entropy{}(p, y, {.item_weights = w}) == about(0.6592973866411505));
  CHECK(m::calibration_ratio{}(p, y, {.item_weights = w}) == about(1.1893529411764707));
  // The base rate itself has a normalised entropy of 1.
  CHECK(m::normalised_entropy{}(std::vector<double>(8, 0.5), y) == about(1));
  std::vector<double> z;
  for (double const x : {.1, .9, .65, .3, .55, .999, 1e-300, .42}) {
    z.push_back(std::log(x) - std::log1p(-x));
  }
  CHECK(m::logit_loss{}(z, y) == doctest::Approx(0.3331484569503647).epsilon(1e-13));
  CHECK(m::logit_loss{}(std::vector{-2000.0}, std::vector{1}) == 2000); // nothing is clipped
}

TEST_CASE("every executor has the same value up to rounding, parts have the same bits as the whole") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    support::random draw(seed);
    std::size_t const n = 3000 + draw.below(500);
    auto scores = draw.uniforms<float>(n, 0, 1);
    auto labels = draw.grades<float>(n, 2);
    auto weights = draw.uniforms<float>(n, 0, 4);
    m::accumulator<m::normalised_entropy> whole;
    CHECK(support::allocations_of([&] { whole.add(scores, labels, {.item_weights = weights}); }) == 0);
    support::for_each_executor([&](auto executor) {
      m::basic_accumulator<m::normalised_entropy, decltype(executor)> other;
      other.add(scores, labels, {.item_weights = weights});
      CHECK(other.value() == about(whole.value()));
    });
    CHECK(m::normalised_entropy{}(rw::exec::simd{}, scores, labels, {.item_weights = weights}) == whole.value());
    // Items shuffled and dealt to four threads.
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) {
      order[i] = i;
    }
    draw.shuffle(order);
    std::vector<float> s(n), t(n), v(n);
    for (std::size_t i = 0; i < n; ++i) {
      s[i] = scores[order[i]];
      t[i] = labels[order[i]];
      v[i] = weights[order[i]];
    }
    std::vector<m::accumulator<m::normalised_entropy>> part(4);
    std::vector<std::thread> threads;
    std::vector<std::size_t> const cut{0, draw.below(n / 2), n / 2, n / 2 + draw.below(n / 2), n};
    for (std::size_t k = 0; k < 4; ++k) {
      threads.emplace_back([&, k] {
        auto const piece = [&](std::vector<float> const& c) {
          return std::span(c).subspan(cut[k], cut[k + 1] - cut[k]);
        };
        part[k].add(piece(s), piece(t), {.item_weights = piece(v)});
      });
    }
    for (std::thread& t4 : threads) {
      t4.join();
    }
    for (std::size_t k = 4; k-- > 1;) {
      part[0].merge(part[k]);
    }
    CHECK(part[0].value() == whole.value());
    CHECK(part[0].weight() == whole.weight());
    CHECK(part[0].count() == whole.count());
  }
}

#if __has_include(<tbb/parallel_for.h>)
TEST_CASE("exec::parallel, any number of threads: the same bits, the same report") {
  support::random draw(4);
  std::size_t const n = 400000; // more than one share for every thread
  auto scores = draw.uniforms<float>(n, 0, 1);
  auto const labels = draw.grades<float>(n, 2);
  double const one = m::log_loss{}(scores, labels);
  for (int const threads : {1, 2, 5}) {
    CAPTURE(threads);
    CHECK(m::log_loss{}(rw::exec::parallel{.threads = threads}, scores, labels) == one);
  }
  scores[399990] = 2;
  scores[70000] = -1;
  rw::status s;
  m::accumulator<m::log_loss> state;
  state.add(rw::exec::parallel{.threads = 3}, scores, labels, {.errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 70000);
  CHECK(s.found == 2);
  CHECK(state.count() == n - 2);
  CHECK(state.left_out() == 2);
}
#endif

TEST_CASE("nothing, one class, and what cannot be used") {
  std::vector<double> const none;
  CHECK(std::isnan(m::log_loss{}(none, none)));
  CHECK(std::isnan(m::mean_absolute_error{}(none, none)));
  CHECK(std::isnan(m::normalised_entropy{}(std::vector{.2, .4}, std::vector{1, 1})));
  CHECK(std::isnan(m::normalised_entropy{}(std::vector{.2, .4}, std::vector{0, 0})));
  CHECK(std::isnan(m::calibration_ratio{}(std::vector{.2, .4}, std::vector{0, 0})));
  CHECK(m::log_loss{}(std::vector{.25, not_a_number}, std::vector{0, 1}, {.mask = std::vector{1, 0}}) ==
        about(-std::log(0.75)));
  CHECK(std::isnan(m::brier{}(p, y, {.item_weights = std::vector<double>(8, 0)})));

  rw::status s;
  // NaN; no probability; a label that is none; a negative weight; and one good item
  std::vector<double> const bad{not_a_number, 1.5, -0.1, .5, .5, .25};
  std::vector<double> const label{0, 1, 1, 2, 1, 0};
  std::vector<double> const weight{1, 1, 1, 1, -1, 1};
  CHECK(m::log_loss{}(bad, label, {.item_weights = weight, .errors = s}) == about(-std::log(0.75)));
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 0);
  CHECK(s.found == 5);
  m::accumulator<m::brier> state;
  state.add(bad, label, {.item_weights = weight, .errors = s});
  CHECK(state.count() == 1);
  CHECK(state.left_out() == 5);
  CHECK(s.found == 5);
  CHECK_THROWS_AS(m::brier{}(bad, label), rw::error);
  CHECK(std::isnan(m::brier{}(bad, none, {.errors = s})));
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(std::isnan(m::brier{}(p, y, {.item_weights = std::vector{1}, .errors = s})));
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(std::isnan(m::brier{}(p, y, {.mask = std::vector{1}, .errors = s})));
  CHECK(s.code == rw::errc::size_mismatch);
  // Without a clip certain predictions that came true cost nothing; one that did not costs more than any number.
  m::log_loss const unclipped{.clip = 0};
  CHECK(unclipped(std::vector{1.0, 0.0, 1.0, 0.5}, std::vector{1, 0, 1, 1}) == about(std::log(2.0) / 4));
  CHECK(unclipped(std::vector{0.0, 0.5}, std::vector{1, 1}, {.errors = s}) == about(std::log(2.0)));
  CHECK(s.code == rw::errc::unusable_item);
  for (double const clip : {-0.1, 0.5, not_a_number}) {
    CHECK(std::isnan(m::log_loss{.clip = clip}(p, y, {.errors = s})));
    CHECK(s.code == rw::errc::out_of_range);
    CHECK_THROWS_AS(m::normalised_entropy{.clip = clip}(p, y), rw::error);
  }
  // Differences that overflow cannot be used either.
  CHECK(m::root_mean_squared_error{}(std::vector{1e200, 3.0}, std::vector{0.0, 0.0}, {.errors = s}) == 3);
  CHECK(s.found == 1);
}

} // namespace probability_test
