#include <rankwise/exec/scalar.hpp>
#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/q_measure.hpp>
#include <rankwise/metric/rbp.hpp>
#include <rankwise/metric/tie.hpp>

#include <doctest/doctest.h>

#include "by_hand.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace m = rankwise::metric;
using namespace by_hand;
using rw::empty::skip;
using rw::ties::expected;

namespace {

// One for each way to take the mean over a tie, and which of by_hand::values() it is.
constexpr auto plain = rw::metrics(
    m::ndcg<5, skip, expected>{}, m::map<5, skip, rw::denominator::capped, expected>{.threshold = threshold},
    m::map<5, skip, rw::denominator::found, expected>{.threshold = threshold},
    m::mrr<3, skip, expected>{.threshold = threshold}, m::hit_rate<2, skip, expected>{.threshold = threshold},
    m::precision<5, skip, expected>{.threshold = threshold}, m::recall<5, skip, expected>{.threshold = threshold},
    m::r_precision<skip, expected>{.threshold = threshold}, m::rbp<all, skip, expected>{.p = 0.7},
    m::engagement_share<4, skip, expected>{}, m::ordered_pairs<skip, expected>{}, m::arp<all, skip, expected>{});
constexpr std::size_t places[] = {1, 3, 4, 5, 6, 7, 9, 11, 12, 15, 16, 18};
constexpr auto with_memory =
    rw::metrics(m::err<7, skip, expected>{}, m::query_goodrate<3, skip, expected>{.threshold = threshold, .share = 0.5},
                m::q_measure<all, skip, expected>{.threshold = threshold, .beta = 0.5},
                m::bpref<skip, expected>{.threshold = threshold}, m::inf_ap<skip, expected>{.threshold = threshold});

} // namespace

TEST_CASE("expected ties are the mean over all orders") {
  constexpr std::uint64_t seed = 7;
  INFO("seed " << seed);
  support::random r{seed};
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    std::size_t const n = round % 2 == 0 ? 1 + r.below(7) : 7;
    bool const weighted = round % 4 >= 2;
    items a(n);
    column scores, labels, weights, judged;
    for (std::size_t i = 0; i < n; ++i) {
      double const label = static_cast<double>(r.below(5)) - 1;
      bool const seen = r.below(4) != 0;
      double const weight = !weighted ? 1 : r.below(6) == 0 ? 0 : r.uniform(0.5, 2);
      a[i] = {static_cast<double>(r.below(static_cast<std::uint64_t>(round % 3 + 1))),
              seen ? label : 0,
              weight,
              seen,
              true,
              0,
              i};
      scores.push_back(a[i].score);
      labels.push_back(label);
      weights.push_back(weight);
      judged.push_back(seen ? 1 : 0);
    }
    std::vector<std::size_t> p(n);
    std::iota(p.begin(), p.end(), 0u);
    column mean, mean_with_memory;
    double count = 0;
    auto const add = [](column& sum, column const& v) {
      sum.resize(v.size());
      for (std::size_t k = 0; k < v.size(); ++k) {
        sum[k] += v[k];
      }
    };
    do {
      items shuffled;
      for (std::size_t i : p) {
        shuffled.push_back(a[i]);
      }
      items const in_places = ranked(shuffled, [](auto&, auto&) { return false; });
      add(mean, values(shuffled, in_places));
      add(mean_with_memory, values_with_memory(shuffled, in_places));
      ++count;
    } while (std::next_permutation(p.begin(), p.end()));
    auto const check = [&](auto const& set, auto const& sum_of) {
      auto const result = rw::evaluate(rw::exec::scalar{}, set, scores, labels, rw::lists<int>::single(n),
                                       {.item_weights = weights, .judged = judged});
      for (std::size_t k = 0; k < result.size(); ++k) {
        CAPTURE(std::string(result.title(k)));
        CHECK_MESSAGE(same(result.per_list(k)[0], sum_of(k) / count),
                      result.per_list(k)[0] << " " << sum_of(k) / count);
      }
    };
    check(plain, [&](std::size_t k) { return mean[places[k]]; });
    check(with_memory, [&](std::size_t k) { return mean_with_memory[k]; });
  }
}

TEST_CASE("draws of many items keep their digits") {
  // The mean of a hypergeometric number is draws * good / n, of its square: see any table.
  for (double n : {1.0, 10.0, 1000.0, 200000.0}) {
    for (double good : {0.0, 1.0, std::floor(n / 3), n}) {
      for (double draws : {0.0, 1.0, std::floor(n / 2), n}) {
        CAPTURE(n);
        CAPTURE(good);
        CAPTURE(draws);
        double const mean = rw::metric::mean_over_draws(n, good, draws, [](double x) { return x; });
        CHECK(mean == doctest::Approx(draws * good / n).epsilon(1e-12));
        double const pairs = rw::metric::mean_over_draws(n, good, draws, [](double x) { return x * (x - 1); });
        double const expected_pairs = n > 1 ? draws * (draws - 1) * good * (good - 1) / (n * (n - 1)) : 0;
        CHECK(pairs == doctest::Approx(expected_pairs).epsilon(1e-12));
      }
    }
  }
  // 2,000 equal scores: the first relevant one of two stands where a fair draw puts it; ERR of one certain item is MRR.
  column const scores(2000, 1.0);
  column labels(2000);
  labels[17] = labels[1234] = 4;
  auto const list = rw::lists<int>::single(2000);
  double fair = 0;
  for (std::size_t i = 0; i < 1999; ++i) {
    double const left = 1999 - static_cast<double>(i);
    fair += left / (2000.0 * 1999 / 2) / static_cast<double>(i + 1);
  }
  constexpr rw::exec::scalar one_by_one{};
  CHECK(m::mrr<all, expected>{}(one_by_one, scores, labels, list) == doctest::Approx(fair).epsilon(1e-12));
  constexpr m::err<all, rw::gain::positive, expected> certain{.max_grade = 1};
  CHECK(certain(one_by_one, scores, labels, list) == doctest::Approx(fair).epsilon(1e-12));
  // In float, too: the way from q to the mean has no differences.
  std::vector<float> const s(scores.begin(), scores.end()), y(labels.begin(), labels.end());
  CHECK(certain(one_by_one, s, y, list) == doctest::Approx(fair).epsilon(1e-5));
}

