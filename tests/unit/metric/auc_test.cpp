#include <rankwise/metric/auc.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/group_auc.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/xauc.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace auc_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

double const not_a_number = std::numeric_limits<double>::quiet_NaN();

auto about(double x) {
  return doctest::Approx(x).epsilon(1e-13);
}

// The definition, over all pairs.
double pairs_auc(std::vector<double> const& s, std::vector<double> const& y, std::vector<double> const& w) {
  double right = 0;
  double all = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t j = 0; j < s.size(); ++j) {
      if (y[i] >= 1 && y[j] < 1) {
        all += w[i] * w[j];
        right += w[i] * w[j] * (s[i] > s[j] ? 1 : s[i] == s[j] ? 0.5 : 0);
      }
    }
  }
  return all > 0 ? right / all : not_a_number;
}

struct sample {
  std::vector<double> s, y, w;
};

// Few distinct scores make ties.
sample sample_of(support::random& draw, std::size_t n, std::size_t scores, bool weighted) {
  sample x;
  for (std::size_t i = 0; i < n; ++i) {
    x.s.push_back(scores == 0 ? draw.uniform(-3, 3) : static_cast<double>(draw.below(scores)) - 2);
    x.y.push_back(static_cast<double>(draw.below(3)) * 0.75);
    x.w.push_back(weighted ? draw.uniform(0.1, 3) : 1);
  }
  return x;
}

std::vector<double> const s{3, 1, 2, 2, 5, 3, 3, 0, 4, 1};
std::vector<int> const y{1, 0, 1, 0, 1, 0, 1, 0, 0, 1};
std::vector<double> const w{1, 2, 1, .5, 1, 3, 1, 1, 2, .25};

} // namespace

// scikit-learn 1.9.1, roc_auc_score
TEST_CASE("AUC and partial AUC have the values of scikit-learn") {
  CHECK(m::auc{}(s, y) == about(0.64));
  CHECK(m::auc{}(s, y, {.item_weights = w}) == about(0.615916955017301));
  struct {
    double limit, plain, weighted;
  } const partial[] = {{0.1, 0.5789473684210527, 0.5975232198142415},
                       {0.25, 0.5485714285714286, 0.5633547536661724},
                       {0.3, 0.5490196078431372, 0.5556460184996721},
                       {0.5, 0.58, 0.552479815455594}};
  for (auto const& c : partial) {
    CAPTURE(c.limit);
    m::auc const metric{.max_false_positive_rate = c.limit};
    CHECK(metric(s, y) == about(c.plain));
    CHECK(metric(s, y, {.item_weights = w}) == about(c.weighted));
  }
  std::vector<double> const p{.1, .9, .65, .3, .55, .999, 0., .42};
  CHECK(m::auc{}(p, std::vector{0, 1, 1, 0, 0, 1, 0, 1}) == about(0.9375));
  CHECK(m::auc{.threshold = 3}(s, std::vector{3, 2, 3, 2, 3, 2, 3, 2, 2, 3}) == about(0.64)); // grades
}

TEST_CASE("AUC is the share of pairs, for any sample; parts have the bits of the whole") {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    support::random draw(seed);
    bool const weighted = seed % 2 == 0;
    std::size_t const n = 1 + draw.below(400);
    sample const x = sample_of(draw, n, seed % 3 == 0 ? 0 : 1 + draw.below(20), weighted);
    double const expected = pairs_auc(x.s, x.y, x.w);
    double const all = weighted ? m::auc{}(x.s, x.y, {.item_weights = x.w}) : m::auc{}(x.s, x.y);
    CHECK(std::isnan(all) == std::isnan(expected));
    if (!std::isnan(expected)) {
      CHECK(all == about(expected));
    }
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) {
      order[i] = i;
    }
    draw.shuffle(order);
    std::vector<m::auc_state> part(3);
    auto pairs = m::concordance{}.accumulator();
    for (std::size_t const i : order) {
      std::size_t const k = draw.below(3);
      double const value[] = {x.s[i], x.y[i], x.w[i]};
      auto const one = [&](std::size_t c) { return std::span(value).subspan(c, 1); };
      // A part whose items weigh 1 may leave their weights out.
      if (weighted || k == 0) {
        part[k].add(one(0), one(1), {.item_weights = one(2)});
      } else {
        part[k].add(one(0), one(1));
      }
      double const target = x.y[i] >= 1 ? 1 : 0;
      pairs.add(one(0), std::span(&target, 1), {.item_weights = one(2)});
    }
    part[1].merge(part[2]);
    part[0].merge(part[1]);
    if (!std::isnan(expected)) {
      CHECK(part[0].value() == all);
      CHECK(pairs.value() == about(expected)); // of two classes the concordance index is the AUC
    }
  }
}

