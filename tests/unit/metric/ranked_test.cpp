#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
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

#include <doctest/doctest.h>

#include "by_hand.hpp"
#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ranked_test {

// Every metric of a ranking against its definition, written out by hand.
namespace rw = rankwise;
namespace m = rankwise::metric;
using namespace by_hand;
using rw::empty::skip;

namespace {

constexpr rw::exec::scalar one_by_one{}; // compiles fastest

// Metrics that compute with registers, and those that look at one item after the other: each set, and which of
// by_hand::values() its members are.
constexpr auto in_registers =
    rw::metrics(m::dcg<5>{}, m::ndcg<5, skip>{}, m::map<all, skip>{.threshold = threshold},
                m::map<5, skip, rw::denominator::found>{.threshold = threshold},
                m::recall<5, skip, rw::denominator::capped>{.threshold = threshold},
                m::precision<5, skip>{.threshold = threshold}, m::rbp<all, skip>{.p = 0.7}, m::arp<6, skip>{});
constexpr auto by_item = rw::metrics(
    m::map<5, skip, rw::denominator::capped>{.threshold = threshold}, m::mrr<3, skip>{.threshold = threshold},
    m::hit_rate<2, skip>{.threshold = threshold}, m::item_goodrate<5, skip>{.threshold = threshold},
    m::recall<5, skip>{.threshold = threshold}, m::r_precision<skip>{.threshold = threshold}, m::engagement<4, skip>{},
    m::engagement_share<4, skip>{}, m::ordered_pairs<skip>{}, m::inversions<skip>{}, m::arp<all, skip>{},
    m::err<7, skip>{}, m::query_goodrate<3, skip>{.threshold = threshold, .share = 0.5},
    m::q_measure<all, skip>{.threshold = threshold, .beta = 0.5}, m::bpref<skip>{.threshold = threshold},
    m::inf_ap<skip>{.threshold = threshold}, m::kendall_tau<skip>{});

template <std::size_t... Places>
column some_values(items const& a, items const& r) {
  column const v = values(a, r);
  return {v[Places]...};
}
column others(items const& a, items const& r) {
  column v = some_values<3, 5, 6, 8, 9, 11, 14, 15, 16, 17, 18>(a, r);
  for (column const& more : {values_with_memory(a, r), tau(a, r)}) {
    v.insert(v.end(), more.begin(), more.end());
  }
  return v;
}

struct sample {
  support::problem<double> p;
  std::vector<int> judged, retrieved;
  column ids;
  sample(std::uint64_t seed, std::size_t count, std::size_t longest) : p(seed, count, longest) {
    support::random r{seed + 1000};
    for (std::size_t i = 0; i < p.items(); ++i) {
      judged.push_back(r.below(5) != 0);
      retrieved.push_back(r.below(6) != 0);
      ids.push_back(std::floor(r.uniform(-50, 50)));
    }
  }
  // The bits of `which`: item weights, list weights, mask, judged, retrieved.
  rw::options options(unsigned which) const {
    rw::options o = p.options(which & 7u);
    if ((which & 8u) != 0) {
      o.judged = judged;
    }
    if ((which & 16u) != 0) {
      o.retrieved = retrieved;
    }
    o.ids = ids;
    return o;
  }
  items list(std::size_t l, unsigned which, bool condensed = false) const {
    items out;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      bool const is_judged = (which & 8u) == 0 || judged[i] != 0;
      if (((which & 4u) == 0 || p.mask[i] != 0) && (is_judged || !condensed)) {
        out.push_back({p.scores[i], is_judged ? p.labels[i] : 0, (which & 1u) != 0 ? p.item_weights[i] : 1, is_judged,
                       (which & 16u) == 0 || retrieved[i] != 0, ids[i], i - p.begin_of(l)});
      }
    }
    return out;
  }
};

