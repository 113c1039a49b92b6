#ifndef RANKWISE_LOSS_FULL_HESSIAN_HPP
#define RANKWISE_LOSS_FULL_HESSIAN_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/loss/hessian_product.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <type_traits>
#include <vector>

/// A loss's whole second derivative, a matrix for every list, in closed form.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// One list's matrix, row by row.
template <class Out>
struct hessian_block {
  using value_type = typename Out::value_type;
  Out out;
  std::size_t begin;
  std::size_t size;

  RANKWISE_FN value_type& operator()(std::size_t i, std::size_t j) const { return out[begin + i * size + j]; }
};

/// A list that writes what losses over pairs say of every pair, k (e_i - e_j) (e_i - e_j)^T.
template <class List, class Out>
struct pair_hessian : List {
  static constexpr bool wants_gradient = false;
  static constexpr bool wants_hessian = false;
  static constexpr bool wants_pairs = true;
  hessian_block<Out> block;

  /// Beside one place of the matrix; the other has what pairs in the other order say.
  template <class T>
  RANKWISE_FN void pair(std::size_t i, std::size_t j, T k) const {
    block(i, j) -= static_cast<typename Out::value_type>(k);
  }
  /// Both places get the sum, and the diagonal what lets rows add up to 0.
  template <class T>
  RANKWISE_FN void scale_pairs(T factor, bool weighs_rows) const {
    using V = typename List::vector;
    using value_type = typename Out::value_type;
    T const scale = factor * this->list_weight();
    for (std::size_t i = 0; i < block.size; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        auto const sum = static_cast<value_type>(scale * static_cast<T>(block(i, j) + block(j, i)));
        block(i, j) = sum;
        block(j, i) = sum;
      }
    }
    for (std::size_t i = 0; i < block.size; ++i) {
      auto const at = [&](auto j) {
        j.first += block.begin + i * block.size;
        return j;
      };
      V const weight(weighs_rows ? this->weight_of(i) : T(1));
      T const rest = math::reduce_add(combine_packs<V>(
          block.size, V(0),
          [&](auto j) {
            V const h = weight * load(block.out, at(j));
            store(block.out, at(j), h);
            return h;
          },
          plus{}));
      block(i, i) = static_cast<value_type>(T(0) - rest);
    }
  }
};

/// The matrix of a list as a formula. It reads what the loss has prepared, and returns what the loss does.
template <class Loss, class Out>
struct hessian_formula {
  using prepared_by = Loss;
  using along_vector = along<Loss, Out>; // whatever has no product has no matrix
  using scratch = typename scratch_of<Loss>::type;
  static_assert(sizeof(along_vector) != 0);
  static constexpr bool in_groups = false;
  struct accumulation {
    template <class T>
    using scalar = scalar_of_run<Loss, T>;
  };

  Loss loss;
  lists<std::size_t> blocks;
  Out out;

  template <class List>
  RANKWISE_FN double operator()(List const& list) const {
    hessian_block<Out> const block{out, blocks.begin_of(list.number()), list.size()};
    double const value = write(list, block);
    using V = typename List::vector;
    V const more = combine_packs<V>(
        blocks.size_of(list.number()), V(0),
        [&](auto i) {
          i.first += block.begin;
          return excess<typename Out::value_type>(load(out, i));
        },
        plus{});
    return math::all(more == V(0)) ? value : math::ops<double>::quiet_nan; // too large: it has no matrix
  }

  /// Lists that are not finite, or of which nobody takes part.
  template <class V>
  RANKWISE_FN void left_out(std::size_t list, bool) const {
    clear(list);
  }

  constexpr char const* fault() const { return fault_of(loss); }

private:
  template <class List>
  RANKWISE_FN double write(List const& list, hessian_block<Out> const& block) const {
    if constexpr (is_softmax<Loss>) {
      return list.constants_hold() ? of_softmax(list, list.constants(), block)
                                   : of_softmax(list, loss.targets.prepare(list), block);
    } else if constexpr (is_separable<Loss>) {
      clear(list.number());
      diagonal<List> const to{list, block};
      return static_cast<double>(loss(diverted_list<List, diagonal<List>>{list, to}));
    } else {
      clear(list.number());
      return static_cast<double>(loss(pair_hessian<List, Out>{list, block}));
    }
  }

