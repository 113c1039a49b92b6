#ifndef RANKWISE_LABEL_CLIP_HPP
#define RANKWISE_LABEL_CLIP_HPP

#include <rankwise/label/pipe.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// min(high, max(low, y)).
struct clip {
  double low = 0;
  double high = 1;

  constexpr char const* fault() const { return low <= high ? nullptr : "low of clip (at most high)"; }

  template <class T>
  struct run {
    T low, high;
    template <class V>
    RANKWISE_FN V operator()(V y) const {
      return math::clamp(y, V(low), V(high));
    }
    template <class V>
    RANKWISE_FN V derivative(V y) const {
      return math::select(y > V(low) && y < V(high), V(1), V(0));
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(low), static_cast<T>(high)};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
