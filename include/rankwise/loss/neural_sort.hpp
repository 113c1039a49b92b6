#ifndef RANKWISE_LOSS_NEURAL_SORT_HPP
#define RANKWISE_LOSS_NEURAL_SORT_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/loss/smooth_ranks.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/scan.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Metrics of a relaxed permutation matrix P: row i says which items stand at place i. With d_i the worth of place i
/// and g_j the gain of item j,
///   L = -scale sum_i d_i sum_j P_ij g_j,   P_i = softmax of logits z_i
/// Nothing of the size of the matrix is kept. With the items in the order of their scores a row's logits fall on both
/// sides of the item at rank i, and what is too small to count is not computed.
namespace rankwise::inline RANKWISE_ABI::loss {

/// z_ij = (n - 1 - 2 i) x_j - sum_k |x_j - x_k|,  x = s / temperature (Grover et al. 2019). Between neighbours in the
/// order of the scores, d places from i, it falls by (2 d - 1) times their gap.
struct neural_logits {
  template <class V>
  RANKWISE_FN static V fall(V places) {
    return places + places - V(1);
  }
};

/// z_ij = -|x_[i] - x_j|, x_[i] the score at rank i (Prillo and Eisenschlos 2020)
struct distance_logits {
  template <class V>
  RANKWISE_FN static V fall(V) {
    return V(1);
  }
};

namespace detail {

/// The part of a row of P that counts: places first .. last-1.
struct row_band {
  std::size_t first, last;
};

/// e^(z_ij - z_ii) by rank j into `row`, from the gaps between neighbouring x: gap[j] = x_(j-1) - x_j.
template <class V, class Logits, class T>
RANKWISE_FN row_band fill_row(T const* gap, std::size_t n, std::size_t i, T* row) {
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  V const least = as<V>(sizeof(T) == 4 ? -17.5 : -40.0);
  row_band band{i, n};
  V z(0);
  V reached(0);
  auto const upwards = [&](auto j) {
    V const places = position(j) - V(static_cast<T>(i));
    V const fall = math::select(places > V(0), Logits::fall(places) * load(gap, j), V(0));
    z = reached - math::sum_up_to(fall);
    store(row, j, math::exp<math::fast>(z));
  };
  std::size_t j = i;
  for (;; j += width) {
    if (j + width > n) {
      if (j < n) {
        upwards(partial_pack<V>{j, n - j});
      }
      break;
    }
    upwards(pack<V>{j});
    if (math::none(z > least)) {
      band.last = j + width;
      break;
    }
    reached = V(math::ops<V>::get(z, width - 1));
  }
  reached = V(0);
  for (j = i; j > 0;) {
    std::size_t const count = j < width ? j : width;
    j -= count;
    V const places = V(static_cast<T>(i)) - (V(static_cast<T>(j)) + math::ops<V>::iota());
    V const steps = count == width ? math::load<V>(gap + j + 1) : math::load_partial<V>(gap + j + 1, count, T(0));
    V const fall = count == width ? Logits::fall(places) * steps
                                  : math::select(math::ops<V>::first(count), Logits::fall(places) * steps, V(0));
    z = reached - math::sum_from(fall);
    V const e = math::exp<math::fast>(z);
    band.first = j;
    if (count == width) {
      math::store(row + j, e);
      if (math::none(z > least)) {
        break;
      }
      reached = V(math::ops<V>::get(z, 0));
    } else {
      math::store_partial(row + j, count, e);
    }
  }
  return band;
}

template <class V, class F>
RANKWISE_FN void over_band(row_band band, F f) {
  for_each_pack<V>(band.last - band.first, [&](auto j) {
    j.first += band.first;
    f(j);
  });
}
template <class V, class T>
RANKWISE_FN T band_dot(row_band band, T const* a, T const* b) {
  return math::reduce_add(combine_packs<V>(
      band.last - band.first, V(0),
      [&](auto j) {
        j.first += band.first;
        return load(a, j) * load(b, j);
      },
      plus{}));
}

} // namespace detail

/// A metric of a relaxed permutation. `Rounds` > 0 scales columns and then rows to add up to 1 (Sinkhorn and Knopp), so
/// often, as allRank does; four vectors per round are kept and the derivative goes through all of them. For metrics
/// that are sums over items (ndcg, dcg, precision, recall, rbp, arp), with a sharp cutoff. The hessian is a bound that
/// is never negative: the sum over rows of |dL/dz| (dz/dx)^2.
template <class Metric, std::size_t Rounds, class Logits>
struct relaxed_sort {
  static_assert(!detail::asks_who<by_ranks<Metric>>,
                "[rankwise] a relaxed permutation needs a metric that is a sum over "
                "items; for map and err take loss::approx");
  static_assert(!by_ranks<Metric>::first_find, "[rankwise] a relaxed permutation needs a metric that is a sum over "
                                               "items; for mrr and hit_rate take loss::approx");
  double temperature = 1;
  Metric metric{};

