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

#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

// Every metric of a ranking against its definition, written out by hand over items in a std::vector.
namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

using column = std::vector<double>;
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
using rw::empty::skip;

struct item {
  double score, label, weight;
  bool judged, retrieved;
  double id;
  std::size_t place;
};
using items = std::vector<item>;
using order = std::function<bool(item const&, item const&)>; // whether a comes before b where scores are equal

auto const by_place = [](item const& a, item const& b) { return a.place < b.place; };

items ranked(items all, order const& before) {
  all.erase(std::remove_if(all.begin(), all.end(), [](item const& i) { return !i.retrieved; }), all.end());
  std::stable_sort(all.begin(), all.end(),
                   [&](item const& a, item const& b) { return a.score != b.score ? a.score > b.score : before(a, b); });
  return all;
}

// The first `k` of a ranking, folded: f(rank, item).
template <class F>
double over(items const& r, std::size_t k, F f) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(k, r.size()); ++i) {
    sum += f(i, r[i]);
  }
  return sum;
}

constexpr std::size_t all = rw::metric::all;
constexpr double threshold = 2;

bool relevant(item const& i) {
  return i.label >= threshold;
}
double count_relevant(items const& all_items) {
  return static_cast<double>(std::count_if(all_items.begin(), all_items.end(), relevant));
}
double weight_relevant(items const& all_items) {
  return over(all_items, all, [](auto, item const& i) { return relevant(i) ? i.weight : 0; });
}
double capped_weight(items a, std::size_t k) {
  std::sort(a.begin(), a.end(), [](item const& x, item const& y) { return x.weight > y.weight; });
  double sum = 0;
  for (item const& i : a) {
    if (relevant(i) && k != 0) {
      sum += i.weight;
      --k;
    }
  }
  return sum;
}
double found(items const& r, std::size_t k) {
  return over(r, k, [](auto, item const& i) { return relevant(i) ? i.weight : 0; });
}
double log2_discount(std::size_t rank) {
  return 1 / std::log2(static_cast<double>(rank) + 2);
}
double dcg(items const& r, std::size_t k) {
  return over(r, k, [](auto rank, item const& i) { return i.weight * (std::exp2(i.label) - 1) * log2_discount(rank); });
}
double ideal(items a, std::size_t k) {
  auto const gain = [](item const& i) { return i.weight * (std::exp2(i.label) - 1); };
  std::sort(a.begin(), a.end(), [&](item const& x, item const& y) { return gain(x) > gain(y); });
  return dcg(a, k);
}
double average_precision(items const& r, std::size_t k) {
  double before = 0;
  return over(r, k, [&](auto rank, item const& i) {
    before += relevant(i) ? 1 : 0;
    return relevant(i) ? i.weight * before / static_cast<double>(rank + 1) : 0;
  });
}
// w worth(rank) of the first relevant item.
template <class Worth>
double at_first(items const& r, std::size_t k, Worth worth) {
  for (std::size_t i = 0; i < std::min(k, r.size()); ++i) {
    if (relevant(r[i])) {
      return r[i].weight * worth(i);
    }
  }
  return 0;
}
// Values of one list; NaN where there is none. The names are those of `everything` below, in its order.
column by_hand(items const& a, items const& r) {
  double const R = count_relevant(a);
  double const W = weight_relevant(a);
  double const n = static_cast<double>(r.size());
  double const none = R == 0 ? undefined : 0;
  auto const weight = [&](std::size_t k) { return over(r, k, [](auto, item const& i) { return i.weight; }); };
  column v;
  v.push_back(dcg(r, 5));
  v.push_back(ideal(a, 5) > 0 ? dcg(r, 5) / ideal(a, 5) : undefined);
  v.push_back(W > 0 ? average_precision(r, all) / W : undefined);
  v.push_back(W > 0 ? average_precision(r, 5) / capped_weight(a, 5) : undefined);
  v.push_back(W > 0 ? (found(r, 5) > 0 ? average_precision(r, 5) / found(r, 5) : 0) : undefined);
  v.push_back(none + at_first(r, 3, [](std::size_t rank) { return 1 / static_cast<double>(rank + 1); }));
  v.push_back(none + at_first(r, 2, [](std::size_t) { return 1.0; }));
  double const missing = 5 - std::min(5.0, n);
  v.push_back(none + (weight(5) + missing > 0 ? found(r, 5) / (weight(5) + missing) : 0));
  v.push_back(none + (weight(5) > 0 ? found(r, 5) / weight(5) : 0));
  v.push_back(W > 0 ? found(r, 5) / W : undefined);
  v.push_back(W > 0 ? found(r, 5) / capped_weight(a, 5) : undefined);
  v.push_back(W > 0 ? found(r, static_cast<std::size_t>(R)) / W : undefined);
  auto const positive = [](item const& i) { return i.label > 0; };
  double const any = std::any_of(a.begin(), a.end(), positive) ? 0 : undefined;
  v.push_back(any + (1 - 0.7) * over(r, all, [&](auto rank, item const& i) {
                      return positive(i) ? i.weight * std::pow(0.7, static_cast<double>(rank)) : 0;
                    }));
  auto const average_position = [&](std::size_t k) {
    double const mass = over(r, k, [](auto, item const& i) { return i.weight * i.label; });
    double const sum =
        over(r, k, [](auto rank, item const& i) { return i.weight * i.label * static_cast<double>(rank + 1); });
    return mass > 0 ? sum / mass : undefined;
  };
  v.push_back(average_position(6));
  double const clicks = over(a, all, [](auto, item const& i) { return i.weight * i.label; });
  double const first = over(r, 4, [](auto, item const& i) { return i.weight * i.label; });
  v.push_back(clicks != 0 ? first : undefined);
  v.push_back(clicks > 0 ? first / clicks : undefined);
  double comparable = 0;
  double wrong = 0;
  for (std::size_t i = 0; i < r.size(); ++i) {
    for (std::size_t j = i + 1; j < r.size(); ++j) {
      double const w = r[i].weight * r[j].weight;
      comparable += r[i].label != r[j].label ? w : 0;
      wrong += r[i].label < r[j].label ? w : 0;
    }
  }
  v.push_back(comparable > 0 ? (comparable - wrong) / comparable : undefined);
  v.push_back(comparable > 0 ? wrong : undefined);
  v.push_back(average_position(all));
  return v;
}