TEST_CASE("AUC: order counts, scale does not") {
  support::random draw(7);
  sample const x = sample_of(draw, 300, 0, true);
  std::vector<double> moved;
  std::vector<double> turned;
  for (double const score : x.s) {
    moved.push_back(std::exp(score) * 1e10 - 5);
    turned.push_back(-score);
  }
  double const all = m::auc{}(x.s, x.y, {.item_weights = x.w});
  CHECK(m::auc{}(moved, x.y, {.item_weights = x.w}) == all);
  CHECK(m::auc{}(turned, x.y, {.item_weights = x.w}) == about(1 - all));
  CHECK(m::auc{}(std::vector{0.0, -0.0}, std::vector{1, 0}) == 0.5);
  CHECK(m::auc{}(std::vector{-1e300, 1e-320, -1e-320, 1e300}, std::vector{0, 1, 0, 1}) == 1);
}

// TorchEasyRec: tzrec/metrics/xauc_test.py, grouped_auc_test.py
TEST_CASE("XAUC and group AUC have the values of their peers") {
  std::vector<double> const p{.1, .2, .3, .4, .5, .6, .7, .8};
  std::vector<double> const t{.2, .3, .5, .4, .3, .2, .8, .9};
  CHECK(m::xauc{}(p, t) == about(19.0 / 28));
  std::vector<int> const label{1, 0, 1, 0, 0, 0, 1, 1};
  std::vector<long> const group{1, 2, 2, 1, 3, 3, 4, 4};
  auto state = m::group_auc<>{}.accumulator();
  state.add(p, label, group);
  CHECK(state.value() == 0.5);
  CHECK(state.groups() == 2);
  CHECK(state.skipped() == 2);
}

TEST_CASE("XAUC over pairs, one by one") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    support::random draw(seed);
    std::size_t const n = 2 + draw.below(150);
    sample const x = sample_of(draw, n, 1 + draw.below(30), seed % 2 == 0);
    std::vector<double> const t = draw.grades<double>(n, 1 + draw.below(9));
    m::pair_weights right;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        double const both = x.w[i] * x.w[j];
        double const sign = (x.s[i] - x.s[j]) * (t[i] - t[j]);
        right.all += both;
        (sign > 0   ? right.concordant
         : sign < 0 ? right.discordant
                    : right.tied_predictions) += sign != 0 || t[i] != t[j] ? both : 0;
      }
    }
    auto state = m::xauc{}.accumulator();
    state.add(x.s, t, {.item_weights = x.w});
    m::pair_weights const found = state.pairs();
    CHECK(found.all == about(right.all));
    CHECK(found.concordant == about(right.concordant));
    CHECK(found.discordant == about(right.discordant));
    CHECK(found.tied_predictions == about(right.tied_predictions));
    CHECK(state.value() == about(right.concordant / right.all));
    // Another order, in parts.
    auto first = m::xauc{}.accumulator();
    auto second = m::xauc{}.accumulator();
    std::size_t const half = n / 2;
    auto const tail = [&](auto const& c) { return std::span(c).subspan(half); };
    auto const head = [&](auto const& c) { return std::span(c).first(half); };
    first.add(tail(x.s), tail(t), {.item_weights = tail(x.w)});
    second.add(head(x.s), head(t), {.item_weights = head(x.w)});
    first.merge(second);
    CHECK(first.value() == state.value());
  }
}

