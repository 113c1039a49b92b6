#ifndef RANKWISE_LABEL_SMOOTH_HPP
#define RANKWISE_LABEL_SMOOTH_HPP

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/pipe.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// Label smoothing of a probability (Szegedy et al. 2016): (1 - epsilon) y + epsilon / classes.
struct smooth {
  double epsilon = 0.1;
  double classes = 2;

  constexpr char const* fault() const {
    return !(epsilon >= 0 && epsilon <= 1) ? "epsilon of smooth (from 0 to 1)"
           : !(classes >= 1)               ? "the classes of smooth (at least 1)"
                                           : nullptr;
  }

  template <class T>
  struct run {
    T keep, add;
    template <class V>
    RANKWISE_FN V operator()(V y) const {
      return math::fma(V(keep), y, V(add));
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(1 - epsilon), static_cast<T>(epsilon / classes)};
  }
};

namespace detail {

/// A grade y in 0 .. L-1 becomes a row of L probabilities; NaN for any other y.
template <class T, class Share>
struct soft_grade {
  T epsilon;
  template <class V, class Row>
  RANKWISE_FN void operator()(V y, Row const& row) const {
    T const top = static_cast<T>(row.columns()) - T(1);
    V grades(0);
    for (std::size_t k = 0; k < row.columns(); ++k) {
      grades += math::select(y == V(static_cast<T>(k)), V(1), V(0));
    }
    for (std::size_t k = 0; k < row.columns(); ++k) {
      V const distance = math::abs(y - V(static_cast<T>(k)));
      row(k, math::select(grades == V(1), Share::of(y, distance, top, V(epsilon)), V(math::ops<T>::quiet_nan)));
    }
  }
};

struct uniform_share {
  template <class V>
  RANKWISE_FN static V of(V, V distance, math::scalar_t<V> top, V epsilon) {
    V const others = epsilon / V(top + 1);
    return math::select(distance == V(0), V(1) - epsilon + others, others);
  }
};

struct neighbour_share {
  template <class V>
  RANKWISE_FN static V of(V y, V distance, math::scalar_t<V> top, V epsilon) {
    if (top == 0) {
      return V(1);
    }
    V const each = math::select(y == V(0) || y == V(top), epsilon, epsilon * V(0.5f));
    return math::select(distance == V(0), V(1) - epsilon, math::select(distance == V(1), each, V(0)));
  }
};

} // namespace detail

/// A grade as class probabilities, one column per grade: `epsilon` of it is spread evenly over all grades.
struct soft {
  double epsilon = 0.1;

  constexpr char const* fault() const {
    return epsilon >= 0 && epsilon <= 1 ? nullptr : "epsilon of soft (from 0 to 1)";
  }

  template <class T>
  RANKWISE_FN detail::soft_grade<T, detail::uniform_share> bind() const {
    return {static_cast<T>(epsilon)};
  }
};

/// The same for ordered grades: `epsilon` goes to the two neighbours, or to the only one (ours).
struct soft_ordinal {
  double epsilon = 0.1;

  constexpr char const* fault() const {
    return epsilon >= 0 && epsilon <= 1 ? nullptr : "epsilon of soft_ordinal (from 0 to 1)";
  }

  template <class T>
  RANKWISE_FN detail::soft_grade<T, detail::neighbour_share> bind() const {
    return {static_cast<T>(epsilon)};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
