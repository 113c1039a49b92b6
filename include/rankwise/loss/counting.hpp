#ifndef RANKWISE_LOSS_COUNTING_HPP
#define RANKWISE_LOSS_COUNTING_HPP

#include <rankwise/exec/arrange.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/pair.hpp>
#include <rankwise/loss/pair_pieces.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI {

namespace pair {

/// 1 where the pair is in the wrong order, 1/2 where its scores are equal: counted, without a derivative.
struct zero_one {};

} // namespace pair

namespace loss {

/// Losses over the pairs y_i > y_j of a list without visiting the pairs: pair::hinge, pair::squared_hinge and
/// pair::zero_one, n log n + n levels steps for n items with so many different labels. pair::squared_error takes every
/// pair of items in both orders, as pairs::ordered does, in n steps. The sums are those of pairwise<Function>. One walk
/// along the scores keeps, of the items within the margin, how many there are and the sums of their distances and
/// squared distances to the item at hand: all of them only grow, so that no score far off costs digits. Where a list
/// has few items for its labels, all pairs are visited after all, as that is faster.
/// Slots: weighting (better), reduction (sum). Second derivatives are the diagonal. Sums run in double.
template <class Function, class... Pieces>
struct counting {
  static_assert(slot_set<slots::weighting, slots::reduction>::template accepts<Pieces...>());
  using weighting = pick<slots::weighting, rankwise::weighting::better, Pieces...>;
  using reduction = pick<slots::reduction, rankwise::reduction::sum, Pieces...>;
  static_assert(std::is_same_v<Function, pair::hinge> || std::is_same_v<Function, pair::squared_hinge> ||
                    std::is_same_v<Function, pair::zero_one> || std::is_same_v<Function, pair::squared_error>,
                "[rankwise] counting<Function> knows pair::hinge, pair::squared_hinge, pair::zero_one and "
                "pair::squared_error; pairwise<Function> takes any");
  static_assert(!std::is_same_v<weighting, rankwise::weighting::item>,
                "[rankwise] counting has weighting::better and weighting::product");

  Function function{};
  double hessian_floor = -math::ops<double>::infinity; ///< no second derivative is smaller

  // Values: derivatives, then what groups keep of running sums.
  using scratch = scratch_columns<8, 2>;
  using prepared_items = scratch_columns<0, 3>;
  static constexpr bool in_groups = true;
  static constexpr bool reads_segments = true;

  struct constants {
    std::uint32_t items{};
    std::uint32_t one_segment{};
  };

  constexpr char const* fault() const {
    return hessian_floor == hessian_floor ? fault_of(function) : "the hessian_floor of counting (a number)";
  }

  template <class List>
  RANKWISE_FN constants prepare_list(List const& list) const {
    std::uint32_t* const order = list.template prepared_indices<0>();
    std::uint32_t* const classes = list.template prepared_indices<1>();
    constants c{static_cast<std::uint32_t>(arrange(list, order, classes)), 0};
    std::uint32_t segments = 0;
    each_place<typename List::vector>(c.items, [&](std::size_t p) { // the class of an item by its position
      list.template prepared_indices<2>()[order[p]] = classes[p] & ~segment_start;
      segments += (classes[p] & segment_start) != 0 ? 1u : 0u;
    });
    c.one_segment = sum_of_threads<typename List::vector>(segments) == 1 ? 1u : 0u;
    return c;
  }

  template <class List>
  RANKWISE_FN double operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T* const g = list.template values<0>();
    T* const h = list.template values<1>();
    list.each([&](auto i) {
      list.template keep<0>(i, V(0));
      list.template keep<1>(i, V(0));
    });
    rankwise::reduction::pair_sums<double> sums{0, 0, 0, 0, 0, static_cast<double>(list.size())};
    std::uint32_t const* const order = list.template prepared_indices<0>();
    std::uint32_t const* const classes = list.template prepared_indices<1>();
    for (std::size_t p = 0; p < list.constants().items;) {
      std::size_t last = list.constants().one_segment != 0 ? list.constants().items : p + 1;
      while (last < list.constants().items && (classes[last] & segment_start) == 0) {
        ++last;
      }
      segment(list, order + p, last - p, (classes[last - 1] & ~segment_start) + 1, g, h, sums);
      p = last;
    }
    T const factor = static_cast<T>(reduction::factor(sums));
    if constexpr (List::wants_gradient) {
      V const least = as<V>(hessian_floor);
      list.each([&](auto i) {
        list.gradient(i, list.template kept<0>(i) * V(factor));
        list.hessian(i, math::max(list.template kept<1>(i) * V(factor), least));
      });
    }
    return sums.value * static_cast<double>(factor);
  }