namespace {

// All items tied: the mean over their orders, by the metric without ties.
template <class Metric>
double mean_over_orders(Metric const& metric, column const& labels, column const& weights) {
  std::vector<std::size_t> p(labels.size());
  std::iota(p.begin(), p.end(), 0u);
  column const scores(labels.size(), 1.0);
  double sum = 0, count = 0;
  do {
    column y, w;
    for (std::size_t i : p) {
      y.push_back(labels[i]);
      w.push_back(weights[i]);
    }
    sum += metric(rw::exec::scalar{}, scores, y, rw::lists<int>::single(y.size()), {.item_weights = w});
    ++count;
  } while (std::next_permutation(p.begin(), p.end()));
  return sum / count;
}

template <class Fair, class Plain>
void check_mean_or_refusal(Fair const& fair, Plain const& without_ties, column const& labels, column const& weights,
                           bool refused) {
  CAPTURE(weights[0]);
  rw::status s;
  column const scores(labels.size(), 1.0);
  double per_list = 0;
  double const mean = fair(rw::exec::scalar{}, scores, labels, rw::lists<int>::single(labels.size()),
                           {.item_weights = weights, .per_list = std::span(&per_list, 1), .errors = s});
  if (refused) {
    CHECK(s.code == rw::errc::not_finite);
    CHECK(std::isnan(per_list));
  } else {
    CHECK(s.ok());
    CHECK(mean == doctest::Approx(mean_over_orders(without_ties, labels, weights)).epsilon(1e-12));
  }
}

} // namespace

TEST_CASE("expected ties of ratios with costs: the mean, or a report where a draw may cost all that it weighs") {
  using rw::denominator::found;
  using rw::denominator::retrieved;
  column const y{1, 0, 1, 1};
  auto const two = [&](column const& w, bool refused) {
    check_mean_or_refusal(m::precision<2, expected>{}, m::precision<2>{}, y, w, refused);
  };
  two({2, -1.5, 1, 1}, true);
  two({3, 1, -1, 1}, true);
  two({1, -3, 1, 1}, true);
  two({3, -1, 2, 4}, false); // every pair weighs something
  two({3, 1.5, -0.5, 2}, false);
  auto const three = [&](column const& w, bool refused) {
    check_mean_or_refusal(m::precision<3, retrieved, expected>{}, m::precision<3, retrieved>{}, y, w, refused);
  };
  three({3, 1, -1.5, 1}, false); // any three weigh something
  three({3, 0.25, -1.5, 1}, true);
  auto const map = [&](column const& labels, column const& w, bool refused) {
    check_mean_or_refusal(m::map<2, found, expected>{}, m::map<2, found>{}, labels, w, refused);
  };
  map(y, {3, 1, -1, 1}, true);
  map({1, 1, 1, 1}, {3, 2, -1, 1.5}, false);
  map({1, 1, 1, 1}, {3, 2, -1, 0.5}, true);
  map(y, {3, -7, 0, 1}, false); // what is not relevant does not count
  // Costs and a weightless rest before the tie.
  for (double const before : {-1.0, 2.0}) {
    CAPTURE(before);
    column const scores{2, 1, 1, 1}, w{before, 2, 0.5, 0.75};
    rw::status s;
    double const p =
        m::precision<2, expected>{}(scores, y, rw::lists<int>::single(4), {.item_weights = w, .errors = s});
    CHECK((s.code == rw::errc::not_finite) == (before < 0));
    if (before > 0) {
      CHECK(p == doctest::Approx((2 / 4.0 + 2.5 / 2.5 + 2.75 / 2.75) / 3).epsilon(1e-12));
    }
    rw::status t;
    m::map<2, found, expected>{}(scores, y, rw::lists<int>::single(4), {.item_weights = w, .errors = t});
    CHECK((t.code == rw::errc::not_finite) == (before < 0));
  }
}

TEST_CASE("expected ties of ratios whose weights differ by any factor") {
  for (double const small : {1e-15, 1e-17, 1e-19, 1e-20, 1e-60, 1e-200}) {
    check_mean_or_refusal(m::precision<1, expected>{}, m::precision<1>{}, {1, 1}, {small, 1}, false);
    check_mean_or_refusal(m::precision<2, expected>{}, m::precision<2>{}, {1, 0, 1}, {small, 1, small}, false);
    check_mean_or_refusal(m::precision<2, expected>{}, m::precision<2>{}, {1, 0, 1, 1}, {small, 0, 1, 0}, false);
    check_mean_or_refusal(m::map<2, rw::denominator::found, expected>{}, m::map<2, rw::denominator::found>{},
                          {1, 1, 1, 0}, {small, 1, 2 * small, 1}, false);
  }
}