  RANKWISE_FN void clear(std::size_t list) const {
    for (std::size_t k = blocks.begin_of(list); k < blocks.end_of(list); ++k) {
      out[k] = typename Out::value_type(0);
    }
  }

  template <class List>
  struct diagonal {
    List const& list;
    hessian_block<Out> block;

    template <class Index, class V>
    RANKWISE_FN void slope(Index, V) const {}
    template <class Index, class V>
    RANKWISE_FN void curvature(Index i, V h) const {
      h = h * V(list.list_weight());
      if (list.has_masked()) {
        h = math::select(list.live(i), h, V(0));
      }
      for (std::size_t k = 0; k < i.live(); ++k) {
        block(i.first + k, i.first + k) = static_cast<typename Out::value_type>(math::ops<V>::get(h, k));
      }
    }
  };

  /// T (diag p - p p^T) / temperature^2
  template <class List, class Constants>
  RANKWISE_FN double of_softmax(List const& list, Constants const& c, hessian_block<Out> const& block) const {
    using V = typename List::vector;
    using S = typename List::scalar;
    V const beta = as<V>(1 / loss.temperature);
    V const peak(list.max([&](auto i) { return list.score(i); }));
    auto const exponent = [&](auto i) { return beta * math::max(list.score(i) - peak, V(-math::ops<S>::largest)); };
    S const total = list.sum([&](auto i) {
      V const e = math::exp(exponent(i));
      list.keep(i, e);
      return e;
    });
    S const aligned = list.sum([&](auto i) { return loss.targets.target(list, c, i) * exponent(i); });
    list.each([&](auto i) {
      V const p = list.kept(i) * (V(1) / V(total));
      list.keep(i, list.has_masked() ? math::select(list.live(i), p, V(0)) : p);
    });
    S const mass = static_cast<S>(c.mass);
    S const scale = mass * list.list_weight() * math::ops<V>::get(beta * beta, 0);
    S const* const p = list.template values<0>();
    for (std::size_t row = 0; row < block.size; ++row) {
      list.each([&](auto i) {
        V const h = V(0) - V(scale) * (V(p[row]) * list.kept(i)); // shares first: the same bits in both places
        auto at = i;
        at.first += block.begin + row * block.size;
        store(block.out, at, h);
      });
      block(row, row) = static_cast<typename Out::value_type>(scale * p[row] * (S(1) - p[row]));
    }
    return static_cast<double>(mass * math::log(total) - aligned);
  }
};

/// The blocks of lists, with offsets of their own where they need some.
template <class Offset>
owned_lists<std::size_t> blocks_of(lists<Offset> const& groups, on_error const& errors) {
  storage<std::size_t> areas;
  areas.resize(groups.size());
  for (std::size_t l = 0; l < areas.size(); ++l) {
    std::size_t const n = groups.size_of(l);
    constexpr std::size_t most = 0xffffffffu;
    if (!passed(n <= most ? status{} : status{errc::list_too_long, "lists", l, most, n}, errors)) {
      return {};
    }
    areas[l] = n * n;
  }
  return owned_lists<std::size_t>(column<std::size_t const>{areas.data(), areas.size()}, errors);
}

