#ifndef RANKWISE_LOSS_SAMPLED_HPP
#define RANKWISE_LOSS_SAMPLED_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/head/bernoulli.hpp>
#include <rankwise/loss/gumbel.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/polynomial.hpp>
#include <rankwise/metric/metric.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>
#include <cstdint>

/// Losses whose gradients are estimated from drawn orders. Draws are functions of seed, round, sample and the item's
/// place in the columns: the same on every machine, and others in every round.
namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

/// In (0, 1), with 23 bits and a half, in any type of number.
template <class T>
RANKWISE_FN T open_uniform(std::uint64_t seed, std::uint64_t item, std::uint64_t stream) {
  return (static_cast<T>(random_bits(seed, item, stream) >> 41) + T(0.5)) * T(0x1p-23);
}

/// cos(2 pi v) for 0 <= v <= 1, within 2 epsilon (float and double): the Taylor series on a quarter of the circle.
template <class V>
RANKWISE_FN V cosine_of_turns(V v) {
  V const turn = math::min(v, V(1) - v); // at most 1/2
  auto const negative = turn > as<V>(0.25);
  V const x = as<V>(6.28318530717958647693) * math::select(negative, as<V>(0.5) - turn, turn);
  V const z = x * x;
  V y;
  if constexpr (sizeof(math::scalar_t<V>) == 4) {
    y = math::horner(z, 1.0f, -1.0f / 2, 1.0f / 24, -1.0f / 720, 1.0f / 40320, -1.0f / 3628800, 1.0f / 479001600.0f);
  } else {
    y = math::horner(z, 1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600,
                     -1.0 / 87178291200, 1.0 / 20922789888000, -1.0 / 6402373705728000, 1.0 / 2432902008176640000.0);
  }
  return math::select(negative, -y, y);
}

/// Standard normal for u and v in (0, 1): Box and Muller's, one of the two. (The inverse of the logistic distribution
/// function is close to the normal one's, but an estimate by the noise's density needs the normal one.)
template <class V>
RANKWISE_FN V normal_of(V u, V v) {
  return math::sqrt(V(-2) * math::log(u)) * cosine_of_turns(v);
}

} // namespace detail

/// Minus the mean of a metric over scores s + scale e, e standard normal, and an unbiased estimate of its gradient
/// (Ustimenko and Prokhorenkova 2020), by the derivative of the noise's density, with every draw taken forth and back:
///   dL/ds_i = -E[(M(s + scale e) - M(s - scale e)) e_i] / (2 scale)
/// For any metric of this library or of yours, also those that are not smooth in any way. There is no second derivative
/// worth estimating: the hessian is `curvature` for every item.
template <class Metric>
struct stochastic_rank {
  Metric metric{};
  std::size_t samples = 16; ///< draws; each is evaluated twice
  double scale = 1;
  std::uint64_t seed = 0;
  std::uint64_t round = 0;
  double curvature = 1;

  using inner = typename scratch_of<Metric>::type;
  using scratch = scratch_columns<static_cast<int>(inner::values) + 4, static_cast<int>(inner::indices)>;
  static constexpr bool in_groups = works_in_groups<Metric>;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const requires requires(Metric const& m) {
    m.prepare_list(list);
  }
  { return metric.prepare_list(list); }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T* const noisy = list.template values<inner::values>();
    T* const noise = list.template values<inner::values + 1>();
    T* const unused = list.template values<inner::values + 2>();
    T* const slope = list.template values<inner::values + 3>();
    detail::disturbed_list<List> const other(list, noisy, unused, unused);
    list.each([&](auto i) { store(slope, i, V(0)); });
    V const width = as<V>(scale);
    T sum(0);
    for (std::size_t k = 0; k < samples; ++k) {
      std::uint64_t const stream = (round * samples + k) * 2;
      each_place<V>(list.size(), [&](std::size_t i) {
        noise[i] = detail::open_uniform<T>(seed, list.first() + i, stream);
        noisy[i] = detail::open_uniform<T>(seed, list.first() + i, stream + 1);
      });
      list.each([&](auto i) {
        V const z = detail::normal_of(load(noise, i), load(noisy, i));
        store(noise, i, z);
        store(noisy, i, list.score(i) + width * z);
      });
      T const forth = number(metric(other));
      list.each([&](auto i) { store(noisy, i, list.score(i) - width * load(noise, i)); });
      T const back = number(metric(other));
      sum += (forth + back) * T(0.5);
      V const difference(back - forth);
      list.each([&](auto i) { store(slope, i, math::fma(difference, load(noise, i), load(slope, i))); });
    }
    T const share = T(1) / static_cast<T>(samples);
    V const factor = V(share) / (width + width);
    list.each([&](auto i) {
      list.gradient(i, factor * load(slope, i));
      list.hessian(i, as<V>(curvature));
    });
    return -sum * share;
  }

  constexpr char const* fault() const {
    return samples == 0                                             ? "the samples of stochastic_rank (at least 1)"
           : !rankwise::detail::weight_parameter(curvature)         ? "the curvature of stochastic_rank (0 or more)"
           : scale > 0 && rankwise::detail::finite_parameter(scale) ? fault_of(metric)
                                                                    : "the scale of stochastic_rank (above 0)";
  }

  RANKWISE_LOSS_CALLS