// scikit-learn 1.9.1 for every group, numpy for their mean
TEST_CASE("group AUC: ids and lists, weights, ways to weigh") {
  std::vector<int> const group{1, 1, 1, 2, 2, 2, 2, 3, 3, 1};
  CHECK(m::group_auc<>{}(s, y, group) == about(0.8541666666666666));
  CHECK(m::group_auc<>{}(s, y, group, {.item_weights = w}) == about(0.8549043549043548));

  support::random draw(9);
  auto const offsets = draw.offsets(60, 0, 30);
  sample const x = sample_of(draw, offsets.back(), 12, true);
  std::vector<double> const& scores = x.s;
  std::vector<double> const& labels = x.y;
  std::vector<double> const& weights = x.w;
  rw::lists const lists(offsets);
  std::vector<std::int64_t> ids;
  double sum[3] = {}, all[3] = {};
  std::size_t defined = 0;
  for (std::size_t l = 0; l < lists.size(); ++l) {
    sample one;
    double positives = 0, negatives = 0;
    for (std::size_t i = lists.begin_of(l); i < lists.end_of(l); ++i) {
      ids.push_back(-static_cast<std::int64_t>(l)); // negative ids are ids, too
      one.s.push_back(scores[i]);
      one.y.push_back(labels[i]);
      one.w.push_back(weights[i]);
      (labels[i] >= 1 ? positives : negatives) += weights[i];
    }
    double const auc = pairs_auc(one.s, one.y, one.w);
    if (!std::isnan(auc)) {
      ++defined;
      double const weigh[] = {positives + negatives, positives, 1};
      for (int k = 0; k < 3; ++k) {
        sum[k] += weigh[k] * auc;
        all[k] += weigh[k];
      }
    }
  }
  rw::options const opts{.item_weights = weights};
  CHECK(m::group_auc<>{}(scores, labels, lists, opts) == about(sum[0] / all[0]));
  CHECK(m::group_auc<m::weigh::positives>{}(scores, labels, lists, opts) == about(sum[1] / all[1]));
  CHECK(m::group_auc<m::weigh::equally>{}(scores, labels, lists, opts) == about(sum[2] / all[2]));
  CHECK(m::group_auc<>{}(scores, labels, ids, opts) == m::group_auc<>{}(scores, labels, lists, opts));
  // The mean of list_auc over lists weighs them equally.
  CHECK(m::list_auc<>{}(scores, labels, lists, opts) == about(sum[2] / all[2]));

  // Lists in parts; ids dealt to parts at random: the same bits.
  auto left = m::group_auc<>{}.accumulator();
  auto right = m::group_auc<>{}.accumulator();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    auto const one = [&](auto const& c) { return std::span(c).subspan(i, 1); };
    (draw.below(2) == 0 ? left : right).add(one(scores), one(labels), one(ids), {.item_weights = one(weights)});
  }
  right.merge(left);
  CHECK(right.value() == m::group_auc<>{}(scores, labels, lists, opts));
  CHECK(right.groups() == defined);
}

TEST_CASE("list_auc: cutoffs, ties across them, masks, one class; on every executor") {
  std::vector<double> const scores{5, 4, 4, 4, 3, 2};
  std::vector<int> const labels{0, 1, 0, 1, 1, 0};
  auto const lists = rw::lists<>::single(6);
  std::vector<double> each(1);
  support::for_each_executor([&](auto executor) {
    CHECK(m::list_auc<>{}(executor, scores, labels, lists) == about((0.5 * 2 + 3) / 9));
    CHECK(m::list_auc<3>{}(executor, scores, labels, lists) ==
          about(0.5 / 2)); // 5 | 4 4: the third tied item is cut off
    CHECK(m::list_auc<>{}(executor, scores, labels, lists, {.mask = std::vector{0, 1, 1, 1, 1, 1}}) ==
          about((1 + 3) / 6.0));
    CHECK(m::list_auc<>{}(executor, scores, labels, lists, {.mask = std::vector{0, 1, 0, 1, 1, 0}, .per_list = each}) ==
          0);
    CHECK(std::isnan(each[0])); // skipped: one class
  });
  // Beside others, from one order.
  auto const result = rw::evaluate(rw::metrics(m::list_auc<3>{}, m::list_auc<>{}), scores, labels, lists);
  CHECK(result.value(0) == about(0.5 / 2));
  CHECK(result.value(1) == about((0.5 * 2 + 3) / 9));
  CHECK(m::list_auc<m::all, rw::empty::zero>{}(scores, std::vector<int>(6, 1), lists) == 0);
}

TEST_CASE("a state that is merged with itself has everything twice") {
  // So many that memory that was given back is gone, and mostly positive, so that twice as many need more of it.
  constexpr std::size_t n = 40'000;
  support::random draw(5);
  std::vector<double> scores, labels, weight;
  for (std::size_t i = 0; i < n; ++i) {
    scores.push_back(static_cast<double>(draw.below(500)));
    labels.push_back(i % 4 == 0 ? 0 : 1);
    weight.push_back(draw.uniform(0.5, 2));
  }
  for (bool const weighted : {false, true}) {
    rw::options options;
    if (weighted) {
      options.item_weights = weight;
    }
    auto auc = m::auc{}.accumulator();
    auto pairs = m::concordance{}.accumulator();
    auto groups = m::group_auc<>{}.accumulator();
    auc.add(scores, labels, options);
    pairs.add(scores, labels, options);
    groups.add(scores, labels, std::vector<int>(n, 7), options);
    double const before[] = {auc.value(), pairs.value(), groups.value()};
    auc.merge(auc);
    pairs.merge(pairs);
    groups.merge(groups);
    CHECK(auc.positives() == n / 4 * 6);
    CHECK(auc.negatives() == n / 4 * 2);
    CHECK(auc.value() == about(before[0]));
    CHECK(pairs.value() == about(before[1]));
    CHECK(groups.value() == about(before[2]));
  }
}

