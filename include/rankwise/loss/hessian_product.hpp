#ifndef RANKWISE_LOSS_HESSIAN_PRODUCT_HPP
#define RANKWISE_LOSS_HESSIAN_PRODUCT_HPP

#include <rankwise/loss/pairwise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/math/exp.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Products of a loss's whole second derivative with a vector, for Newton steps by conjugate gradients. The matrix is
/// never made.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// The derivative of a pair function: its slope as value, its curvature as slope.
template <class Function>
struct pair_derivative {
  Function function;
  double steepness;

  template <class T, class Run>
  struct run_of {
    Run run;
    T steepness;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V x, V t) const {
      return derived(run(x, t));
    }
    template <class V>
    RANKWISE_FN pair_term<V> of_shares(V x, V p, V q) const requires requires(Run const& f) {
      f.of_shares(x, p, q);
    }
    { return derived(run.of_shares(x, p, q)); }

  private:
    template <class V>
    RANKWISE_FN pair_term<V> derived(pair_term<V> const& t) const {
      return {V(steepness) * t.slope, V(steepness) * t.curvature, V(0)};
    }
  };
  template <class T>
  RANKWISE_FN auto bind() const {
    auto const run = bound<T>(function);
    return run_of<T, std::remove_const_t<decltype(run)>>{run, static_cast<T>(steepness)};
  }
  template <class V>
  RANKWISE_FN pair_term<V> of_shares(V x, V p, V q) const requires requires(Function const& f) {
    f.of_shares(x, p, q);
  }
  {
    return function.of_shares(x, p, q); // says that there is one; runs use the bound form
  }
};

/// A pair weight times the difference of a vector's entries.
template <class Weight, class Column>
struct weight_along {
  using ties = typename Weight::ties;
  static constexpr std::size_t label_keys = Weight::label_keys;
  static constexpr std::size_t rank_keys = Weight::rank_keys;
  static constexpr std::size_t item_keys = 1;

  Weight weight;
  Column vector;

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    if constexpr (label_keys != 0) {
      weight.by_label(label, key);
    }
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const& list, std::uint32_t const* order, std::size_t count, T* const* key) const {
    if constexpr (rank_keys != 0) {
      weight.by_rank(list, order, count, key);
    }
  }
  template <class T>
  RANKWISE_FN T by_item(std::size_t item, std::size_t) const {
    return static_cast<T>(vector[item]);
  }
  template <class List>
  RANKWISE_FN auto scale(List const& list) const {
    if constexpr (requires { weight.scale(list); }) {
      return weight.scale(list);
    } else {
      return typename List::scalar(1);
    }
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    constexpr std::size_t last = label_keys + rank_keys;
    return weight(better, worse) * (better[last] - worse[last]);
  }
};

/// pairwise<Function, Pieces...> with its derivatives along a vector in the places of its own.
template <class Function, class Column, class... Pieces>
struct pairwise_along {
  using loss_type = loss::pairwise<Function, Pieces...>;
  using weight_type = weight_along<typename loss_type::pair_weight_type, Column>;
  using reduction_type = rankwise::pick<slots::reduction, reduction::sum, Pieces...>;
  static_assert(!std::is_same_v<reduction_type, reduction::log2_of_slopes>,
                "[rankwise] hessian_product: reduction::log2_of_slopes is a booster's rule, not part of a loss");
  using parts = pair_loss<pair_derivative<Function>, weight_type, typename loss_type::pairs_type,
                          rankwise::pick<slots::weighting, weighting::better, Pieces...>, reduction_type,
                          rankwise::pick<slots::score_gap, score_gap::ignored, Pieces...>, hessian::diagonal>;
  using scratch = typename parts::scratch;
  using prepared_items = typename parts::prepared_items;
  using accumulation = typename loss_type::accumulation;
  static constexpr bool reads_segments = true;

  loss_type loss;
  Column vector;