// More of them: metrics with a memory of what stands above.
column by_hand_in_order(items const& a, items const& r) {
  double const R = count_relevant(a);
  double const W = weight_relevant(a);
  double const none = R == 0 ? undefined : 0;
  column v;
  double still = 1;
  auto const stops = [](item const& i) { return std::clamp((std::exp2(i.label) - 1) / 16, 0.0, 1.0); };
  v.push_back((std::any_of(a.begin(), a.end(), [&](auto& i) { return stops(i) > 0; }) ? 0 : undefined) +
              over(r, 7, [&](auto rank, item const& i) {
                double const here = i.weight * still * stops(i) / static_cast<double>(rank + 1);
                still *= 1 - stops(i);
                return here;
              }));
  double const good = over(r, 3, [](auto, item const& i) { return relevant(i) ? 1.0 : 0.0; });
  v.push_back(none + (!r.empty() && good >= 0.5 * std::min(3.0, static_cast<double>(r.size())) ? 1 : 0));
  items best = a;
  std::sort(best.begin(), best.end(), [](auto& x, auto& y) { return x.label > y.label; });
  double C = 0;
  double cg = 0;
  double ideal_gain = 0;
  double const no_weight = W > 0 ? 0 : undefined;
  v.push_back(no_weight + over(r, all, [&](std::size_t rank, item const& i) {
                ideal_gain += relevant(best[rank]) ? best[rank].label : 0;
                if (!relevant(i)) {
                  return 0.0;
                }
                C += 1;
                cg += i.label;
                return i.weight * (C + 0.5 * cg) / (static_cast<double>(rank + 1) + 0.5 * ideal_gain) / W;
              }));
  auto const irrelevant = [](item const& i) { return i.judged && i.label >= 0 && i.label < threshold; };
  double const N = static_cast<double>(std::count_if(a.begin(), a.end(), irrelevant));
  double before = 0;
  v.push_back(no_weight + over(r, all, [&](auto, item const& i) {
                double const counts = relevant(i) ? (before > 0 ? 1 - std::min(before, R) / std::min(R, N) : 1) : 0;
                before += irrelevant(i) ? 1 : 0;
                return counts * i.weight / W;
              }));
  double pooled = 0;
  double judged = 0;
  double seen = 0;
  v.push_back(no_weight + over(r, all, [&](std::size_t rank, item const& i) {
                double const k = static_cast<double>(rank + 1);
                double value = 0;
                if (relevant(i)) {
                  value = rank == 0 ? 1 : 1 / k + (k - 1) / k * (pooled / (k - 1)) * ((seen + 1e-5) / (judged + 2e-5));
                }
                pooled += i.judged ? 1 : 0;
                judged += i.judged && i.label >= 0 ? 1 : 0;
                seen += relevant(i) ? 1 : 0;
                return W > 0 ? i.weight * value / W : 0;
              }));
  return v;
}

