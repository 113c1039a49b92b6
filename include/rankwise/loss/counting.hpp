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
/// pair of items in both orders, as pairs::ordered does, in n steps. The sums are those of pairwise<Function>, taken
/// from moments: of the items that lie within the margin, how many, and the sums of their scores and squared scores.
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
  /// Weight, and weighted sums of scores and squared scores, of a set of items.
  struct moments {
    double weight = 0;
    double first = 0;
    double second = 0;
    double count = 0;

    RANKWISE_FN void add(double w, double s) {
      weight += w;
      first += w * s;
      second += w * s * s;
      count += 1;
    }
    RANKWISE_FN moments with(moments const& m) const {
      return {weight + m.weight, first + m.first, second + m.second, count + m.count};
    }
    RANKWISE_FN moments without(moments const& m) const {
      return {weight - m.weight, first - m.first, second - m.second, count - m.count};
    }
  };

  template <class V>
  RANKWISE_FN static moments of_threads(moments const& m) {
    return {sum_of_threads<V>(m.weight), sum_of_threads<V>(m.first), sum_of_threads<V>(m.second),
            sum_of_threads<V>(m.count)};
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
    // The items that take part, by score, lowest first. Differences of scores count: those from the lowest lose less.
    using V = typename List::vector;
    std::uint32_t* const sorted = list.template indices<0>();
    std::size_t const n = collect_places<V>(count, sorted, [&](std::size_t k) { return list.takes_part(items[k]); });
    if (n == 0) {
      return;
    }
    each_place<V>(n, [&](std::size_t k) { sorted[k] = items[sorted[k]]; });
    rankwise::detail::sort_places<V>(sorted, list.template indices<1>(), n, [&](std::uint32_t a, std::uint32_t b) {
      T const x = list.score_of(a);
      T const y = list.score_of(b);
      return x < y || (x == y && a < b);
    });
    sums.items += static_cast<double>(n);
    double const centre = static_cast<double>(list.score_of(sorted[n / 2]));
    auto const score = [&](std::size_t k) { return static_cast<double>(list.score_of(sorted[k])) - centre; };
    if constexpr (std::is_same_v<Function, pair::squared_error>) {
      all_squares(list, sorted, n, score, g, h, sums);
    } else {
      std::uint32_t const* const class_of = list.template prepared_indices<2>();
      for (std::uint32_t level = 1; level < levels; ++level) {
        if constexpr (is_shared<V>) {
          one_level_in_group(list, sorted, n, class_of, level, score, g, h, sums);
        } else {
          one_level(list, sorted, n, class_of, level, score, g, h, sums);
        }
      }
    }
  }

  /// The items of one class against all of lower classes.
  template <class List, class Score, class T>
  RANKWISE_FN void one_level(List const& list, std::uint32_t const* sorted, std::size_t n,
                             std::uint32_t const* class_of, std::uint32_t level, Score score, T* g, T* h,
                             rankwise::reduction::pair_sums<double>& sums) const {
    moments lower;
    moments upper;
    for (std::size_t k = 0; k < n; ++k) {
      if (class_of[sorted[k]] < level) {
        lower.add(worse_weight(list, sorted[k]), score(k));
      } else if (class_of[sorted[k]] == level) {
        upper.add(better_weight(list, sorted[k]), score(k));
      }
    }
    sums.pairs += lower.count * upper.count;
    sums.weights += lower.weight * upper.weight;
    if (lower.count == 0 || upper.count == 0) {
      return;
    }
    double const margin = margin_of();
    // A better item i misses the margin of all worse ones above s_i - margin; those up to there have been passed.
    moments passed;
    std::size_t next = 0;
    for (std::size_t k = 0; k < n; ++k) {
      std::size_t const i = sorted[k];
      if (class_of[i] != level) {
        continue;
      }
      double const a = margin - score(k);
      for (; next < n && (std::is_same_v<Function, pair::zero_one> ? score(next) < score(k) : a + score(next) <= 0);
           ++next) {
        if (class_of[sorted[next]] < level) {
          passed.add(worse_weight(list, sorted[next]), score(next));
        }
      }
      double const w = better_weight(list, i);
      moments const m = lower.without(passed);
      if constexpr (std::is_same_v<Function, pair::zero_one>) {
        double equal = 0;
        for (std::size_t e = next; e < n && score(e) == score(k); ++e) {
          equal += class_of[sorted[e]] < level ? worse_weight(list, sorted[e]) : 0;
        }
        sums.value += w * (m.weight - equal / 2);
      } else if constexpr (std::is_same_v<Function, pair::hinge>) {
        sums.value += w * (a * m.weight + m.first);
        g[i] -= static_cast<T>(w * m.weight);
      } else {
        sums.value += w * (a * a * m.weight + 2 * a * m.first + m.second);
        g[i] -= static_cast<T>(2 * w * (a * m.weight + m.first));
        h[i] += static_cast<T>(2 * w * m.weight);
      }
    }
    // A worse item j: all better ones below s_j + margin.
    if constexpr (!std::is_same_v<Function, pair::zero_one>) {
      moments below;
      next = 0;
      for (std::size_t k = 0; k < n; ++k) {
        std::size_t const j = sorted[k];
        if (class_of[j] >= level) {
          continue;
        }
        for (; next < n && margin - score(next) + score(k) > 0; ++next) {
          if (class_of[sorted[next]] == level) {
            below.add(better_weight(list, sorted[next]), score(next));
          }
        }
        double const w = worse_weight(list, j);
        if constexpr (std::is_same_v<Function, pair::hinge>) {
          g[j] += static_cast<T>(w * below.weight);
        } else {
          g[j] += static_cast<T>(2 * w * ((margin + score(k)) * below.weight - below.first));
          h[j] += static_cast<T>(2 * w * below.weight);
        }
      }
    }
  }

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
    // Of the items that `belongs` takes, up to each place.
    auto const run = [&](auto belongs, auto weight) {
      return scan_places<V>(
          n, moments{},
          [&](std::size_t k) {
            moments m;
            if (belongs(class_of[sorted[k]])) {
              m.add(weight(sorted[k]), score(k));
            }
            return m;
          },
          [](moments const& a, moments const& b) { return a.with(b); },
          [&](std::size_t k, moments const& upto) {
            weights.set(k, upto.weight);
            firsts.set(k, upto.first);
            seconds.set(k, upto.second);
          });
    };
    auto const before = [&](std::size_t k) {
      return k == 0 ? moments{} : moments{weights[k - 1], firsts[k - 1], seconds[k - 1], 0};
    };
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
    auto const is_better = [&](std::uint32_t c) { return c == level; };
    auto const is_worse = [&](std::uint32_t c) { return c < level; };
    auto const worse = [&](std::size_t item) { return worse_weight(list, item); };
    auto const better = [&](std::size_t item) { return better_weight(list, item); };
    moments const lower = run(is_worse, worse);
    double upper_weight = 0;
    double upper_count = 0;
    double value = 0;
    double const margin = margin_of();
    each_place<V>(n, [&](std::size_t k) {
      std::size_t const i = sorted[k];
      if (!is_better(class_of[i])) {
        return;
      }
      double const a = margin - score(k);
      double const w = better(i);
      upper_weight += w;
      upper_count += 1;
      if constexpr (std::is_same_v<Function, pair::zero_one>) {
        moments const lost = before(count([&](std::size_t q) { return score(q) < score(k); }));
        moments const even = before(count([&](std::size_t q) { return score(q) <= score(k); }));
        value += w * (lower.weight - (lost.weight + even.weight) / 2);
      } else {
        moments const m = lower.without(before(count([&](std::size_t q) { return a + score(q) <= 0; })));
        if constexpr (std::is_same_v<Function, pair::hinge>) {
          value += w * (a * m.weight + m.first);
          g[i] -= static_cast<T>(w * m.weight);
        } else {
          value += w * (a * a * m.weight + 2 * a * m.first + m.second);
          g[i] -= static_cast<T>(2 * w * (a * m.weight + m.first));
          h[i] += static_cast<T>(2 * w * m.weight);
        }
      }
    });
    sums.pairs += lower.count * sum_of_threads<V>(upper_count);
    sums.weights += lower.weight * sum_of_threads<V>(upper_weight);
    sums.value += sum_of_threads<V>(value);
    if constexpr (!std::is_same_v<Function, pair::zero_one>) {
      run(is_better, better);
      each_place<V>(n, [&](std::size_t k) {
        std::size_t const j = sorted[k];
        if (!is_worse(class_of[j])) {
          return;
        }
        moments const below = before(count([&](std::size_t q) { return margin - score(q) + score(k) > 0; }));
        double const w = worse(j);
        if constexpr (std::is_same_v<Function, pair::hinge>) {
          g[j] += static_cast<T>(w * below.weight);
        } else {
          g[j] += static_cast<T>(2 * w * ((margin + score(k)) * below.weight - below.first));
          h[j] += static_cast<T>(2 * w * below.weight);
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
    double const middle = static_cast<double>(list.label_of(sorted[n / 2]));
    auto const rest = [&](std::size_t k) {
      return score(k) - (static_cast<double>(list.label_of(sorted[k])) - middle);
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
