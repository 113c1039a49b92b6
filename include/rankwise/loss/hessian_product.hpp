#ifndef RANKWISE_LOSS_HESSIAN_PRODUCT_HPP
#define RANKWISE_LOSS_HESSIAN_PRODUCT_HPP

#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/loss/pointwise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/math/exp.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Products of a loss's whole second derivative with a vector, for Newton steps by conjugate gradients. The matrix is
/// never made.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// The derivative of a pair function: its slope as value, what the hessian piece makes of its curvature as slope.
template <class Function, class Hessian>
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
      return {V(steepness) * t.slope, V(steepness) * Hessian::of(t), V(0)};
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
struct weight_along : weight_around<Weight, 1> {
  Column vector;

  template <class T>
  RANKWISE_FN T by_item(std::size_t item, std::size_t) const {
    return static_cast<T>(vector[item]);
  }
  template <class T>
  RANKWISE_FN auto bind() const {
    auto const run = bound<T>(this->weight);
    return weight_along<std::remove_const_t<decltype(run)>, Column>{{run}, vector};
  }
  template <class V>
  RANKWISE_FN V operator()(V const* better, V const* worse) const {
    constexpr std::size_t own = weight_along::first_item_key;
    return this->weight(better, worse) * (better[own] - worse[own]);
  }
};

/// The same parts with the derivatives along a vector in the places of their own.
template <class Parts, class Column>
struct parts_along;
template <class Function, class Weight, class Selection, class Weighting, class Reduction, class Gap, class Hessian,
          class Column>
struct parts_along<pair_loss<Function, Weight, Selection, Weighting, Reduction, Gap, Hessian>, Column> {
  static_assert(
      !std::is_same_v<Reduction, reduction::log2_of_slopes>,
      "[rankwise] reduction::log2_of_slopes is a booster's rule and not part of a loss: there is no hessian of it");
  using function_type = pair_derivative<Function, Hessian>;
  using weight_type = weight_along<Weight, Column>;
  using type = pair_loss<function_type, weight_type, Selection, Weighting, Reduction, Gap, hessian::diagonal>;
};

/// What a loss over pairs is made of.
template <class Loss>
RANKWISE_FN auto pair_function_of(Loss const& loss) {
  if constexpr (requires { loss.metric; }) {
    return pair::logistic{loss.steepness};
  } else {
    return loss.function;
  }
}
template <class Loss>
RANKWISE_FN auto pair_weight_of(Loss const& loss) {
  if constexpr (requires { loss.metric; }) {
    return pair_weight::of_metric<std::remove_cvref_t<decltype(loss.metric)>>::make(loss.metric);
  } else {
    return loss.pair_weight;
  }
}

template <class Loss>
inline constexpr bool is_pair_loss = false;
template <class Function, class... Pieces>
inline constexpr bool is_pair_loss<loss::pairwise<Function, Pieces...>> = true;
template <class Metric, class... Pieces>
inline constexpr bool is_pair_loss<loss::lambda<Metric, Pieces...>> = true;

template <class Loss>
inline constexpr bool is_softmax = false;
template <class Targets>
inline constexpr bool is_softmax<loss::basic_softmax<Targets>> = true;

/// Losses of single items have a diagonal for a matrix.
template <class Loss>
inline constexpr bool is_separable = requires {
  Loss::separable;
};

/// The derivative of a loss along a vector v, g^T v, which is a loss itself: its gradient is H v. It reads what the
/// loss has prepared.
template <class Loss, class Column>
struct along {
  static_assert(sizeof(Loss) == 0,
                "[rankwise] this loss has no product of its Hessian with a vector: pairwise, lambda, "
                "softmax losses and those of single items have");
};

template <class Loss, class Column>
  requires(is_pair_loss<Loss>)
struct along<Loss, Column> {
  using prepared_by = Loss;
  using types = parts_along<typename Loss::parts, Column>;
  using parts = typename types::type;
  using scratch = typename parts::scratch;
  using prepared_items = typename parts::prepared_items;
  using accumulation = typename Loss::accumulation;
  static constexpr bool in_groups = true;

