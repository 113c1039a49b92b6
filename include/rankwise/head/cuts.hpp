#ifndef RANKWISE_HEAD_CUTS_HPP
#define RANKWISE_HEAD_CUTS_HPP

#include <rankwise/exec/pack.hpp>
#include <rankwise/head/numbers.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/sigmoid.hpp>

#include <cstddef>

/// Cut-points b_1 < b_2 < ... < b_K, in order by construction: b_1 is free, b_{k+1} = b_k + softplus(d_k) (ours).
namespace rankwise::inline RANKWISE_ABI::head {

namespace detail {

/// The level of an item and what lies beside it: the cut-points l = b_y - eta and u = b_{y+1} - eta, infinite at the
/// ends, and of their distance w = u - l the functions log(1 - exp(-w)) and 1 / (exp(w) - 1), computed without rounding
/// the difference of l and u.
template <class V>
struct interval {
  V l, u, width, log_gap, inverse;
};

/// Cut-points as a run uses them.
template <int K, class T>
struct bound_cuts {
  T b[static_cast<std::size_t>(K)];
  T slope[static_cast<std::size_t>(K)]; // slope[k] = db_{k+1} / dd_k = sigma(d_k), slope[0] = 1
  T width[static_cast<std::size_t>(K)]; // of level k, k >= 1, and so on
  T log_gap[static_cast<std::size_t>(K)];
  T inverse[static_cast<std::size_t>(K)];

  template <class U>
  RANKWISE_HOST_FN bound_cuts bind() const {
    return *this;
  }

  /// Where the label y lies for the score eta.
  template <class V>
  RANKWISE_FN interval<V> around(V eta, V y) const {
    V const infinite(math::ops<math::scalar_t<V>>::infinity);
    interval<V> at{-infinite, V(b[0]) - eta, infinite, V(0), V(0)};
    for (int k = 1; k <= K; ++k) {
      auto const reached = y >= as<V>(k);
      at.l = math::select(reached, V(b[k - 1]) - eta, at.l);
      at.u = math::select(reached, k < K ? V(b[k < K ? k : 0]) - eta : infinite, at.u);
      at.width = math::select(reached, k < K ? V(width[k < K ? k : 0]) : infinite, at.width);
      at.log_gap = math::select(reached, k < K ? V(log_gap[k < K ? k : 0]) : V(0), at.log_gap);
      at.inverse = math::select(reached, k < K ? V(inverse[k < K ? k : 0]) : V(0), at.inverse);
    }
    return at;
  }

  /// Derivatives by b_1 .. b_K, handed to the item as derivatives by b_1, d_1 .. d_{K-1}: b_k depends on all before it.
  template <class Item, class V>
  RANKWISE_FN void pull(Item& item, V const* by_cut) const {
    V sum(0);
    for (int k = K - 1; k >= 0; --k) {
      sum += by_cut[k];
      item.parameter(k, V(slope[k]) * sum);
    }
  }
};

} // namespace detail

/// The parameters: b_1 and d_1 .. d_{K-1}. `cuts<2>::at(-0.5, 1.0)` has the given cut-points.
template <int K>
struct cuts {
  static_assert(K >= 1, "[rankwise] a head with cut-points has at least two levels");
  double first = 0;
  numbers<K - 1> steps{};

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(first) && steps.are_finite()
               ? nullptr
               : "a cut-point of a head (they ascend and are finite)";
  }

  /// Cut-points b_1 < b_2 < ...
  template <class... B>
    requires(sizeof...(B) == static_cast<std::size_t>(K))
  RANKWISE_HOST_FN static cuts at(B... b) { return of(numbers<K>(b...)); }
  RANKWISE_HOST_FN static cuts of(numbers<K> const& b) {
    cuts c;
    c.first = b[0];
    for (int k = 1; k < K; ++k) {
      c.steps[k - 1] = inverse_softplus(b[k] - b[k - 1]);
    }
    return c;
  }

  /// b_1 .. b_K
  RANKWISE_HOST_FN numbers<K> values() const {
    numbers<K> b;
    b[0] = first;
    for (int k = 1; k < K; ++k) {
      b[k] = b[k - 1] + math::softplus(steps[k - 1]);
    }
    return b;
  }

  template <class T>
  RANKWISE_HOST_FN detail::bound_cuts<K, T> bind() const {
    detail::bound_cuts<K, T> c{};
    numbers<K> const b = values();
    c.slope[0] = T(1);
    for (int k = 0; k < K; ++k) {
      c.b[k] = static_cast<T>(b[k]);
      if (k > 0) {
        double const w = math::softplus(steps[k - 1]);
        c.slope[k] = static_cast<T>(math::sigmoid(steps[k - 1]));
        c.width[k] = static_cast<T>(w);
        c.log_gap[k] = static_cast<T>(math::log(-math::expm1(-w)));
        c.inverse[k] = static_cast<T>(1 / math::expm1(w));
      }
    }
    return c;
  }

private:
  // log(e^w - 1) = w + log(1 - e^-w)
  RANKWISE_HOST_FN static double inverse_softplus(double w) { return w + math::log(-math::expm1(-w)); }
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