column tau_by_hand(items const&, items const& r) {
  double with = 0;
  double against = 0;
  double scores = 0;
  double labels = 0;
  for (std::size_t i = 0; i < r.size(); ++i) {
    for (std::size_t j = i + 1; j < r.size(); ++j) {
      double const s = r[i].score - r[j].score;
      double const y = r[i].label - r[j].label;
      double const w = r[i].weight * r[j].weight;
      with += s * y > 0 ? w : 0;
      against += s * y < 0 ? w : 0;
      scores += s != 0 ? w : 0;
      labels += y != 0 ? w : 0;
    }
  }
  return {scores * labels > 0 ? (with - against) / std::sqrt(scores * labels) : undefined};
}

// The average position takes a cutoff where ties have no mean.
template <std::size_t Average, class... Pieces>
constexpr auto everything() {
  return rw::metrics(
      m::dcg<5, Pieces...>{}, m::ndcg<5, skip, Pieces...>{}, m::map<all, skip, Pieces...>{.threshold = threshold},
      m::map<5, skip, rw::denominator::capped, Pieces...>{.threshold = threshold},
      m::map<5, skip, rw::denominator::found, Pieces...>{.threshold = threshold},
      m::mrr<3, skip, Pieces...>{.threshold = threshold}, m::hit_rate<2, skip, Pieces...>{.threshold = threshold},
      m::precision<5, skip, Pieces...>{.threshold = threshold},
      m::item_goodrate<5, skip, Pieces...>{.threshold = threshold},
      m::recall<5, skip, Pieces...>{.threshold = threshold},
      m::recall<5, skip, rw::denominator::capped, Pieces...>{.threshold = threshold},
      m::r_precision<skip, Pieces...>{.threshold = threshold}, m::rbp<all, skip, Pieces...>{.persistence = 0.7},
      m::arp<Average, skip, Pieces...>{}, m::engagement<4, skip, Pieces...>{},
      m::engagement_share<4, skip, Pieces...>{}, m::ordered_pairs<skip, Pieces...>{}, m::inversions<skip, Pieces...>{},
      m::arp<all, skip, Pieces...>{});
}
template <class... Pieces>
constexpr auto in_order() {
  return rw::metrics(
      m::err<7, skip, Pieces...>{}, m::query_goodrate<3, skip, Pieces...>{.threshold = threshold, .share = 0.5},
      m::q_measure<all, skip, Pieces...>{.threshold = threshold, .beta = 0.5},
      m::bpref<skip, Pieces...>{.threshold = threshold}, m::inf_ap<skip, Pieces...>{.threshold = threshold});
}

// Each piece alone.
template <class... Pieces>
constexpr auto ndcg_and_map() {
  return rw::metrics(m::ndcg<5, skip, Pieces>{}..., m::map<all, skip, Pieces>{.threshold = threshold}...);
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

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || support::near(a, b, 1e-11);
}

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

constexpr rw::exec::scalar one_by_one{}; // compiles fastest

} // namespace

TEST_CASE("every metric is its definition, written out") {
  agrees(rw::exec::simd{}, everything<6>(), by_hand);
  agrees(one_by_one, in_order<>(), by_hand_in_order);
  agrees(one_by_one, rw::metrics(m::kendall_tau<skip>{}), tau_by_hand);
}

TEST_CASE("tie policies and condensed lists, side by side") {
  // NDCG and MAP for each.
  std::vector<order> const orders{[](item const& a, item const& b) { return a.id < b.id; },
                                  [](item const& a, item const& b) { return a.id > b.id; },
                                  [](item const& a, item const& b) { return a.label < b.label; },
                                  [](item const& a, item const& b) { return a.label > b.label; }, by_place};
  constexpr auto set = ndcg_and_map<rw::ties::by_id, rw::ties::by_id_descending, rw::ties::pessimistic,
                                    rw::ties::optimistic, rw::unjudged::condensed>();
  sample const s(3, 60, 40);
  for (unsigned which : {0u, 1u, 12u, 27u, 31u}) {
    rw::evaluation const result = rw::evaluate(one_by_one, set, s.p.scores, s.p.labels, s.p.lists(), s.options(which));
    for (std::size_t k = 0; k < orders.size(); ++k) {
      for (std::size_t l = 0; l < s.p.size(); ++l) {
        CAPTURE(which);
        CAPTURE(l);
        CAPTURE(std::string(result.title(k)));
        items const a = s.list(l, which, k + 1 == orders.size());
        column const v = a.empty() ? column(3, undefined) : by_hand(a, ranked(a, orders[k]));
        CHECK(same(result.per_list(k)[l], v[1]));
        CHECK(same(result.per_list(orders.size() + k)[l], v[2]));
      }
    }
  }
}