  RANKWISE_LOSS_CALLS

private:
  /// Of a set of items: weight, and weighted sums of x and x^2.
  struct moments {
    double weight = 0;
    double first = 0;
    double second = 0;

    RANKWISE_FN void add(double w, double x) {
      weight += w;
      first += w * x;
      second += w * x * x;
    }
    /// Every x becomes x + by.
    RANKWISE_FN void move(double by) {
      second += by * (2 * first + by * weight);
      first += by * weight;
    }
  };

  template <class V>
  RANKWISE_FN static moments of_threads(moments const& m) {
    return {sum_of_threads<V>(m.weight), sum_of_threads<V>(m.first), sum_of_threads<V>(m.second)};
  }

  template <class List>
  RANKWISE_FN static double better_weight(List const& list, std::size_t item) {
    return static_cast<double>(list.weight_of(item));
  }
  template <class List>
  RANKWISE_FN static double worse_weight(List const& list, std::size_t item) {
    return std::is_same_v<weighting, rankwise::weighting::product> ? better_weight(list, item) : 1.0;
  }

  template <class List, class T>
  RANKWISE_FN void segment(List const& list, std::uint32_t const* items, std::size_t count, std::uint32_t levels, T* g,
                           T* h, rankwise::reduction::pair_sums<double>& sums) const {
    // The items that take part, by score, lowest first.
    using V = typename List::vector;
    std::uint32_t* const sorted = list.template indices<0>();
    std::size_t const n = collect_places<V>(count, sorted, [&](std::size_t k) { return list.takes_part(items[k]); });
    if (n == 0) {
      return;
    }
    each_place<V>(n, [&](std::size_t k) { sorted[k] = items[sorted[k]]; });
    sums.items += static_cast<double>(n);
    if constexpr (!is_shared<V> && !std::is_same_v<Function, pair::squared_error>) {
      using W = typename rankwise::detail::doubles_for<V>::type;
      // A step of the walk, one for every item and level, takes as long as some eight registers of pairs.
      if (n <= 8 * static_cast<std::size_t>(math::lanes<W>) * levels) {
        all_pairs<W>(list, sorted, n, g, h, sums);
        return;
      }
    }
    rankwise::detail::sort_places<V>(sorted, list.template indices<1>(), n, [&](std::uint32_t a, std::uint32_t b) {
      T const x = list.score_of(a);
      T const y = list.score_of(b);
      return x < y || (x == y && a < b);
    });
    auto const score = [&](std::size_t k) { return static_cast<double>(list.score_of(sorted[k])); };
    if constexpr (std::is_same_v<Function, pair::squared_error>) {
      all_squares(list, sorted, n, score, g, h, sums);
    } else {
      std::uint32_t const* const class_of = list.template prepared_indices<2>();
      if constexpr (is_shared<V>) {
        for (std::uint32_t level = 1; level < levels; ++level) {
          one_level_in_group(list, sorted, n, class_of, level, score, g, h, sums);
        }
      } else {
        // In the order of the scores, as every level walks along them.
        T* const score_at = list.template values<2>();
        std::uint32_t* const class_at = list.template indices<1>();
        for (std::size_t k = 0; k < n; ++k) {
          score_at[k] = list.score_of(sorted[k]);
          class_at[k] = class_of[sorted[k]];
        }
        for (std::uint32_t level = 1; level < levels; ++level) {
          one_level(list, sorted, n, class_at, level, score_at, g, h, sums);
        }
      }
    }
  }