  /// So many entries of a row are kept between rounds of scaling; a row with more that count is computed anew.
  static constexpr std::size_t kept_entries = Rounds == 0 ? 0 : 128;
  using scratch = detail::ordering_scratch<(Rounds == 0 ? 8 : 12 + 4 * Rounds + 2 * kept_entries)>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return detail::prepare_scale(list, detail::in_ranks(metric));
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    auto const by = detail::in_ranks(metric);
    T const scale = detail::scale_of(list, by);
    if (scale == T(0)) {
      return detail::no_loss(list);
    }
    std::size_t const n = rank::top(list, list.size(), [&](auto i) { return list.score(i); });
    std::uint32_t const* const item = list.template indices<0>();
    T* const gap = list.template values<0>();
    T* const gain = list.template values<1>();
    T* const by_item = list.template values<2>();
    T* const by_row = list.template values<3>();
    T* const bend = list.template values<4>();
    T const beta = static_cast<T>(1 / temperature);
    each_place<V>(n, [&](std::size_t k) {
      // Halves, as the whole difference may overflow.
      T const halved = k == 0 ? T(0) : list.score_of(item[k - 1]) * T(0.5) - list.score_of(item[k]) * T(0.5);
      T const most = math::ops<T>::largest / (T(16) * static_cast<T>(n) * static_cast<T>(n));
      gap[k] = math::min(T(2) * beta * math::min(halved, most / (beta > T(1) ? beta : T(1))), most);
      gain[k] = by.gain(list.label_of(item[k]), list.weight_of(item[k]));
      by_item[k] = by_row[k] = bend[k] = T(0);
    });
    T const factor = static_cast<T>(by_ranks<Metric>::sign) * scale;
    T value(0);
    if constexpr (Rounds == 0) {
      value = by_rows<V>(list, by, factor, n);
    } else {
      value = by_rounds<V>(list, by, factor, n);
    }
    if constexpr (List::wants_gradient) {
      finish<V>(list, beta, n);
    }
    return value;
  }

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? fault_of(metric)
               : "the temperature of a relaxed sort (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  // Adds dL/dz of row i and places j, times dz/dx where that differs between rows.
  template <class V, class List, class Index>
  RANKWISE_FN static V add(List const& list, std::size_t n, std::size_t i, Index j, V d) {
    using T = typename List::scalar;
    T* const by_item = list.template values<2>();
    T* const by_row = list.template values<3>();
    V const places = position(j) - V(static_cast<T>(i));
    V moved = d;
    if constexpr (std::is_same_v<Logits, neural_logits>) {
      store(by_item, j, load(by_item, j) + d);
      V const slope(static_cast<T>(n) - T(1) - T(2) * static_cast<T>(i));
      store(by_row, j, math::fma(slope, d, load(by_row, j)));
    } else {
      // The gaps say whether the two scores are equal; `finish` takes equal ones back.
      moved = math::select(places > V(0), d, math::select(places < V(0), -d, V(0)));
      store(by_row, j, load(by_row, j) + moved);
    }
    if constexpr (List::wants_hessian) {
      T* const bend = list.template values<4>();
      V const steep = std::is_same_v<Logits, neural_logits> ? places + places : V(1);
      store(bend, j, load(bend, j) + math::abs(d) * steep * steep);
    }
    return moved;
  }

