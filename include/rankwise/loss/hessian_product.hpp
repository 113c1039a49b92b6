#ifndef RANKWISE_LOSS_HESSIAN_PRODUCT_HPP
#define RANKWISE_LOSS_HESSIAN_PRODUCT_HPP

#include <rankwise/loss/softmax.hpp>
#include <rankwise/math/exp.hpp>

#include <cstddef>
#include <type_traits>

/// Products of a loss's whole second derivative with a vector, for Newton steps by conjugate gradients. The matrix is
/// never made.
namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

/// The derivative of a softmax loss along a direction v, which is a loss itself; its gradient is the product:
///   v' dL/ds = beta (T m - sum_i t_i v_i),   m = sum_i p_i v_i
///   (H v)_i = beta^2 T p_i (v_i - m)
template <class Targets, class T>
struct softmax_along {
  basic_softmax<Targets> loss;
  T const* direction;

  using scratch = scratch_columns<1, 0>;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return loss.prepare_list(list);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    if (list.constants_hold()) {
      return with(list, list.constants());
    }
    return with(list, loss.prepare_list(list));
  }

private:
  template <class List, class Constants>
  RANKWISE_FN auto with(List const& list, Constants const& c) const {
    using V = typename List::vector;
    using S = typename List::scalar;
    V const beta = as<V>(1 / loss.temperature);
    V const peak(list.max([&](auto i) { return list.score(i); }));
    T const* const v = direction + list.first();
    auto const sum = sums<3>(list, [&](auto i) {
      V const e = math::exp(beta * math::max(list.score(i) - peak, V(-math::ops<S>::largest)));
      list.keep(i, e);
      V const along = load(v, i);
      return item_sums<V, 3>{{e, e * along, loss.targets.target(list, c, i) * along}};
    });
    S const mass = static_cast<S>(c.mass);
    S const mean = sum.value[1] / sum.value[0];
    if constexpr (List::wants_gradient) {
      V const scale = beta * beta * V(mass / sum.value[0]);
      list.each([&](auto i) { list.gradient(i, scale * list.kept(i) * (load(v, i) - V(mean))); });
    }
    return math::ops<V>::get(beta, 0) * (mass * mean - sum.value[2]);
  }
};

} // namespace detail

/// product = H direction, H = d2L/ds2 of a softmax loss at the scores, list by list; returns direction' dL/ds. Options
/// are those of the loss. Masked items get 0; their direction does not matter. `Isa` is never given.
template <class Targets, class Scores, class Labels, list_groups Groups, class Direction, class Product,
          class Isa = arch::native>
double hessian_product(basic_softmax<Targets> const& loss, Scores const& scores, Labels const& labels,
                       Groups const& groups, Direction const& direction, Product&& product, options const& opts = {}) {
  using T = compute_type<value_of<Scores const>>;
  auto const v = as_column(direction);
  auto const out = rankwise::detail::as_output(product);
  static_assert(std::is_same_v<std::remove_const_t<decltype(v)>, column<T const>>,
                "[rankwise] the direction is a contiguous host column of the scores' type");
  if (!rankwise::detail::check_parameters(fault_of(loss), opts.errors) ||
      !rankwise::detail::check_size(v, "direction", groups.items(), opts.errors) ||
      !rankwise::detail::check_apart(out, v, "product", opts.errors)) {
    return math::ops<double>::quiet_nan;
  }
  detail::softmax_along<Targets, T> const formula{loss, v.first};
  return rankwise::detail::loss_of(
      rankwise::detail::call_of<Isa, true>(formula, opts)(scores, labels, groups, product));
}

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