TEST_CASE("expected ties are the mean over all orders") {
  constexpr auto plain = everything<all, rw::ties::expected>();
  constexpr auto with_memory = in_order<rw::ties::expected>();
  constexpr std::size_t average_position = 13; // of six places
  support::random r{7};
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
      a[i] = {static_cast<double>(r.below(round % 3 + 1)), seen ? label : 0, weight, seen, true, 0, i};
      scores.push_back(a[i].score);
      labels.push_back(label);
      weights.push_back(weight);
      judged.push_back(seen ? 1 : 0);
    }
    std::vector<std::size_t> p(n);
    std::iota(p.begin(), p.end(), 0u);
    column mean;
    double count = 0;
    do {
      items shuffled;
      for (std::size_t i : p) {
        shuffled.push_back(a[i]);
      }
      items const in_places = ranked(shuffled, [](auto&, auto&) { return false; });
      column v = by_hand(shuffled, in_places);
      v[average_position] = v.back();
      column const more = by_hand_in_order(shuffled, in_places);
      v.insert(v.end(), more.begin(), more.end());
      mean.resize(v.size());
      for (std::size_t k = 0; k < v.size(); ++k) {
        mean[k] += v[k];
      }
      ++count;
    } while (std::next_permutation(p.begin(), p.end()));
    std::size_t at = 0;
    auto const check = [&](auto const& set) {
      auto const result = rw::evaluate(one_by_one, set, scores, labels, rw::lists<int>::single(n),
                                       {.item_weights = weights, .judged = judged});
      for (std::size_t k = 0; k < result.size(); ++k, ++at) {
        CAPTURE(std::string(result.title(k)));
        CHECK_MESSAGE(same(result.per_list(k)[0], mean[at] / count), result.per_list(k)[0] << " " << mean[at] / count);
      }
    };
    check(plain);
    check(with_memory);
    CHECK(at == mean.size());
  }
}

TEST_CASE("ties by lot: the same draw everywhere, another for another seed, fair over many lists") {
  std::size_t const lists = 2000;
  column const scores(lists * 4, 1.0);
  column labels(lists * 4);
  for (std::size_t l = 0; l < lists; ++l) {
    labels[4 * l] = 1;
  }
  auto const groups = rw::lists<int>::uniform(lists, 4);
  constexpr auto set = rw::metrics(m::mrr<all, rw::ties::random<1>>{}, m::mrr<all, rw::ties::random<2>>{});
  auto const a = rw::evaluate(rw::exec::simd{}, set, scores, labels, groups);
  auto const b = rw::evaluate(one_by_one, set, scores, labels, groups);
  CHECK(a.value(0) == b.value(0));
  CHECK(std::equal(a.per_list(0).begin(), a.per_list(0).end(), b.per_list(0).begin()));
  CHECK(!std::equal(a.per_list(0).begin(), a.per_list(0).end(), a.per_list(1).begin()));
  double const fair = (1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0) / 4;
  CHECK(a.value(0) == doctest::Approx(fair).epsilon(0.03)); // one standard error is 0.0066
  CHECK(a.value(1) == doctest::Approx(fair).epsilon(0.03));
}

TEST_CASE("executors agree") {
  sample const s(5, 50, 300);
  constexpr auto set = rw::metrics(m::ndcg<5>{}, m::map<>{.threshold = threshold}, m::ordered_pairs<>{});
  auto const expected = rw::evaluate(one_by_one, set, s.p.scores, s.p.labels, s.p.lists(), s.options(29));
  auto const result =
      rw::evaluate(rw::exec::basic_simd<xsimd::sse2>{}, set, s.p.scores, s.p.labels, s.p.lists(), s.options(29));
  for (std::size_t k = 0; k < result.size(); ++k) {
    for (std::size_t l = 0; l < s.p.size(); ++l) {
      CHECK(same(result.per_list(k)[l], expected.per_list(k)[l]));
    }
  }
}

TEST_CASE("judged, retrieved, ids: wrong sizes are reported, and they belong to prepare") {
  sample const s(9, 10, 12);
  constexpr auto set = rw::metrics(m::ndcg<5, skip>{}, m::map<all, skip>{}, m::mrr<3, skip>{}, m::recall<5, skip>{});
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