  template <class V, class List, class T>
  RANKWISE_FN static T by_rows(List const& list, by_ranks<Metric> const& by, T factor, std::size_t n) {
    T const* const gap = list.template values<0>();
    T const* const gain = list.template values<1>();
    T* const row = list.template values<5>();
    std::size_t const places = by.metric.cutoff < n ? by.metric.cutoff : n;
    T value(0);
    for (std::size_t i = 0; i < places; ++i) {
      auto const band = detail::fill_row<V, Logits>(gap, n, i, row);
      T const total = math::reduce_add(combine_packs<V>(
          band.last - band.first, V(0),
          [&](auto j) {
            j.first += band.first;
            return load(row, j);
          },
          plus{}));
      T const expected = detail::band_dot<V>(band, row, gain) / total;
      T const worth = factor * by.at_place(static_cast<T>(i));
      value += worth * expected;
      if constexpr (List::wants_gradient) {
        V const c(worth / total);
        detail::over_band<V>(band, [&](auto j) { store(row, j, c * load(row, j) * (load(gain, j) - V(expected))); });
        spread<V>(list, n, i, band, row);
      }
    }
    return value;
  }

  // One row of dL/dz into the items' columns.
  template <class V, class List, class T>
  RANKWISE_FN static void spread(List const& list, std::size_t n, std::size_t i, detail::row_band band, T* row) {
    if constexpr (!std::is_same_v<Logits, neural_logits>) {
      // Scores equal to that of place i do not move the row.
      T const* const gap = list.template values<0>();
      once<V>([&] {
        for (std::size_t j = i; j + 1 < band.last && gap[j + 1] == T(0); ++j) {
          row[j + 1] = T(0);
        }
        for (std::size_t j = i; j > band.first && gap[j] == T(0); --j) {
          row[j - 1] = T(0);
        }
      });
    }
    V moved(0);
    detail::over_band<V>(band, [&](auto j) {
      V const m = add<V>(list, n, i, j, load(row, j));
      moved += decltype(j)::full ? m : math::select(math::ops<V>::first(j.live()), m, V(0));
    });
    if constexpr (!std::is_same_v<Logits, neural_logits>) {
      T const all = math::reduce_add(moved);
      once<V>([&] { list.template values<3>()[i] -= all; });
    }
  }