  /// Every item against every other: more steps, but in registers, and without an order of the scores.
  template <class W, class List, class T>
  RANKWISE_FN void all_pairs(List const& list, std::uint32_t const* item, std::size_t n, T* g, T* h,
                             rankwise::reduction::pair_sums<double>& sums) const {
    T* const score = list.template values<2>();
    T* const weight = list.template values<3>();
    T* const slope = list.template values<4>();
    T* const bend = list.template values<5>();
    std::uint32_t* const level = list.template indices<1>();
    for (std::size_t k = 0; k < n; ++k) {
      score[k] = list.score_of(item[k]);
      level[k] = list.template prepared_indices<2>()[item[k]];
      weight[k] = list.weight_of(item[k]);
    }
    W const zero(0);
    W value(0);
    W pairs(0);
    W weights(0);
    for_each_pack<W>(n, [&](auto i) { // lanes behind the last item have level 0, and are better than nobody
      W const own_score = load(score, i);
      W const own_level = load(level, i);
      W const own_weight = load(weight, i);
      W slopes(0);
      W bends(0);
      for (std::size_t o = 0; o < n; ++o) {
        W const other_level(static_cast<double>(level[o]));
        W const other_weight(static_cast<double>(weight[o]));
        auto const better = own_level > other_level;
        auto const compared = better | (own_level < other_level);
        W const ahead = own_score - W(static_cast<double>(score[o]));
        W const w = std::is_same_v<weighting, rankwise::weighting::product>
                        ? own_weight * other_weight
                        : math::select(better, own_weight, other_weight);
        W const once = math::select(better, w, zero); // of the two times that a pair is seen
        pairs += math::select(better, W(1), zero);
        weights += once;
        if constexpr (std::is_same_v<Function, pair::zero_one>) {
          value += math::select(ahead < zero, once, math::select(ahead == zero, once * W(0.5), zero));
        } else {
          W const miss = W(margin_of()) - math::select(better, ahead, -ahead);
          auto const counts = compared & (miss > zero);
          W const x = math::select(counts, miss, zero);
          W const pull = math::select(better, -w, w);
          if constexpr (std::is_same_v<Function, pair::hinge>) {
            value += once * x;
            slopes += math::select(counts, pull, zero);
          } else {
            value += once * (x * x);
            slopes += W(2) * pull * x;
            bends += math::select(counts, W(2) * w, zero);
          }
        }
      }
      store(slope, i, slopes);
      store(bend, i, bends);
    });
    sums.value += math::reduce_add(value);
    sums.pairs += math::reduce_add(pairs);
    sums.weights += math::reduce_add(weights);
    for (std::size_t k = 0; k < n; ++k) {
      g[item[k]] = slope[k];
      h[item[k]] = bend[k];
    }
  }