template <class Isa>
struct full_hessian_call {
  template <class Executor, class Loss, class Scores, class Data, class Out, class... Rest>
  double operator()(Executor executor, options const& opts, Loss const& loss, Scores const& scores, Data const& data,
                    Out& out, Rest&... rest) const {
    static_assert(Executor::where == memory::host, "[rankwise] full_hessian runs on the host");
    if constexpr (list_groups<Out>) {
      return into(executor, opts, loss, scores, data, out, rest...);
    } else if (data.ready && data.groups().offsets() == nullptr && data.groups().longest() <= 0xffffffffu) {
      std::size_t const n = data.groups().longest();
      auto const blocks = lists<std::size_t>::uniform(data.groups().size(), n * n);
      return into(executor, opts, loss, scores, data, blocks, out, rest...);
    } else {
      return into(executor, opts, loss, scores, data, blocks_of(data.groups(), opts.errors), out, rest...);
    }
  }

private:
  template <class Executor, class Loss, class Scores, class Data, class Out, class... Memory>
  double into(Executor executor, options const& opts, Loss const& loss, Scores const& scores, Data const& data,
              lists<std::size_t> const& blocks, Out& hessian, Memory&... memory) const {
    auto const out = as_output(hessian);
    using column_type = std::remove_const_t<decltype(out)>;
    if (data.ready) {
      auto const groups = data.groups();
      bool fits = blocks.size() == groups.size();
      std::size_t l = 0;
      for (; fits && l < groups.size(); ++l) {
        fits = blocks.size_of(l) == groups.size_of(l) * groups.size_of(l);
      }
      if (!passed(fits ? status{}
                       : status{errc::size_mismatch, "blocks", status::nowhere, groups.size(), blocks.size()},
                  opts.errors) ||
          !check_output(out, "hessian", blocks.items(), opts.errors) ||
          !check_apart(out, as_column(scores), "hessian", opts.errors) ||
          !check_apart(out, opts.per_list, "hessian", opts.errors)) {
        return math::ops<double>::quiet_nan;
      }
    }
    hessian_formula<Loss, column_type> const formula{loss, blocks, out};
    return loss_of(call_of<Isa>(formula, opts)(executor, scores, data, memory...));
  }
};

} // namespace detail

namespace loss {

/// Where the matrix of every list begins: lists of n^2 numbers, `items()` of them in all.
template <class Offset>
owned_lists<std::size_t> hessian_blocks(lists<Offset> const& groups, on_error errors = {}) {
  return rankwise::detail::blocks_of(groups, errors);
}

/// The whole second derivative of a loss by the scores, for every list an n x n matrix, row by row:
///   over pairs      sum over pairs of c w_ij k_ij (e_i - e_j) (e_i - e_j)^T,   k_ij what the hessian piece makes of it
///   softmax         T (diag p - p p^T) / temperature^2
///   single items    the diagonal
/// Returns the loss. Weights of pairs and the reduction are constants. Rows of items that do not take part are 0.
///
///   full_hessian(loss, scores, data [, blocks], hessian [, workspace], {.per_list = values})
///   full_hessian(loss, scores, labels, lists, hessian [, workspace], {...})
///
/// `data` is what the loss prepared, `blocks` are those of `hessian_blocks(lists)`: with them and a workspace nothing
/// is allocated. An executor of the host may come first. `Isa` is never given.
template <class A, class B, class C, rankwise::detail::argument D, class Isa = arch::native>
double full_hessian(A const& a, B const& b, C const& c, D&& d, options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::full_hessian_call<Isa>{}, a, b, c, d);
}
template <class A, class B, class C, class D, rankwise::detail::argument E, class Isa = arch::native>
double full_hessian(A const& a, B const& b, C const& c, D&& d, E&& e, options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::full_hessian_call<Isa>{}, a, b, c, d, e);
}
template <class A, class B, class C, class D, class E, rankwise::detail::argument F, class Isa = arch::native>
double full_hessian(A const& a, B const& b, C const& c, D const& d, E&& e, F&& f, options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::full_hessian_call<Isa>{}, a, b, c, d, e, f);
}
template <class A, class B, class C, class D, class E, class F, rankwise::detail::argument G, class Isa = arch::native>
double full_hessian(A const& a, B const& b, C const& c, D const& d, E&& e, F&& f, G&& g, options const& opts = {}) {
  return rankwise::detail::data_call{opts}(rankwise::detail::full_hessian_call<Isa>{}, a, b, c, d, e, f, g);
}

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