  // P = diag(u) e^z diag(v). In every round u makes the rows add up to 1 and then v the columns; behind the last one
  // another u makes P's rows. The first u is the softmax that scaling starts from.
  template <class V, class List, class T>
  RANKWISE_FN static T by_rounds(List const& list, by_ranks<Metric> const& by, T factor, std::size_t n) {
    T const* const gap = list.template values<0>();
    T const* const gain = list.template values<1>();
    T* const row = list.template values<5>();
    T* const slope_v = list.template values<8>();
    T* const pull = list.template values<9>();      // of row i: dL/dP_ij = pull_i g_j, by the last u
    T* const expected = list.template values<10>(); // of row i: sum_j P_ij g_j
    T* const won = list.template values<11>();
    std::size_t const stride = static_cast<std::size_t>(list.template values<1>() - list.template values<0>());
    T* const u0 = list.template values<12>();
    T* const v0 = u0 + Rounds * stride; // v of round t stands at v0 + t stride
    T* const ones = list.template values<7>();
    T* const kept = v0 + Rounds * stride;
    T* const moved = kept + kept_entries * stride; // of kept rows: dL/dz without the factor e, of all rounds
    T* const sum0 = moved + kept_entries * stride; // what the others need for that: slopes of round t, t stride further
    T* const down0 = sum0 + Rounds * stride;
    std::uint32_t* const first = list.template indices<1>();
    std::uint32_t* const last = list.template indices<2>();
    struct entries {
      detail::row_band band;
      T const* e; // by rank
    };
    auto const row_of = [&](std::size_t i) {
      if (last[i] != 0) {
        return entries{{first[i], last[i]}, kept + i * kept_entries - first[i]};
      }
      return entries{detail::fill_row<V, Logits>(gap, n, i, row), row};
    };
    for (std::size_t i = 0; i < n; ++i) {
      auto const band = detail::fill_row<V, Logits>(gap, n, i, row);
      bool const fits = band.last - band.first <= kept_entries;
      once<V>([&] {
        first[i] = static_cast<std::uint32_t>(band.first);
        last[i] = fits ? static_cast<std::uint32_t>(band.last) : 0;
      });
      if (fits) {
        T* const to = kept + i * kept_entries;
        for_each_pack<V>(band.last - band.first, [&](auto j) {
          auto from = j;
          from.first += band.first;
          store(to, j, load(row, from));
        });
      }
    }
    auto const fill = [&](T* p, T x) { for_each_pack<V>(n, [&](auto j) { store(p, j, V(x)); }); };
    fill(ones, T(1));
    auto const v_before = [&](std::size_t t) { return t == 0 ? ones : v0 + (t - 1) * stride; };
    for (std::size_t t = 0; t < Rounds; ++t) {
      T* const u = u0 + t * stride;
      T* const v = v0 + t * stride;
      fill(v, T(0));
      for (std::size_t i = 0; i < n; ++i) {
        auto const entry = row_of(i);
        T const mine = T(1) / detail::band_dot<V>(entry.band, entry.e, v_before(t));
        once<V>([&] { u[i] = mine; });
        V const own(mine);
        detail::over_band<V>(entry.band, [&](auto j) { store(v, j, math::fma(own, load(entry.e, j), load(v, j))); });
      }
      for_each_pack<V>(n, [&](auto j) { store(v, j, V(1) / load(v, j)); });
    }
    T const* const v = v0 + (Rounds - 1) * stride;
    for_each_pack<V>(n, [&](auto j) { store(won, j, load(v, j) * load(gain, j)); });
    fill(slope_v, T(0));
    T value(0);
    for (std::size_t i = 0; i < n; ++i) {
      auto const entry = row_of(i);
      bool const counts = i < by.metric.cutoff;
      T const worth = counts ? factor * by.at_place(static_cast<T>(i)) : T(0);
      T const share = counts ? T(1) / detail::band_dot<V>(entry.band, entry.e, v) : T(0);
      T const mean = counts ? share * detail::band_dot<V>(entry.band, entry.e, won) : T(0);
      value += worth * mean;
      if constexpr (List::wants_gradient) {
        T const pulled = worth * share;
        once<V>([&] {
          pull[i] = pulled;
          expected[i] = mean;
        });
        V const c(pulled);
        V const middle(mean);
        detail::over_band<V>(entry.band, [&](auto j) {
          V const e = load(entry.e, j);
          store(slope_v, j, math::fma(c * e, load(gain, j) - middle, load(slope_v, j)));
        });
        if (last[i] != 0) {
          T* const to = moved + i * kept_entries - first[i];
          detail::over_band<V>(entry.band, [&](auto j) { store(to, j, c * (load(won, j) - load(v, j) * middle)); });
        }
      }
    }
    if constexpr (List::wants_gradient) {
      for (std::size_t t = Rounds; t-- > 0;) {
        T const* const u_t = u0 + t * stride;
        T const* const v_t = v0 + t * stride;
        T const* const before = v_before(t);
        T* const slope_sum = sum0 + t * stride;
        for_each_pack<V>(n, [&](auto j) {
          V const x = load(v_t, j);
          store(slope_sum, j, -load(slope_v, j) * x * x);
          store(slope_v, j, V(0));
        });
        for (std::size_t i = 0; i < n; ++i) {
          auto const entry = row_of(i);
          T const up = detail::band_dot<V>(entry.band, entry.e, slope_sum);
          T const lowered = -up * u_t[i] * u_t[i];
          V const down(lowered);
          V const own(u_t[i]);
          if (last[i] != 0) {
            T* const to = moved + i * kept_entries - first[i];
            detail::over_band<V>(entry.band, [&](auto j) {
              store(slope_v, j, math::fma(down, load(entry.e, j), load(slope_v, j)));
              store(to, j, math::fma(own, load(slope_sum, j), math::fma(down, load(before, j), load(to, j))));
            });
          } else {
            detail::over_band<V>(
                entry.band, [&](auto j) { store(slope_v, j, math::fma(down, load(entry.e, j), load(slope_v, j))); });
            once<V>([&] { down0[t * stride + i] = lowered; });
          }
        }
      }
      // A row at once, all rounds together: its hessian is of their sum.
      for (std::size_t i = 0; i < n; ++i) {
        auto const entry = row_of(i);
        if (last[i] != 0) {
          T const* const from = moved + i * kept_entries - first[i];
          detail::over_band<V>(entry.band, [&](auto j) { store(row, j, load(entry.e, j) * load(from, j)); });
        } else {
          detail::over_band<V>(entry.band, [&](auto j) {
            V all = V(pull[i]) * (load(won, j) - load(v, j) * V(expected[i]));
            for (std::size_t t = Rounds; t-- > 0;) {
              all = math::fma(V(u0[t * stride + i]), load(sum0 + t * stride, j),
                              math::fma(V(down0[t * stride + i]), load(v_before(t), j), all));
            }
            store(row, j, load(entry.e, j) * all);
          });
        }
        spread<V>(list, n, i, entry.band, row);
      }
    }
    return value;
  }