  /// The items of one class against all of lower classes.
  template <class List, class T>
  RANKWISE_FN void one_level(List const& list, std::uint32_t const* sorted, std::size_t n,
                             std::uint32_t const* class_at, std::uint32_t level, T const* score_at, T* g, T* h,
                             rankwise::reduction::pair_sums<double>& sums) const {
    auto const score = [score_at](std::size_t k) { return static_cast<double>(score_at[k]); };
    double lower = 0;
    double upper = 0;
    double lower_weight = 0;
    double upper_weight = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (class_at[k] < level) {
        lower += 1;
        lower_weight += worse_weight(list, sorted[k]);
      } else if (class_at[k] == level) {
        upper += 1;
        upper_weight += better_weight(list, sorted[k]);
      }
    }
    sums.pairs += lower * upper;
    sums.weights += lower_weight * upper_weight;
    if (lower == 0 || upper == 0) {
      return;
    }
    // Better items from the highest score down: the worse ones that they do not beat by the margin become more.
    moments within;
    double at = score(n - 1);
    std::size_t begin = n;
    for (std::size_t k = n; k-- > 0;) {
      std::size_t const i = sorted[k];
      if (class_at[k] != level) {
        continue;
      }
      within.move(at - score(k));
      at = score(k);
      for (; begin > 0 && misses(at, score(begin - 1)); --begin) {
        if (class_at[begin - 1] < level) {
          within.add(worse_weight(list, sorted[begin - 1]), miss(at, score(begin - 1)));
        }
      }
      double equal = 0;
      if constexpr (std::is_same_v<Function, pair::zero_one>) {
        for (std::size_t e = begin; e < n && score(e) == at; ++e) {
          equal += class_at[e] < level ? worse_weight(list, sorted[e]) : 0;
        }
      }
      sums.value += better_item(better_weight(list, i), within, equal, g[i], h[i]);
    }
    // Worse items from the lowest up: so do the better ones that do not beat them.
    if constexpr (!std::is_same_v<Function, pair::zero_one>) {
      moments below;
      at = score(0);
      std::size_t end = 0;
      for (std::size_t k = 0; k < n; ++k) {
        std::size_t const j = sorted[k];
        if (class_at[k] >= level) {
          continue;
        }
        below.move(score(k) - at);
        at = score(k);
        for (; end < n && misses(score(end), at); ++end) {
          if (class_at[end] == level) {
            below.add(better_weight(list, sorted[end]), miss(score(end), at));
          }
        }
        worse_item(worse_weight(list, j), below, g[j], h[j]);
      }
    }
  }

  /// By how much a better item misses its margin over a worse one, and whether it does.
  RANKWISE_FN double miss(double better, double worse) const { return margin_of() - (better - worse); }
  RANKWISE_FN bool misses(double better, double worse) const {
    return std::is_same_v<Function, pair::zero_one> ? worse >= better : miss(better, worse) > 0;
  }

  /// What a better item loses by the worse ones whose misses have these moments; `equal` of them have its score.
  template <class T>
  RANKWISE_FN static double better_item(double w, moments const& m, double equal, T& g, T& h) {
    if constexpr (std::is_same_v<Function, pair::zero_one>) {
      return w * (m.weight - equal / 2);
    } else if constexpr (std::is_same_v<Function, pair::hinge>) {
      g -= static_cast<T>(w * m.weight);
      return w * m.first;
    } else {
      g -= static_cast<T>(2 * w * m.first);
      h += static_cast<T>(2 * w * m.weight);
      return w * m.second;
    }
  }
  template <class T>
  RANKWISE_FN static void worse_item(double w, moments const& m, T& g, T& h) {
    if constexpr (std::is_same_v<Function, pair::hinge>) {
      g += static_cast<T>(w * m.weight);
    } else {
      g += static_cast<T>(2 * w * m.first);
      h += static_cast<T>(2 * w * m.weight);
    }
  }

  /// Moments of distances to the score `at`.
  struct moments_at {
    moments of;
    double at = 0;
  };

  /// The same by threads: running sums for all places, of which every item looks its own up.
  template <class List, class Score, class T>
  RANKWISE_FN void one_level_in_group(List const& list, std::uint32_t const* sorted, std::size_t n,
                                      std::uint32_t const* class_of, std::uint32_t level, Score score, T* g, T* h,
                                      rankwise::reduction::pair_sums<double>& sums) const {
    using V = typename List::vector;
    using rankwise::detail::wide_column;
    wide_column<T> const weights{list.template values<2>(), list.template values<3>()};
    wide_column<T> const firsts{list.template values<4>(), list.template values<5>()};
    wide_column<T> const seconds{list.template values<6>(), list.template values<7>()};
    // Of the items from one end up to each place that have a weight: distances to the score there.
    auto const run = [&](auto end, auto weight) {
      constexpr bool from_above = decltype(end)::value;
      scan_places<V, from_above>(
          n, moments_at{},
          [&](std::size_t k) {
            return moments_at{{weight(sorted[k]), 0, 0}, score(k)};
          },
          [](moments_at a, moments_at const& b) {
            a.of.move(from_above ? a.at - b.at : b.at - a.at);
            return moments_at{{a.of.weight + b.of.weight, a.of.first + b.of.first, a.of.second + b.of.second}, b.at};
          },
          [&](std::size_t k, moments_at const& upto) {
            weights.set(k, upto.of.weight);
            firsts.set(k, upto.of.first);
            seconds.set(k, upto.of.second);
          });
    };
    auto const upto = [&](std::size_t k) { return moments{weights[k], firsts[k], seconds[k]}; };
    // How many places, of those in front, meet a condition.
    auto const count = [n](auto meets) {
      std::size_t low = 0;
      for (std::size_t high = n; low < high;) {
        std::size_t const middle = low + (high - low) / 2;
        bool const yes = meets(middle);
        low = yes ? middle + 1 : low;
        high = yes ? high : middle;
      }
      return low;
    };
    run(std::true_type{}, [&](std::size_t i) { return class_of[i] < level ? worse_weight(list, i) : 0.0; });
    double lower = 0;
    double upper = 0;
    double lower_weight = 0;
    double upper_weight = 0;
    double value = 0;
    each_place<V>(n, [&](std::size_t k) {
      std::size_t const i = sorted[k];
      if (class_of[i] < level) {
        lower += 1;
        lower_weight += worse_weight(list, i);
      }
      if (class_of[i] != level) {
        return;
      }
      double const w = better_weight(list, i);
      upper += 1;
      upper_weight += w;
      std::size_t const begin = count([&](std::size_t q) { return !misses(score(k), score(q)); });
      moments within;
      if (begin < n) {
        within = upto(begin);
        within.move(miss(score(k), score(begin)));
      }
      double equal = 0;
      if constexpr (std::is_same_v<Function, pair::zero_one>) {
        std::size_t const above = count([&](std::size_t q) { return score(q) <= score(k); });
        equal = within.weight - (above < n ? weights[above] : 0);
      }
      value += better_item(w, within, equal, g[i], h[i]);
    });
    sums.pairs += sum_of_threads<V>(lower) * sum_of_threads<V>(upper);
    sums.weights += sum_of_threads<V>(lower_weight) * sum_of_threads<V>(upper_weight);
    sums.value += sum_of_threads<V>(value);
    if constexpr (!std::is_same_v<Function, pair::zero_one>) {
      run(std::false_type{}, [&](std::size_t i) { return class_of[i] == level ? better_weight(list, i) : 0.0; });
      each_place<V>(n, [&](std::size_t k) {
        std::size_t const j = sorted[k];
        if (class_of[j] >= level) {
          return;
        }
        if (std::size_t const end = count([&](std::size_t q) { return misses(score(q), score(k)); }); end != 0) {
          moments below = upto(end - 1);
          below.move(miss(score(end - 1), score(k)));
          worse_item(worse_weight(list, j), below, g[j], h[j]);
        }
      });
    }
  }

  RANKWISE_FN double margin_of() const {
    if constexpr (requires { function.margin; }) {
      return function.margin;
    } else {
      return 0;
    }
  }

  /// sum over i, j of a_i b_j (r_i - r_j)^2, r = s - y.
  template <class List, class Score, class T>
  RANKWISE_FN void all_squares(List const& list, std::uint32_t const* sorted, std::size_t n, Score score, T* g, T* h,
                               rankwise::reduction::pair_sums<double>& sums) const {
    using V = typename List::vector;
    moments a;
    moments b;
    double self = 0;
    // Differences count: those from an item in the middle lose less.
    double const centre = score(n / 2);
    double const middle = static_cast<double>(list.label_of(sorted[n / 2]));
    auto const rest = [&](std::size_t k) {
      return (score(k) - centre) - (static_cast<double>(list.label_of(sorted[k])) - middle);
    };
    each_place<V>(n, [&](std::size_t k) {
      double const wa = better_weight(list, sorted[k]);
      double const wb = worse_weight(list, sorted[k]);
      a.add(wa, rest(k));
      b.add(wb, rest(k));
      self += wa * wb;
    });
    a = of_threads<V>(a);
    b = of_threads<V>(b);
    self = sum_of_threads<V>(self);
    double value = 0;
    sums.pairs += static_cast<double>(n) * static_cast<double>(n - 1);
    sums.weights += a.weight * b.weight - self;
    each_place<V>(n, [&](std::size_t k) {
      std::size_t const i = sorted[k];
      double const wa = better_weight(list, i);
      double const wb = worse_weight(list, i);
      double const r = rest(k);
      value += wa * (r * r * b.weight - 2 * r * b.first + b.second);
      g[i] += static_cast<T>(2 * (wa * (r * b.weight - b.first) + wb * (r * a.weight - a.first)));
      h[i] += static_cast<T>(2 * (wa * (b.weight - wb) + wb * (a.weight - wa)));
    });
    sums.value += sum_of_threads<V>(value);
  }
};

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