private:
  template <class T>
  RANKWISE_FN static T number(T x) {
    return x;
  }
  template <class T>
  RANKWISE_FN static T number(defined_if<T> x) {
    return x.defined ? x.value : T(0);
  }
};

template <class Metric>
stochastic_rank(Metric, std::size_t = 16, double = 1, std::uint64_t = 0, std::uint64_t = 0, double = 1)
    -> stochastic_rank<Metric>;

/// YetiRank (Gulin, Kuralenok and Pavlov 2011): orders are drawn by logistic noise, and neighbours in a drawn order
/// form pairs, those at the top counting most:
///   L = mean over draws of sum over places k of decay^k |y_a - y_b| w softplus(s_worse - s_better)
/// with a, b the items at k and k + 1 and w the weight of the better one. Given the draws it is a logistic loss over
/// pairs; the hessian is its true diagonal.
struct yeti {
  std::size_t samples = 10;
  double decay = 0.85;
  double noise = 1; ///< the scale of the logistic noise
  std::uint64_t seed = 0;
  std::uint64_t round = 0;

  static constexpr std::size_t free_column = rank::top_scratch::values; // behind what ordering takes
  using scratch = scratch_columns<static_cast<int>(free_column) + 4, static_cast<int>(rank::top_scratch::indices)>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T* const noisy = list.template values<free_column>();
    T* const slope = list.template values<free_column + 1>();
    T* const bend = list.template values<free_column + 2>();
    T* const place = list.template values<free_column + 3>();
    // By rank, in columns that are free once the order stands: first of items, then of an item and the next one.
    T* const label = list.template values<0>();
    T* const score = list.template values<1>();
    T* const weight = noisy;
    T* const up = label;
    T* const curve = weight;
    list.each([&](auto i) {
      store(slope, i, V(0));
      store(bend, i, V(0));
    });
    scan_places<V>(
        list.size(), T(1),
        [&](std::size_t r) { return r == 0 ? T(1) / static_cast<T>(samples) : static_cast<T>(decay); },
        [](T a, T b) { return a * b; }, [&](std::size_t r, T x) { place[r] = x; });
    T value(0);
    for (std::size_t k = 0; k < samples; ++k) {
      each_place<V>(list.size(), [&](std::size_t i) {
        noisy[i] = detail::open_uniform<T>(seed, list.first() + i, round * samples + k);
      });
      list.each([&](auto i) {
        V const u = load(noisy, i);
        store(noisy, i, list.score(i) + as<V>(noise) * math::log(u / (V(1) - u)));
      });
      std::size_t const n = rank::top(list, list.size(), [&](auto i) { return load(noisy, i); });
      std::uint32_t const* const item = list.template indices<0>();
      each_place<V>(n, [&](std::size_t r) {
        label[r] = list.label_of(item[r]);
        score[r] = list.score_of(item[r]);
        weight[r] = list.weight_of(item[r]);
      });
      value += sum_packs<V>(n < 2 ? 0 : n - 1, [&](auto i) {
        auto next = i;
        ++next.first;
        V const rise = load(label, i) - load(label, next);
        V const gap = load(score, next) - load(score, i);
        auto const first_better = rise > V(0);
        V const w = load(place, i) * math::abs(rise) * math::select(first_better, load(weight, i), load(weight, next));
        V const x = math::select(first_better, gap, -gap); // s_worse - s_better
        head::logistic<V> const wrong(x);
        V const slopes = w * wrong.p;
        store(up, i, math::select(first_better, -slopes, slopes)); // nobody reads what stood here any more
        store(curve, i, slopes * wrong.q);
        return w * wrong.softplus(x);
      });
      each_place<V>(n, [&](std::size_t r) {
        T const own = r + 1 < n ? up[r] : T(0);
        T const own_curve = r + 1 < n ? curve[r] : T(0);
        slope[item[r]] += r == 0 ? own : own - up[r - 1];
        bend[item[r]] += r == 0 ? own_curve : own_curve + curve[r - 1];
      });
    }
    list.each([&](auto i) {
      list.gradient(i, load(slope, i));
      list.hessian(i, load(bend, i));
    });
    return value;
  }

  constexpr char const* fault() const {
    return samples == 0                                ? "the samples of yeti (at least 1)"
           : !(decay >= 0 && decay <= 1)               ? "the decay of yeti (from 0 to 1)"
           : rankwise::detail::weight_parameter(noise) ? nullptr
                                                       : "the noise of yeti (0 or more)";
  }

  RANKWISE_LOSS_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
