#ifndef RANKWISE_LOSS_SAMPLED_HPP
#define RANKWISE_LOSS_SAMPLED_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/loss/gumbel.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>
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
      each_place<V>(list.size(), [&](std::size_t i) { noise[i] = normal<T>(list.first() + i, stream); });
      list.each([&](auto i) { store(noisy, i, list.score(i) + width * load(noise, i)); });
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
  // The inverse of the logistic distribution function is close to the normal one's, but the estimate needs the normal
  // density: Box and Muller's, one of the two.
  template <class T>
  RANKWISE_FN T normal(std::uint64_t item, std::uint64_t stream) const {
    T const u = detail::open_uniform<T>(seed, item, stream);
    T const v = detail::open_uniform<T>(seed, item, stream + 1);
    return math::sqrt(T(-2) * math::log(u)) * cosine(v);
  }
  // cos(2 pi v) by its Taylor series on a quarter of the circle.
  template <class T>
  RANKWISE_FN static T cosine(T v) {
    T x = v < T(0.5) ? v : T(1) - v; // in (0, 1/2]
    bool const negative = x > T(0.25);
    x = negative ? T(0.5) - x : x;
    T const z = T(6.28318530717958647693) * x;
    T const q = z * z;
    T term(1);
    T sum(1);
    for (int n = 1; n <= 10; ++n) {
      term *= -q / static_cast<T>((2 * n - 1) * (2 * n));
      sum += term;
    }
    return negative ? -sum : sum;
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
  using scratch = scratch_columns<static_cast<int>(free_column) + 3, static_cast<int>(rank::top_scratch::indices)>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T* const noisy = list.template values<free_column>();
    T* const slope = list.template values<free_column + 1>();
    T* const bend = list.template values<free_column + 2>();
    list.each([&](auto i) {
      store(slope, i, V(0));
      store(bend, i, V(0));
    });
    T const share = T(1) / static_cast<T>(samples);
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
      value += once<V>([&] {
        T part(0);
        T place = share;
        for (std::size_t r = 0; r + 1 < n; ++r, place *= static_cast<T>(decay)) {
          bool const first_better = list.label_of(item[r]) > list.label_of(item[r + 1]);
          std::size_t const better = first_better ? item[r] : item[r + 1];
          std::size_t const worse = first_better ? item[r + 1] : item[r];
          T const weight = place * (list.label_of(better) - list.label_of(worse)) * list.weight_of(better);
          T const x = list.score_of(worse) - list.score_of(better);
          T const up = math::sigmoid(x);
          part += weight * math::softplus(x);
          slope[better] -= weight * up;
          slope[worse] += weight * up;
          T const h = weight * up * math::sigmoid(-x);
          bend[better] += h;
          bend[worse] += h;
        }
        return part;
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