  constexpr char const* fault() const { return fault_of(loss); }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    auto const function = derivative();
    weight_type const weight{loss.pair_weight, vector};
    return parts{function, weight, -math::ops<double>::infinity, loss.pairs}.prepare_list(list);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    auto const function = derivative();
    weight_type const weight{loss.pair_weight, vector};
    return parts{function, weight, -math::ops<double>::infinity, loss.pairs}(list);
  }

  RANKWISE_LOSS_CALLS

private:
  RANKWISE_FN pair_derivative<Function> derivative() const {
    if constexpr (requires { loss.function.steepness; }) {
      return {loss.function, loss.function.steepness};
    } else {
      return {loss.function, 1.0};
    }
  }
};

/// The derivative of a softmax loss along a direction v, which is a loss itself; its gradient is the product:
///   v' dL/ds = beta (T m - sum_i t_i v_i),   m = sum_i p_i v_i
///   (H v)_i = beta^2 T p_i (v_i - m)
template <class Targets, class T>
struct softmax_along {
  rankwise::loss::basic_softmax<Targets> softmax;
  T const* direction;

  using scratch = scratch_columns<1, 0>;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return softmax.prepare_list(list);
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    if (list.constants_hold()) {
      return with(list, list.constants());
    }
    return with(list, softmax.prepare_list(list));
  }

private:
  template <class List, class Constants>
  RANKWISE_FN auto with(List const& list, Constants const& c) const {
    using V = typename List::vector;
    using S = typename List::scalar;
    V const beta = as<V>(1 / softmax.temperature);
    V const peak(list.max([&](auto i) { return list.score(i); }));
    T const* const v = direction + list.first();
    S const total = list.sum([&](auto i) {
      V const e = math::exp(beta * math::max(list.score(i) - peak, V(-math::ops<S>::largest)));
      list.keep(i, e);
      return e;
    });
    S const mean = list.sum([&](auto i) { return list.kept(i) * load(v, i); }) / total;
    S const aligned = list.sum([&](auto i) { return softmax.targets.target(list, c, i) * load(v, i); });
    S const mass = static_cast<S>(c.mass);
    if constexpr (List::wants_gradient) {
      V const scale = beta * beta * V(mass / total);
      list.each([&](auto i) { list.gradient(i, scale * list.kept(i) * (load(v, i) - V(mean))); });
    }
    return math::ops<V>::get(beta, 0) * (mass * mean - aligned);
  }
};

} // namespace detail

namespace loss {

/// product = H v for the whole Hessian of a loss over pairs:
///   (H v)_i = c sum_j w_ij phi''(s_i - s_j) (v_i - v_j)
/// Returns the derivative of the loss along v, g^T v. Weights of pairs and the reduction are constants. Options are
/// those of the loss. `Isa` is never given.
template <class Function, class... Pieces, class Scores, class Labels, list_groups Groups, class Direction,
          class Product, class Isa = arch::native>
double hessian_product(pairwise<Function, Pieces...> const& loss, Scores const& scores, Labels const& labels,
                       Groups const& groups, Direction const& direction, Product&& product, options const& opts = {}) {
  auto const v = as_column(direction);
  using column_type = std::remove_const_t<decltype(v)>;
  static_assert(column_type::where == memory::host, "[rankwise] hessian_product runs on the host");
  if (!rankwise::detail::check_size(v, "direction", groups.items(), opts.errors) ||
      !rankwise::detail::check_apart(rankwise::detail::as_output(product), v, "product", opts.errors)) {
    return math::ops<double>::quiet_nan;
  }
  rankwise::detail::pairwise_along<Function, column_type, Pieces...> const along{loss, v};
  return along.gradient(scores, labels, groups, product, opts);
}

/// The same for a softmax loss: (H v)_i = T p_i (v_i - sum_j p_j v_j) / temperature^2.
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
  rankwise::detail::softmax_along<Targets, T> const formula{loss, v.first};
  return rankwise::detail::loss_of(
      rankwise::detail::call_of<Isa, true>(formula, opts)(scores, labels, groups, product));
}

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