TEST_CASE("nothing, one class, and what cannot be used") {
  std::vector<double> const none;
  std::vector<int> const no_ids;
  CHECK(std::isnan(m::auc{}(none, none)));
  CHECK(std::isnan(m::auc{}(s, std::vector<int>(10, 1))));
  CHECK(std::isnan(m::auc{}(s, std::vector<int>(10, 0))));
  CHECK_THROWS_AS((m::auc{.max_false_positive_rate = 0}(s, y)), rw::error);
  CHECK(std::isnan(m::xauc{}(std::vector{1.0}, std::vector{1.0})));
  CHECK(std::isnan(m::concordance{}(s, std::vector<int>(10, 4))));
  CHECK(std::isnan(m::group_auc<>{}(none, none, no_ids)));
  CHECK(std::isnan(m::group_auc<>{}(none, none, rw::lists<>{})));

  rw::status told;
  std::vector<double> broken = s;
  broken[4] = not_a_number;
  std::vector<double> weight(10, 1);
  weight[7] = -1;
  weight[2] = 0;
  std::vector<std::uint8_t> const mask{1, 1, 0, 1, 0, 1, 1, 0, 1, 1}; // items 2, 4 and 7 out
  double const without = m::auc{}(s, y, {.mask = mask});
  CHECK(m::auc{}(broken, y, {.item_weights = weight, .errors = told}) == without);
  CHECK(told.code == rw::errc::unusable_item);
  CHECK(told.where == 4);
  CHECK(told.found == 2);
  std::vector<int> const one_group(10, 3);
  CHECK(m::group_auc<>{}(broken, y, one_group, {.item_weights = weight, .errors = told}) == about(without));
  CHECK(told.found == 2);
  CHECK_THROWS_AS(m::group_auc<>{}(broken, y, rw::lists<>::single(10)), rw::error);
  CHECK_THROWS_AS(m::xauc{}(broken, y), rw::error);
  m::auc{}(s, none, {.errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  m::xauc{}(s, none, {.errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  m::group_auc<>{}(s, y, no_ids, {.errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  m::group_auc<>{}(s, y, rw::lists<>::single(9), {.errors = told});
  CHECK(told.code == rw::errc::offsets_overrun);
  m::group_auc<>{}(s, y, rw::lists<>::single(10), {.list_weights = std::vector{1, 2}, .errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(std::isnan(m::group_auc<>{}(s, y, rw::lists<>::single(10), {.list_weights = std::vector{-1}, .errors = told})));
  CHECK(told.code == rw::errc::unusable_item);
}

TEST_CASE("AUC, XAUC and concordance do not depend on the unit of the weights") {
  std::vector<double> const t{3, 1, 4, 2, 9, 2.5, 6, 3.5, 8, 7};
  double const area = m::auc{}(s, y, {.item_weights = w});
  double const part = m::auc{.max_false_positive_rate = 0.3}(s, y, {.item_weights = w});
  double const share = m::xauc{}(s, t, {.item_weights = w});
  double const index = m::concordance{}(s, t, {.item_weights = w});
  for (double const unit : {1e-300, 1e-200, 1e-90, 1e90, 1e200, 4e307}) {
    CAPTURE(unit);
    std::vector<double> far, split;
    for (std::size_t i = 0; i < w.size(); ++i) {
      far.push_back(unit * w[i]);
      split.push_back(y[i] == 1 ? far[i] : w[i]); // of one class alone
    }
    CHECK(m::auc{}(s, y, {.item_weights = far}) == about(area));
    CHECK(m::auc{}(s, y, {.item_weights = split}) == about(area));
    CHECK(m::auc{.max_false_positive_rate = 0.3}(s, y, {.item_weights = far}) == about(part));
    CHECK(m::xauc{}(s, t, {.item_weights = far}) == about(share));
    auto const groups = rw::lists<int>::uniform(2, 5);
    if (unit < 1e300) { // the weights of groups are sums
      CHECK(m::group_auc<>{}(s, y, groups, {.item_weights = far}) ==
            about(m::group_auc<>{}(s, y, groups, {.item_weights = w})));
    }
    CHECK(m::concordance{}(s, t, {.item_weights = far}) == about(index));
  }
  auto state = m::xauc{}.accumulator();
  state.add(s, t, {.item_weights = w});
  CHECK(state.pairs().concordant / state.pairs().all == about(share));
}

} // namespace auc_test
