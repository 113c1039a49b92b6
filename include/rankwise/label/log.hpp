#ifndef RANKWISE_LABEL_LOG_HPP
#define RANKWISE_LABEL_LOG_HPP

#include <rankwise/label/pipe.hpp>
#include <rankwise/math/log.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// log_base(1 + y), for counts, prices and seconds: 0 stays 0. NaN below -1.
struct log {
  double base = 2.71828182845904523536;

  constexpr char const* fault() const {
    return base > 0 && base != 1 && rankwise::detail::finite_parameter(base)
               ? nullptr
               : "the base of log (more than 0, finite, not 1)";
  }

  template <class T, class P>
  struct run {
    T scale;
    template <class V>
    RANKWISE_FN V operator()(V y) const {
      return math::log1p<P>(y) * V(scale);
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    return {static_cast<T>(1 / math::log(base))};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
