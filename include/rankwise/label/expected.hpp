#ifndef RANKWISE_LABEL_EXPECTED_HPP
#define RANKWISE_LABEL_EXPECTED_HPP

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/gain.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// Class probabilities, one column per grade 0, 1, ..., to the expected grade: sum_k k P_k.
struct expected_grade {
  template <number_row Row>
  RANKWISE_FN auto operator()(Row const& p) const {
    using V = typename Row::vector;
    V sum(0);
    for (std::size_t k = 0; k < p.columns(); ++k) {
      sum = math::fma(V(static_cast<math::scalar_t<V>>(k)), p(k), sum);
    }
    return sum;
  }
};

/// The same for what the grades are worth: sum_k gain(k) P_k.
template <transform Gain = gain>
struct expected_gain {
  Gain worth{};

  constexpr char const* fault() const { return fault_of(worth); }

  template <class Bound>
  struct run {
    Bound worth;
    template <number_row Row>
    RANKWISE_FN auto operator()(Row const& p) const {
      using V = typename Row::vector;
      V sum(0);
      for (std::size_t k = 0; k < p.columns(); ++k) {
        sum = math::fma(worth(V(static_cast<math::scalar_t<V>>(k))), p(k), sum);
      }
      return sum;
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN auto bind() const {
    return run<decltype(bound<T, P>(worth))>{bound<T, P>(worth)};
  }
};

template <class Gain>
expected_gain(Gain const&) -> expected_gain<Gain>;

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
