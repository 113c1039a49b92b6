#ifndef RANKWISE_TESTS_UNIT_METRIC_BY_HAND_HPP
#define RANKWISE_TESTS_UNIT_METRIC_BY_HAND_HPP

#include <rankwise/metric/ranked.hpp>

#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

/// Every metric of a ranking as its definition says, written out over items in a std::vector.
namespace by_hand {

namespace rw = rankwise;
namespace m = rankwise::metric;

using column = std::vector<double>;
inline constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

struct item {
  double score, label, weight;
  bool judged, retrieved;
  double id;
  std::size_t place;
};
using items = std::vector<item>;
using order = std::function<bool(item const&, item const&)>; // whether a comes before b where scores are equal

inline bool by_place(item const& a, item const& b) {
  return a.place < b.place;
}

inline items ranked(items all, order const& before) {
  all.erase(std::remove_if(all.begin(), all.end(), [](item const& i) { return !i.retrieved; }), all.end());
  std::stable_sort(all.begin(), all.end(),
                   [&](item const& a, item const& b) { return a.score != b.score ? a.score > b.score : before(a, b); });
  return all;
}

// The first `k` of a ranking, folded: f(rank, item).
template <class F>
double over(items const& r, std::size_t k, F f) {
  double sum = 0;
  for (std::size_t i = 0; item const& x : std::span(r).first(std::min(k, r.size()))) {
    sum += f(i++, x);
  }
  return sum;
}

inline constexpr std::size_t all = rw::metric::all;
inline constexpr double threshold = 2;

inline bool relevant(item const& i) {
  return i.label >= threshold;
}
inline double count_relevant(items const& all_items) {
  return static_cast<double>(std::count_if(all_items.begin(), all_items.end(), relevant));
}
inline double weight_relevant(items const& all_items) {
  return over(all_items, all, [](auto, item const& i) { return relevant(i) ? i.weight : 0; });
}
inline double capped_weight(items a, std::size_t k) {
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
inline double found(items const& r, std::size_t k) {
  return over(r, k, [](auto, item const& i) { return relevant(i) ? i.weight : 0; });
}
inline double log2_discount(std::size_t rank) {
  return 1 / std::log2(static_cast<double>(rank) + 2);
}
inline double dcg(items const& r, std::size_t k) {
  return over(r, k, [](auto rank, item const& i) { return i.weight * (std::exp2(i.label) - 1) * log2_discount(rank); });
}
inline double ideal(items a, std::size_t k) {
  auto const gain = [](item const& i) { return i.weight * (std::exp2(i.label) - 1); };
  std::sort(a.begin(), a.end(), [&](item const& x, item const& y) { return gain(x) > gain(y); });
  return dcg(a, k);
}
inline double average_precision(items const& r, std::size_t k) {
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
// Values of one list; NaN where there is none. In the order of the sets of the tests.
inline column values(items const& a, items const& r) {
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
  bool const some = std::any_of(a.begin(), a.end(), [](item const& i) { return i.weight * i.label != 0; });
  v.push_back(some ? first : undefined);
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
inline column values_with_memory(items const& a, items const& r) {
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

inline column tau(items const&, items const& r) {
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

inline bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || support::near(a, b, 1e-11);
}

} // namespace by_hand

#endif