template <class Executor, class Set, class ByHand>
void agrees(Executor executor, Set const& set, ByHand const& reference) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    sample const s(seed, 60, seed == 1 ? 12 : 90);
    for (unsigned which = 0; which < 32; ++which) {
      CAPTURE(seed);
      CAPTURE(which);
      rw::evaluation const result = rw::evaluate(executor, set, s.p.scores, s.p.labels, s.p.lists(), s.options(which));
      column sums(result.size()), weights(result.size());
      for (std::size_t l = 0; l < s.p.size(); ++l) {
        CAPTURE(l);
        items const a = s.list(l, which);
        column expected = a.empty() ? column(result.size(), undefined) : reference(a, ranked(a, by_place));
        if (a.empty() && std::string(result.title(0)).rfind("dcg", 0) == 0) {
          expected[0] = 0; // the one metric here with another policy for empty lists
        }
        for (std::size_t k = 0; k < result.size(); ++k) {
          CAPTURE(std::string(result.title(k)));
          CHECK_MESSAGE(same(result.per_list(k)[l], expected[k]), result.per_list(k)[l] << " is not " << expected[k]);
          if (!std::isnan(expected[k])) {
            double const w = (which & 2u) != 0 ? s.p.list_weights[l] : 1;
            sums[k] += w * expected[k];
            weights[k] += w;
          }
        }
      }
      for (std::size_t k = 0; k < result.size(); ++k) {
        CHECK(result.value(k) == doctest::Approx(weights[k] > 0 ? sums[k] / weights[k] : 0).epsilon(1e-11));
      }
    }
  }
}

} // namespace

TEST_CASE("every metric is its definition, written out") {
  agrees(rw::exec::simd{}, in_registers, some_values<0, 1, 2, 4, 10, 7, 12, 13>);
  agrees(one_by_one, by_item, others);
}

TEST_CASE("tie policies and condensed lists, side by side") {
  std::vector<order> const orders{[](item const& a, item const& b) { return a.id < b.id; },
                                  [](item const& a, item const& b) { return a.id > b.id; },
                                  [](item const& a, item const& b) { return a.label < b.label; },
                                  [](item const& a, item const& b) { return a.label > b.label; }, by_place};
  constexpr auto set = rw::metrics(m::dcg<5, rw::ties::by_id>{}, m::dcg<5, rw::ties::by_id_descending>{},
                                   m::dcg<5, rw::ties::pessimistic>{}, m::dcg<5, rw::ties::optimistic>{},
                                   m::ndcg<5, skip, rw::unjudged::condensed>{});
  sample const s(3, 60, 40);
  for (unsigned which : {0u, 1u, 12u, 27u, 31u}) {
    rw::evaluation const result = rw::evaluate(one_by_one, set, s.p.scores, s.p.labels, s.p.lists(), s.options(which));
    for (std::size_t k = 0; k < orders.size(); ++k) {
      bool const condensed = k + 1 == orders.size();
      for (std::size_t l = 0; l < s.p.size(); ++l) {
        CAPTURE(which);
        CAPTURE(l);
        CAPTURE(std::string(result.title(k)));
        items const a = s.list(l, which, condensed);
        column const v = a.empty() ? column{0, undefined} : values(a, ranked(a, orders[k]));
        CHECK(same(result.per_list(k)[l], v[condensed ? 1 : 0]));
      }
    }
  }
}

TEST_CASE("executors agree; ties by lot: the same draw everywhere, another for another seed, fair over many lists") {
  std::size_t const lists = 2000;
  sample const s(5, lists, 8);
  constexpr auto set = rw::metrics(m::ndcg<5>{}, m::map<>{.threshold = threshold}, m::mrr<all, rw::ties::random<1>>{},
                                   m::mrr<all, rw::ties::random<2>>{});
  auto const a =
      rw::evaluate(rw::exec::basic_simd<xsimd::sse2>{}, set, s.p.scores, s.p.labels, s.p.lists(), s.options(29));
  auto const b = rw::evaluate(one_by_one, set, s.p.scores, s.p.labels, s.p.lists(), s.options(29));
  for (std::size_t k = 0; k < a.size(); ++k) {
    for (std::size_t l = 0; l < lists; ++l) {
      CHECK(same(a.per_list(k)[l], b.per_list(k)[l]));
    }
  }
  column const equal(lists * 4, 1.0);
  column labels(lists * 4);
  for (std::size_t l = 0; l < lists; ++l) {
    labels[4 * l] = 1;
  }
  std::vector<int> fours(lists + 1);
  for (std::size_t l = 0; l <= lists; ++l) {
    fours[l] = static_cast<int>(4 * l);
  }
  auto const c = rw::evaluate(one_by_one, set, equal, labels, rw::lists(fours));
  CHECK(!std::equal(c.per_list(2).begin(), c.per_list(2).end(), c.per_list(3).begin()));
  double const fair = (1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0) / 4;
  CHECK(c.value(2) == doctest::Approx(fair).epsilon(0.03)); // one standard error is 0.0066
  CHECK(c.value(3) == doctest::Approx(fair).epsilon(0.03));
}

