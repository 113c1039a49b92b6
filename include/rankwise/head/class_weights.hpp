#ifndef RANKWISE_HEAD_CLASS_WEIGHTS_HPP
#define RANKWISE_HEAD_CLASS_WEIGHTS_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/numbers.hpp>

#include <cstddef>

namespace rankwise::inline RANKWISE_ABI::head {

/// A weight per level, as an element policy: `apply(class_weights<3>{{1, 2, 4}}, labels, weights)` makes a column for
/// `.item_weights` of any head or loss. Levels are counted as ordinal heads do.
template <int Levels, class T = double>
struct class_weights {
  numbers<Levels, T> weight = numbers<Levels, T>::all(1);

  constexpr char const* fault() const {
    return weight.are_weights() ? nullptr : "a weight of class_weights (0 or more)";
  }

  template <class U>
  RANKWISE_HOST_FN class_weights<Levels, U> bind() const {
    return {weight.template to<U>()};
  }

  template <class V>
  RANKWISE_FN V operator()(V y) const {
    V w(weight[0]);
    for (int k = 1; k < Levels; ++k) {
      w = math::select(y >= as<V>(k), V(weight[k]), w);
    }
    return math::select(math::is_nan(y), y, w);
  }
};

/// Weights under which every level that occurs has the same share: n / (levels x n_k), 0 for a level without an item.
/// Labels that are NaN count for nothing.
template <int Levels, class Labels, class Isa = arch::native>
constexpr class_weights<Levels> balanced(Labels const& labels) {
  auto const y = as_column(labels);
  static_assert(decltype(y)::where == memory::host, "[rankwise] head::balanced reads labels in host memory");
  numbers<Levels> count;
  double all = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    double const label = static_cast<double>(y[i]);
    if (label != label) {
      continue;
    }
    int level = 0;
    while (level + 1 < Levels && label >= level + 1) {
      ++level;
    }
    ++count[level];
    ++all;
  }
  class_weights<Levels> w;
  for (int k = 0; k < Levels; ++k) {
    w.weight[k] = count[k] == 0 ? 0 : all / (Levels * count[k]);
  }
  return w;
}

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
