#ifndef RANKWISE_LABEL_CUT_HPP
#define RANKWISE_LABEL_CUT_HPP

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/pipe.hpp>

#include <concepts>
#include <cstddef>
#include <limits>

namespace rankwise::inline RANKWISE_ABI::label {

/// Cuts a score into `Grades` grades 0, 1, ...: the number of thresholds that it reaches. Thresholds ascend.
///   cut<3>{0.35, 0.65}:  c < .35 is 0,  .35 <= c < .65 is 1,  .65 <= c is 2
template <int Grades>
struct cut {
  static_assert(Grades >= 2, "[rankwise] cut<G>: at least two grades");
  double threshold[static_cast<std::size_t>(Grades < 2 ? 1 : Grades - 1)];

  /// To be filled later, by a file say. Until then calls refuse it: thresholds of 0 would be taken for somebody's.
  RANKWISE_HOST_FN cut() : threshold{} {
    for (double& t : threshold) {
      t = std::numeric_limits<double>::quiet_NaN();
    }
  }
  template <std::convertible_to<double>... X>
    requires(sizeof...(X) > 0)
  RANKWISE_HOST_FN cut(X... x) : cut() { // NOLINT(google-explicit-constructor): `= {0.35, 0.65}`
    static_assert(sizeof...(X) == static_cast<std::size_t>(Grades - 1), "[rankwise] cut<G> has G - 1 thresholds");
    if constexpr (sizeof...(X) == static_cast<std::size_t>(Grades - 1)) {
      int k = 0;
      ((threshold[k++] = static_cast<double>(x)), ...);
    }
  }

  constexpr char const* fault() const {
    bool ascend = threshold[0] == threshold[0];
    for (int k = 1; k < Grades - 1; ++k) {
      ascend = ascend && threshold[k - 1] <= threshold[k];
    }
    return ascend ? nullptr : "a threshold of cut (they ascend)";
  }

  template <class T>
  struct run {
    T threshold[static_cast<std::size_t>(Grades - 1)];
    template <class V>
    RANKWISE_FN V operator()(V c) const {
      V grade(0);
      for (T const t : threshold) {
        grade += math::select(c >= V(t), V(1), V(0));
      }
      return math::select(math::is_nan(c), c, grade);
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    run<T> r{};
    for (int k = 0; k < Grades - 1; ++k) {
      r.threshold[k] = static_cast<T>(threshold[k]);
    }
    return r;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
