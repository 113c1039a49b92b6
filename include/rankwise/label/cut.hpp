#ifndef RANKWISE_LABEL_CUT_HPP
#define RANKWISE_LABEL_CUT_HPP

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/pipe.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::label {

/// Cuts a score into `Grades` grades 0, 1, ...: the number of thresholds that it reaches. Thresholds ascend.
///   cut<3>{0.35, 0.65}:  c < .35 is 0,  .35 <= c < .65 is 1,  .65 <= c is 2
template <int Grades>
struct cut {
  static_assert(Grades >= 2, "[rankwise] cut<G>: at least two grades");
  double threshold[static_cast<std::size_t>(Grades - 1)];

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
