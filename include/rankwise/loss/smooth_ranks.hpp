#ifndef RANKWISE_LOSS_SMOOTH_RANKS_HPP
#define RANKWISE_LOSS_SMOOTH_RANKS_HPP

#include <rankwise/exec/list.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/loss/by_ranks.hpp>
#include <rankwise/rank/top.hpp>

#include <cstddef>

/// What the losses of smooth ranks have in common, whatever makes the ranks smooth: the metric as a function of ranks,
/// its scale, and the step from ranks to a loss and dL/drank.
namespace rankwise::inline RANKWISE_ABI::loss::detail {

/// Columns that the losses over ranks use, at least as many as ordering a list takes.
template <std::size_t Values>
using ordering_scratch =
    scratch_columns<static_cast<int>(Values < rank::top_scratch::values ? rank::top_scratch::values : Values),
                    static_cast<int>(rank::top_scratch::indices)>;

/// Whether a metric asks who stands before an item: it then has a second sum over the pairs of a row.
template <class Form>
inline constexpr bool asks_who = requires(Form const& form) {
  form.beside(0.0);
};

/// A metric with its parameters as a function of ranks. (Braces would ask what `by_ranks` inherits from.)
template <class Metric>
RANKWISE_FN by_ranks<Metric> in_ranks(Metric const& metric) {
  by_ranks<Metric> form{};
  form.metric = metric;
  return form;
}

/// What a loss prepares for a list that needs the scale alone.
template <class T>
struct rank_scale {
  T scale{};
};
template <class List, class Form>
RANKWISE_FN auto prepare_scale(List const& list, Form const& form) {
  using T = typename List::scalar;
  return rank_scale<T>{static_cast<T>(form.scale(list))};
}
/// The prepared scale, or that of the items that take part.
template <class List, class Form>
RANKWISE_FN auto scale_of(List const& list, Form const& form) {
  using T = typename List::scalar;
  return static_cast<T>(list.constants_hold() ? list.constants().scale : prepare_scale(list, form).scale);
}

/// Turns what items are worth at their ranks into a loss: `gain` and `rank` are the rows' columns, of which `rank`
/// receives dL/drank, and `before`, the sums over those who stand before, dL/dbefore.
template <class V, class T, class Form>
RANKWISE_FN T loss_by_ranks(Form const& form, T scale, std::size_t rows, T const* gain, T* rank, T* before = nullptr) {
  V const factor = V(static_cast<T>(Form::sign) * scale);
  if constexpr (asks_who<Form>) {
    T const sum = sum_packs<V>(rows, [&](auto r) {
      V slope(0);
      V before_slope(0);
      V const g = load(gain, r);
      V const worth = form.worth(load(rank, r), load(before, r), slope, before_slope);
      store(rank, r, factor * g * slope);
      store(before, r, factor * g * before_slope);
      return g * worth;
    });
    return static_cast<T>(Form::sign) * scale * sum;
  } else if constexpr (Form::first_find) {
    V const lowest(-math::ops<T>::infinity);
    auto const worth = [&](auto r, V& slope) { return load(gain, r) * form.worth(load(rank, r), slope); };
    T const best = math::reduce_max(combine_packs<V>(
        rows, lowest,
        [&](auto r) {
          V slope(0);
          return worth(r, slope);
        },
        maximum{}));
    T const sharing = sum_packs<V>(rows, [&](auto r) {
      V slope(0);
      return math::select(worth(r, slope) == V(best), V(1), V(0));
    });
    for_each_pack<V>(rows, [&](auto r) {
      V slope(0);
      V const mine = worth(r, slope);
      store(rank, r, math::select(mine == V(best), factor * load(gain, r) * slope / V(sharing), V(0)));
    });
    return static_cast<T>(Form::sign) * scale * best;
  } else {
    T const sum = sum_packs<V>(rows, [&](auto r) {
      V slope(0);
      V const g = load(gain, r);
      V const worth = form.worth(load(rank, r), slope);
      store(rank, r, factor * g * slope);
      return g * worth;
    });
    return static_cast<T>(Form::sign) * scale * sum;
  }
}

/// No item has a gain, or no place is worth anything.
template <class List>
RANKWISE_FN auto no_loss(List const& list) {
  using V = typename List::vector;
  list.each([&](auto i) {
    list.gradient(i, V(0));
    list.hessian(i, V(0));
  });
  return typename List::scalar(0);
}

} // namespace rankwise::inline RANKWISE_ABI::loss::detail

#endif