  // From dL/dx by rank to the items' places.
  template <class V, class List, class T>
  RANKWISE_FN static void finish(List const& list, T beta, std::size_t n) {
    std::uint32_t const* const item = list.template indices<0>();
    T const* const gap = list.template values<0>();
    T const* const by_item = list.template values<2>();
    T const* const by_row = list.template values<3>();
    T const* const bend = list.template values<4>();
    T* const out = list.template values<5>();
    if constexpr (std::is_same_v<Logits, neural_logits>) {
      // dL/dx_j = by_row_j - sum_k sign(x_j - x_k) (by_item_j + by_item_k); equal scores have sign 0.
      once<V>([&] {
        T all(0);
        for (std::size_t k = 0; k < n; ++k) {
          all += by_item[k];
        }
        T above(0);
        for (std::size_t begin = 0, end = 0; begin < n; begin = end) {
          T here = by_item[begin];
          for (end = begin + 1; end < n && gap[end] == T(0); ++end) {
            here += by_item[end];
          }
          T const below = all - above - here;
          T const signs = static_cast<T>(n - end) - static_cast<T>(begin);
          for (std::size_t k = begin; k < end; ++k) {
            out[item[k]] = beta * (by_row[k] - signs * by_item[k] - (below - above));
          }
          above += here;
        }
      });
    } else {
      each_place<V>(n, [&](std::size_t k) { out[item[k]] = beta * by_row[k]; });
    }
    list.each([&](auto i) { list.gradient(i, load(out, i)); });
    if constexpr (List::wants_hessian) {
      each_place<V>(n, [&](std::size_t k) { out[item[k]] = beta * beta * bend[k]; });
      list.each([&](auto i) { list.hessian(i, load(out, i)); });
    }
  }
};

/// neural_sort<metric::ndcg<>>{.temperature = 1} is the NeuralSort loss of TF-Ranking; with rounds of scaling,
/// neural_sort<metric::ndcg<>, 20>, it is NeuralNDCG (Pobrotyn and Bialobrzeski 2021). PiRank (Swezey et al. 2021) has
/// the same gradient as the first for places above its cutoff.
template <class Metric, std::size_t Rounds = 0>
using neural_sort = relaxed_sort<Metric, Rounds, neural_logits>;

/// soft_sort<metric::ndcg<>>{.temperature = 0.1}
template <class Metric, std::size_t Rounds = 0>
using soft_sort = relaxed_sort<Metric, Rounds, distance_logits>;

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
