#ifndef RANKWISE_LABEL_POLARISE_HPP
#define RANKWISE_LABEL_POLARISE_HPP

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/math/exp.hpp>
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
    // The fast one in powers of 2, which saves products. No steepness overflows: at the centre it is multiplied by 0.
    double const unit = math::detail::is_fast<P, T> ? 1.4426950408889634074 : 1;
    double const most = static_cast<double>(math::ops<T>::largest);
    return {static_cast<T>(math::clamp(steepness * unit, -most, most)), static_cast<T>(centre)};
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
    bool flat; // between 0 and 1 the sigmoid hardly rises: the difference would have lost its digits
    T steepness, above, below, rise;

    template <class V>
    RANKWISE_FN V operator()(V c) const {
      if (flat) [[unlikely]] {
        return product(c);
      }
      return (plain(c) - V(at_zero)) * V(stretch);
    }

  private:
    // sigma(x) - sigma(y) = sigma(x) sigma(-y) (1 - exp(y - x)), a product without cancellation; sigmas by their
    // logarithms
    template <class V>
    RANKWISE_FN V product(V c) const {
      auto const negative = c < V(0);
      V const x = V(steepness) * (c - V(plain.centre));
      V const log_sigma = -math::softplus(math::select(negative, x, -x));
      V const sigma = math::exp(log_sigma + math::select(negative, V(below), V(above)));
      V const part = -math::expm1(-math::abs(V(steepness) * c)) * V(rise);
      return sigma * math::select(negative, -part, part);
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    // -steepness is the same function. Where it is tiny the function is c, to more digits than there are.
    double const a = math::clamp(math::abs(steepness), 1e-12, 1e30);
    auto const exact = polarise{a, centre}.bind<double>();
    double const at_zero = exact(0.0);
    double const height = exact(1.0) - at_zero;
    double const above = math::softplus(-a * (1 - centre)); // -log sigma(1)
    double const below = above - a * centre;                // and log(sigma(0) / (1 - sigma(0)))
    bool const flat = !(height > 1.0 / 16);
    return {polarise{a, centre}.bind<T, P>(),
            static_cast<T>(at_zero),
            static_cast<T>(flat ? 0 : 1 / height),
            flat,
            static_cast<T>(a),
            static_cast<T>(above),
            static_cast<T>(below),
            static_cast<T>(-1 / math::expm1(-a))};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
