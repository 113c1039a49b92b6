#ifndef RANKWISE_LABEL_POLARISE_HPP
#define RANKWISE_LABEL_POLARISE_HPP

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// Sigmoid polarisation of a content score c in [0, 1] (arXiv 2409.17460):
///   sigma(c) = 1 / (1 + exp(-steepness (c - centre)))
/// It spreads scores around the centre only if steepness > 4.
struct polarise {
  double steepness = 10;
  double centre = 0.5;

  constexpr char const* fault() const {
    return !rankwise::detail::finite_parameter(steepness) ? "the steepness of polarise (a finite number)"
           : !rankwise::detail::finite_parameter(centre)  ? "the centre of polarise (a finite number)"
                                                          : nullptr;
  }

  template <class T, class P>
  struct run {
    T steepness, centre;
    template <class V>
    RANKWISE_FN V operator()(V c) const {
      if constexpr (math::detail::is_fast<P, T>) {
        return math::detail::sigmoid_base_2(V(steepness) * (c - V(centre)));
      } else {
        return math::sigmoid<P>(V(steepness) * (c - V(centre)));
      }
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    // The fast one in powers of 2, which saves products.
    double const unit = math::detail::is_fast<P, T> ? 1.4426950408889634074 : 1;
    return {static_cast<T>(steepness * unit), static_cast<T>(centre)};
  }
};

/// The same, stretched so that 0 stays 0 and 1 stays 1 (ours): (sigma(c) - sigma(0)) / (sigma(1) - sigma(0)).
struct polarise_normalised {
  double steepness = 10;
  double centre = 0.5;

  constexpr char const* fault() const {
    return steepness != 0 ? polarise{steepness, centre}.fault() : "the steepness of polarise_normalised (not 0)";
  }

  template <class T, class P>
  struct run {
    polarise::run<T, P> plain;
    T at_zero, stretch;
    template <class V>
    RANKWISE_FN V operator()(V c) const {
      return (plain(c) - V(at_zero)) * V(stretch);
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    auto const exact = polarise{steepness, centre}.bind<double>();
    double const at_zero = exact(0.0);
    return {polarise{steepness, centre}.bind<T, P>(), static_cast<T>(at_zero),
            static_cast<T>(1 / (exact(1.0) - at_zero))};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