  Loss loss;
  Column vector;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    typename types::function_type const function{pair_function_of(loss), steepness()};
    typename types::weight_type const weight{{pair_weight_of(loss)}, vector};
    return parts{function, weight, -math::ops<double>::infinity, loss.pairs}(list);
  }

  constexpr char const* fault() const { return fault_of(loss); }

private:
  RANKWISE_FN double steepness() const {
    auto const function = pair_function_of(loss);
    if constexpr (requires { function.steepness; }) {
      return function.steepness;
    } else {
      return 1;
    }
  }
};

/// The entries of a vector that belong to a list.
template <class List, class Column, class Index>
RANKWISE_FN auto entries(List const& list, Column const& vector, Index i) {
  i.first += list.first();
  return load(vector, i);
}

/// v' dL/ds = beta (T m - sum_i t_i v_i),  m = sum_i p_i v_i;  (H v)_i = beta^2 T p_i (v_i - m)
template <class Loss, class Column>
  requires(is_softmax<Loss>)
struct along<Loss, Column> {
  using prepared_by = Loss;
  using scratch = scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  Loss loss;
  Column vector;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    if (list.constants_hold()) {
      return with(list, list.constants());
    }
    return with(list, loss.targets.prepare(list));
  }

  constexpr char const* fault() const { return fault_of(loss); }

private:
  template <class List, class Constants>
  RANKWISE_FN auto with(List const& list, Constants const& c) const {
    using V = typename List::vector;
    using S = typename List::scalar;
    V const beta = as<V>(1 / loss.temperature);
    V const peak(list.max([&](auto i) { return list.score(i); }));
    S const total = list.sum([&](auto i) {
      V const e = math::exp(beta * math::max(list.score(i) - peak, V(-math::ops<S>::largest)));
      list.keep(i, e);
      return e;
    });
    S const mean = list.sum([&](auto i) { return list.kept(i) * entries(list, vector, i); }) / total;
    S const aligned = list.sum([&](auto i) { return loss.targets.target(list, c, i) * entries(list, vector, i); });
    S const mass = static_cast<S>(c.mass);
    if constexpr (List::wants_gradient) {
      V const scale = beta * beta * V(mass / total);
      list.each([&](auto i) { list.gradient(i, scale * list.kept(i) * (entries(list, vector, i) - V(mean))); });
    }
    return math::ops<V>::get(beta, 0) * (mass * mean - aligned);
  }
};

/// A list whose derivatives go to a function object instead, without the list's weight: `to(i, first, second)`.
template <class List, class To>
struct diverted_list : List {
  static constexpr bool wants_gradient = true;
  static constexpr bool wants_hessian = true;
  To const& to;

  RANKWISE_FN static typename List::scalar list_weight() { return 1; }
  template <class Index, class V>
  RANKWISE_FN void gradient(Index i, V g) const {
    to.slope(i, g);
  }
  template <class Index, class V>
  RANKWISE_FN void hessian(Index i, V h) const {
    to.curvature(i, h);
  }
  template <class Index, class V>
  RANKWISE_FN void weighted_gradient(Index i, V g) const {
    to.slope(i, g);
  }
  template <class Index, class V>
  RANKWISE_FN void weighted_hessian(Index i, V h) const {
    to.curvature(i, h);
  }
  RANKWISE_FN void gradient_of(std::size_t item, typename List::scalar g) const { to.slope_of(item, g); }
  RANKWISE_FN void hessian_of(std::size_t item, typename List::scalar h) const { to.curvature_of(item, h); }
};

template <class Loss, class Column>
  requires(is_separable<Loss>)
struct along<Loss, Column> {
  using prepared_by = Loss;
  using scratch = scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  Loss loss;
  Column vector;

  template <class List>
  struct product {
    List const& list;
    Column const& vector;

