#ifndef RANKWISE_LOSS_HESSIAN_PRODUCT_HPP
#define RANKWISE_LOSS_HESSIAN_PRODUCT_HPP

#include <rankwise/loss/pairwise.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

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

} // namespace detail

namespace loss {

/// product = H v for the whole Hessian of a loss over pairs, without building it:
///   (H v)_i = c sum_j w_ij phi''(s_i - s_j) (v_i - v_j)
/// Returns the derivative of the loss along v, g^T v. Weights of pairs and the reduction are constants.
template <class Function, class... Pieces, class Vector, class Scores, class Labels, class Groups, class Product,
          class Isa = arch::native>
double hessian_product(pairwise<Function, Pieces...> const& loss, Vector const& vector, Scores const& scores,
                       Labels const& labels, Groups const& groups, Product&& product, options const& opts = {}) {
  auto const v = as_column(vector);
  using column_type = std::remove_const_t<decltype(v)>;
  static_assert(column_type::where == memory::host, "[rankwise] hessian_product runs on the host");
  if (!rankwise::detail::check_size(v, "the vector", groups.items(), opts.errors)) {
    return math::ops<double>::quiet_nan;
  }
  rankwise::detail::pairwise_along<Function, column_type, Pieces...> const along{loss, v};
  return along.gradient(scores, labels, groups, product, opts);
}

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
