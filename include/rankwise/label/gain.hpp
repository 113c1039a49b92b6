#ifndef RANKWISE_LABEL_GAIN_HPP
#define RANKWISE_LABEL_GAIN_HPP

#include <rankwise/label/pipe.hpp>
#include <rankwise/math/exp2.hpp>
#include <rankwise/math/log.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// What a grade y is worth: base^y - 1 (Burges et al. 2005 with base 2, where whole grades are exact).
struct gain {
  double base = 2;

  constexpr char const* fault() const {
    return base > 0 && rankwise::detail::finite_parameter(base) ? nullptr : "the base of gain (more than 0, finite)";
  }

  template <class T>
  struct run {
    T log2_base;
    template <class V>
    RANKWISE_FN V operator()(V y) const {
      return math::exp2(V(log2_base) * y) - V(1);
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(base == 2 ? 1 : math::log(base) / 0.69314718055994530942)};
  }
};

/// slope y + offset.
struct linear {
  double slope = 1;
  double offset = 0;

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(slope) && rankwise::detail::finite_parameter(offset)
               ? nullptr
               : "slope or offset of linear (finite numbers)";
  }

  template <class T>
  struct run {
    T slope, offset;
    template <class V>
    RANKWISE_FN V operator()(V y) const {
      return math::fma(V(slope), y, V(offset));
    }
    template <class V>
    RANKWISE_FN V derivative(V) const {
      return V(slope);
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(slope), static_cast<T>(offset)};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