    template <class Index, class V>
    RANKWISE_FN void slope(Index i, V g) const {
      list.keep(i, g * entries(list, vector, i));
    }
    template <class Index, class V>
    RANKWISE_FN void curvature(Index i, V h) const {
      list.gradient(i, h * entries(list, vector, i));
    }
    template <class T>
    RANKWISE_FN void slope_of(std::size_t item, T g) const {
      list.template values<0>()[item] = g * entries(list, vector, pack<T>{item});
    }
    template <class T>
    RANKWISE_FN void curvature_of(std::size_t item, T h) const {
      list.gradient_of(item, h * entries(list, vector, pack<T>{item}));
    }
  };

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    product<List> const to{list, vector};
    loss(diverted_list<List, product<List>>{list, to});
    return list.sum([&](auto i) { return list.kept(i); });
  }

  constexpr char const* fault() const { return fault_of(loss); }
};

template <class Isa>
struct product_call {
  template <class Executor, class Loss, class Scores, class Data, class Direction, class Product, class... Memory>
  double operator()(Executor executor, options const& opts, Loss const& loss, Scores const& scores, Data const& data,
                    Direction const& direction, Product& product, Memory&... memory) const {
    auto const v = as_column(direction);
    using column_type = std::remove_const_t<decltype(v)>;
    static_assert(column_type::where == Executor::where,
                  "[rankwise] hessian_product: the direction is in another memory than the executor's");
    if (data.ready && (!check_size(v, "direction", data.groups().items(), opts.errors) ||
                       !check_apart(as_output(product), v, "product", opts.errors))) {
      return math::ops<double>::quiet_nan;
    }
    along<Loss, column_type> const formula{loss, v};
    return loss_of(call_of<Isa, true>(formula, opts)(executor, scores, data, product, memory...));
  }
};

} // namespace detail

namespace loss {

/// product = H v, the whole second derivative of a loss times a vector:
///   over pairs      (H v)_i = c sum_j w_ij k_ij (v_i - v_j),   k_ij what the loss's hessian piece makes of the pair
///   softmax         (H v)_i = T p_i (v_i - sum_j p_j v_j) / temperature^2
///   single items    (H v)_i = h_i v_i
/// Returns the derivative of the loss along v, g^T v. Weights of pairs and the reduction are constants.
///
///   hessian_product(loss, scores, data, direction, product [, workspace], {.per_list = values})
///   hessian_product(loss, scores, labels, lists, direction, product [, workspace], {...})
///
/// `data` is what the loss prepared; an executor may come first. `Isa` is never given.
template <class A, class B, class C, class D, rankwise::detail::argument E, class Isa = arch::native>
double hessian_product(A const& a, B const& b, C const& c, D&& d, E&& e, options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::product_call<Isa>{}, a, b, c, d, e);
}
template <class A, class B, class C, class D, class E, rankwise::detail::argument F, class Isa = arch::native>
double hessian_product(A const& a, B const& b, C const& c, D const& d, E&& e, F&& f, options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::product_call<Isa>{}, a, b, c, d, e, f);
}
template <class A, class B, class C, class D, class E, class F, rankwise::detail::argument G, class Isa = arch::native>
double hessian_product(A const& a, B const& b, C const& c, D const& d, E&& e, F&& f, G&& g, options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::product_call<Isa>{}, a, b, c, d, e, f, g);
}
template <class A, class B, class C, class D, class E, class F, class G, rankwise::detail::argument H,
          class Isa = arch::native>
double hessian_product(A const& a, B const& b, C const& c, D const& d, E const& e, F&& f, G&& g, H&& h,
                       options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::product_call<Isa>{}, a, b, c, d, e, f, g, h);
}

/// Bytes of workspace that any call of `hessian_product` and `full_hessian` with this data needs.
template <class Executor, class Data>
  requires executor<Executor>
constexpr std::size_t hessian_workspace_bytes(Executor executor, Data const& data) {
  using formula = rankwise::detail::along<typename Data::formula_type, column<float const, Data::where>>;
  return rankwise::detail::workspace_bytes_of<formula>(executor, data);
}
template <class Data>
constexpr std::size_t hessian_workspace_bytes(Data const& data) {
  return hessian_workspace_bytes(typename default_executor<Data::where>::type{}, data);
}

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
