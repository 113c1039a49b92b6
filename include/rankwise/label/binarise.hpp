#ifndef RANKWISE_LABEL_BINARISE_HPP
#define RANKWISE_LABEL_BINARISE_HPP

#include <rankwise/label/pipe.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// 1 from the threshold on, 0 below.
struct binarise {
  double threshold = 0.5;

  constexpr char const* fault() const {
    return threshold == threshold ? nullptr : "the threshold of binarise (a number)";
  }

  template <class T>
  struct run {
    T threshold;
    template <class V>
    RANKWISE_FN V operator()(V y) const {
      return math::select(math::is_nan(y), y, math::select(y >= V(threshold), V(1), V(0)));
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(threshold)};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