TEST_CASE("judged, retrieved, ids: wrong sizes are reported, and they belong to prepare") {
  sample const s(9, 10, 12);
  constexpr auto set = rw::metrics(m::ndcg<5, skip>{}, m::recall<5, skip>{});
  std::vector<int> const short_one(s.p.items() - 1, 1);
  rw::status told;
  for (std::string const which : {"judged", "retrieved", "ids"}) {
    CAPTURE(which);
    rw::options o;
    (which == "judged" ? o.judged : which == "retrieved" ? o.retrieved : o.ids) = short_one;
    o.errors = told;
    CHECK(!rw::evaluate(one_by_one, set, s.p.scores, s.p.labels, s.p.lists(), o).ok());
    CHECK(told.code == rw::errc::size_mismatch);
    CHECK(told.argument == which);
    rw::workspace memory;
    CHECK(!rw::evaluate(one_by_one, set, s.p.scores, set.prepare(s.p.labels, s.p.lists()), memory, o).ok());
    CHECK(told.code == rw::errc::not_prepared);
  }
  // Nothing was retrieved: what could have been found was missed, and the list still counts.
  column const y{3, 0, 2};
  auto const missed = rw::evaluate(one_by_one, set, column{1, 2, std::nan("")}, y, rw::lists<int>::single(3),
                                   {.retrieved = std::vector<int>{0, 0, 0}});
  for (std::size_t k = 0; k < missed.size(); ++k) {
    CAPTURE(std::string(missed.title(k)));
    CHECK(missed.defined(k, 0));
    CHECK(missed.value(k) == 0);
  }
}

TEST_CASE("query goodrate: 14 of 25 are a share of 0.56, whatever a product would round to") {
  column scores, labels;
  for (int i = 0; i < 25; ++i) {
    scores.push_back(-i);
    labels.push_back(i < 14 ? 1 : 0);
  }
  auto const one = rw::lists<>::single(25);
  CHECK(m::query_goodrate<25, skip>{.share = 0.56}(one_by_one, scores, labels, one) == 1);
  CHECK(m::query_goodrate<25, skip>{.share = 0.57}(one_by_one, scores, labels, one) == 0);
}

TEST_CASE("bpref and infAP: an item that nobody has judged is not relevant, whatever the threshold") {
  column const scores{3, 2, 1};
  column const labels{5, 1, 2};
  std::vector<int> const judged{0, 1, 1};
  std::vector<int> const retrieved{1, 1, 0};
  auto const one = rw::lists<>::single(3);
  // Relevant at ranks 1 and 2: one item of the pool in two before the latter, and that one is relevant.
  double const inferred = (1.0 / 2 + 1.0 / 3 + 1.0 / 3 * (1 + 1e-5) / (1 + 2e-5)) / 2;
  for (double const least : {0.0, -1.0, 1.0}) {
    CAPTURE(least);
    auto const check = [&](auto const& executor) {
      m::bpref<skip> const bpref{.threshold = least};
      m::inf_ap<skip> const inf_ap{.threshold = least};
      CHECK(bpref(executor, scores, labels, one, {.judged = judged}) == 1);
      CHECK(bpref(executor, scores, labels, one, {.judged = judged, .retrieved = retrieved}) == 0.5);
      CHECK(inf_ap(executor, scores, labels, one, {.judged = judged}) == doctest::Approx(inferred).epsilon(1e-12));
      CHECK(inf_ap(executor, scores, labels, one, {.judged = judged, .retrieved = retrieved}) ==
            doctest::Approx(0.25).epsilon(1e-12));
      column const weights{100, 1, 3};
      CHECK(bpref(executor, scores, labels, one, {.item_weights = weights, .judged = judged, .retrieved = retrieved}) ==
            0.25);
    };
    check(one_by_one);
    check(rw::exec::simd{});
  }
}

TEST_CASE("engagement: what came back costs, and a list where it weighs up what was bought still counts") {
  column const scores{2, 1};
  auto const one = rw::lists<>::single(2);
  CHECK(m::engagement<1, rw::empty::one>{}(one_by_one, scores, column{3, -3}, one) == 3);
  CHECK(m::engagement<2, rw::empty::one>{}(one_by_one, scores, column{3, -3}, one) == 0);
  CHECK(m::engagement<1, rw::empty::one>{}(one_by_one, scores, column{-3, 3}, one) == -3);
  CHECK(m::engagement<1, rw::empty::one>{}(one_by_one, scores, column{0, 0}, one) == 1);
  CHECK(m::engagement_share<1, rw::empty::one>{}(one_by_one, scores, column{3, -3}, one) == 1); // a share of nothing
}

} // namespace ranked_test
