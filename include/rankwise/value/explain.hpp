#ifndef RANKWISE_VALUE_EXPLAIN_HPP
#define RANKWISE_VALUE_EXPLAIN_HPP

#include <rankwise/core/decimal.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/over_lists.hpp>
#include <rankwise/value/print.hpp>
#include <rankwise/value/sharing.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

/// Why an item has its score: `ranker.explain(logits, item)`.
///
/// Terms: what a sum at the top of the model consists of; their values add up to the score.
/// Leaves: what every quantity of a head or column contributes against a baseline item (all its logits and inputs 0,
/// unless another row is given); `baseline`, the baseline item's score, and the contributions add up to the score. How
/// the change of a node is shared out among its operands: value/sharing.hpp. A list adjuster shares it by Shapley
/// values: the baseline item stands in the item's place in its list, all other items being as they are.
namespace rankwise::inline RANKWISE_ABI {

struct explanation {
  struct share {
    std::string what;
    double value;
    double contribution;
  };

  double score = 0;
  double baseline = 0;
  std::vector<share> terms;
  std::vector<share> leaves;
};

namespace value::detail {

/// A list of rows, and the item at hand.
template <class Ids, class Isa = arch::native>
struct list_of_rows {
  double const* rows;
  std::size_t width;
  std::size_t items;
  std::size_t position;
  Ids const& ids;
  std::size_t first; // of the list, in the columns of ids
};

/// One column per operand of an adjuster, for all items of a list, and a place to run the adjuster in.
template <std::size_t N, class Isa = arch::native>
struct operand_columns {
  std::size_t items;
  std::size_t stride;
  storage<double> numbers; // columns of the operands, then two for sorting
  storage<std::uint32_t> indices;

  explicit operand_columns(std::size_t n, std::size_t index_columns = 5)
      : items(n), stride(rankwise::detail::round_up(n + 1, 16)) {
    numbers.resize((N + 2) * stride);
    indices.resize(index_columns * stride);
  }
  double* column(std::size_t k) { return numbers.data() + k * stride; }
};

/// An adjuster as an operation over whole columns: operand k takes its column from the item's list or the baseline's.
template <class Adjuster, std::size_t N, class Isa = arch::native>
struct columns_operation {
  Adjuster const& adjuster;
  operand_columns<N>& after;
  operand_columns<N>& before;
  std::size_t position;
  id_column groups;
  std::size_t first;

  double operator()(std::uint32_t changed) const {
    operand_columns<N> work(after.items);
    for (std::size_t k = 0; k < N; ++k) {
      for (std::size_t i = 0; i < after.items; ++i) {
        work.column(k)[i] = ((changed >> k & 1) != 0 ? after : before).column(k)[i];
      }
    }
    adjuster(adjusted_list<double>{after.items, work.column(0), work.stride, work.column(N), work.indices.data(),
                                   groups, first});
    return work.column(0)[position];
  }
};

template <class Model, class Ids, class Isa = arch::native>
struct explainer {
  using list = list_of_rows<Ids>;
  Model const& model;
  list item;
  list base;
  explanation& out;

  template <class Node>
  double value_of(Node const& n, list const& at) const {
    if constexpr (Node::template slots<false> == 0) {
      return n.template bind<double>(model)(row_item<double, math::precise>{at.rows + at.position * at.width});
    } else {
      storage<double> y;
      y.resize(at.items);
      column_of(n, at, y.data());
      return y[at.position];
    }
  }

  /// The values of a node for all items of the list.
  template <class Node>
  void column_of(Node const& n, list const& at, double* y) const {
    constexpr int slots = Node::template slots<false>;
    using rows_type = matrix<double const, layout::row_major>;
    rows_type const rows = row_major(at.rows, at.items, at.width);
    operand_columns<static_cast<std::size_t>(slots)> memory(at.items, 6);
    auto ids = rankwise::detail::id_columns_of(at.ids);
    for (auto& c : ids.column) {
      c.first = static_cast<unsigned char const*>(c.first) + at.first * c.bytes;
    }
    rankwise::detail::list_run<double, rows_type, math::precise, false, slots> run(
        rows, 0, at.items, ids.column, {}, {memory.numbers.data(), memory.indices.data(), memory.stride});
    auto const bound_node = n.template bind<double>(model);
    bound_node.adjust(run);
    run.each([&](auto i) { y[i.first] = bound_node(run.item(i)); });
  }

  template <class Adjuster, class By, class Indices, class... Nodes>
  void leaves(adjustment<Adjuster, By, Indices, Nodes...> const& a, double scale) const {
    constexpr std::size_t count = sizeof...(Nodes);
    static_assert(count <= 12, "[rankwise] explain: at most 12 operands of one list adjuster");
    operand_columns<count> after(item.items);
    operand_columns<count> before(item.items);
    auto const ids = rankwise::detail::id_columns_of(item.ids);
    constexpr int group = ids_slot<Adjuster, Model, By>();
    columns_operation<Adjuster, count> const op{
        a.adjuster, after, before, item.position, group < 0 ? id_column{} : ids.column[group < 0 ? 0 : group],
        item.first};
    a.with_operands([&](auto const&... n) {
      std::size_t k = 0;
      ((column_of(n, item, after.column(k)), column_of(n, base, before.column(k)), ++k), ...);
      std::vector<double> worth(std::size_t{1} << count);
      for (std::uint32_t set = 0; set < worth.size(); ++set) {
        worth[set] = op(set);
      }
      double weight[count];
      coalition_weights(weight);
      auto const share = [&](std::size_t p) {
        return shapley_value<count, double>([&](std::uint32_t set) { return worth[set]; }, p, weight);
      };
      k = 0;
      ((pass_on(n, scale, share(k), after.column(k)[item.position] - before.column(k)[item.position]), ++k), ...);
    });
  }

  void leaves(constant const&, double) const {}
  template <weight_node Weight>
  void leaves(Weight const&, double) const {}
  template <class Head, class Quantity>
  void leaves(head_value<Head, Quantity> const& h, double scale) const {
    double const x = value_of(h, item);
    out.leaves.push_back({write(h, style::text).text, x, scaled_by(scale, x - value_of(h, base))});
  }
  template <class Operation, class Unit, class Indices, class... Nodes>
  void leaves(operation<Operation, Unit, Indices, Nodes...> const& o, double scale) const {
    o.with_operands([&](auto const&... n) {
      double const x[] = {value_of(n, item)...};
      double const b[] = {value_of(n, base)...};
      double part[sizeof...(n)];
      auto const f = bound<double>(o.op);
      scales_of<math::precise, moving_operands<(Nodes::head_values != 0)...>()>(
          f, x, b, f.template apply<math::precise>(b), part);
      std::size_t k = 0;
      (leaves(n, scaled_by(scale, part[k++])), ...);
    });
  }

  /// What an operand of an adjuster accounts for goes on to its leaves; where only the other items of the list moved,
  /// it is a share of its own.
  template <class Node>
  void pass_on(Node const& n, double scale, double share, double change) const {
    if (change != 0 && change - change == 0) {
      leaves(n, scale * share / change);
    } else {
      leaves(n, 0);
      if (share != 0) {
        out.leaves.push_back({"the list around " + write(n, style::text).text, value_of(n, item), scale * share});
      }
    }
  }

  // g++ 12 warns of overlapping copies in `"-" + text`, wrongly.
  static std::string signed_text(std::string const& text, double sign) {
    std::string out(sign < 0 ? 1 : 0, '-');
    return out.append(text);
  }

  template <class Node>
  void terms(Node const& n, double sign) const {
    double const v = sign * value_of(n, item);
    out.terms.push_back({signed_text(write(n, style::text).within(sign < 0 ? of_product : of_sum), sign), v, v});
  }
  template <class Unit, class Indices, class... Nodes>
  void terms(operation<add, Unit, Indices, Nodes...> const& o, double sign) const {
    o.with_operands([&](auto const&... n) { (terms(n, sign), ...); });
  }
  template <class Unit, class Indices, class A, class B>
  void terms(operation<subtract, Unit, Indices, A, B> const& o, double sign) const {
    o.with_operands([&](auto const& a, auto const& b) {
      terms(a, sign);
      terms(b, -sign);
    });
  }
  template <class Unit, class Indices, class A>
  void terms(operation<negate, Unit, Indices, A> const& o, double sign) const {
    o.with_operands([&](auto const& a) { terms(a, -sign); });
  }
  template <class Unit, class Indices, class... Nodes>
  void terms(operation<weighted_sum, Unit, Indices, Nodes...> const& o, double sign) const {
    o.with_operands([&](auto const&... n) {
      piece const text[] = {write(n, style::text)...};
      double const x[] = {value_of(n, item)...};
      for (std::size_t k = 0; k < sizeof...(n); k += 2) {
        double const v = sign * x[k] * x[k + 1];
        piece const pair[] = {text[k], text[k + 1]};
        out.terms.push_back({signed_text(write(multiply{}, pair, style::text).text, sign), v, v});
      }
    });
  }
};

/// Whether there is a number to compare with; else the caller hears of it.
template <class Isa = arch::native>
bool comparable(double number, char const* what) {
  return rankwise::detail::passed(number - number == 0 ? status{} : status{errc::not_finite, what}, {});
}

} // namespace value::detail

/// Behind `ranker.explain`: `rows` holds one number per logit column for every item of the list, `base` for one item.
template <class Heads, class Value, class Weights, class Ids, class Isa = arch::native>
explanation explain_rows(Heads const&, Value const& value, Weights const& w, double const* rows, double const* base,
                         std::size_t items, std::size_t position, Ids const& ids, std::size_t first) {
  constexpr std::size_t width = static_cast<std::size_t>(Heads::columns);
  explanation out;
  if (items == 0) {
    return out;
  }
  storage<double> with_base;
  with_base.resize(items * width);
  for (std::size_t k = 0; k < items * width; ++k) {
    with_base[k] = k / width == position ? base[k % width] : rows[k];
  }
  using model_type = detail::model<Heads, Weights, false, 0, Ids>;
  model_type const m{w};
  value::detail::explainer<model_type, Ids> const e{
      m, {rows, width, items, position, ids, first}, {with_base.data(), width, items, position, ids, first}, out};
  out.score = e.value_of(value, e.item);
  out.baseline = e.value_of(value, e.base);
  if (!value::detail::comparable(out.baseline, "the score of the baseline item of explain (give a baseline where it is "
                                               "finite)")) {
    return out;
  }
  e.terms(value, 1);
  e.leaves(value, 1);
  bool shared = true;
  for (auto const& leaf : out.leaves) {
    shared = shared && leaf.contribution - leaf.contribution == 0;
  }
  if (out.score - out.score == 0 && !shared) { // a value inside the model is infinite where the score is not
    value::detail::comparable(math::ops<double>::infinity, "a contribution of explain (a value of the item or of its "
                                                           "baseline is infinite: give another baseline)");
  }
  return out;
}

/// The explanation as lines of text: terms with their values, then leaves with their contributions.
inline std::string to_text(explanation const& e) {
  std::string out;
  auto const add = [&](double number, std::string const& what) {
    out += detail::at_right(detail::decimal(number, std::chars_format::general, 6), 12) + "  " + what + "\n";
  };
  auto const add_signed = [&](double number, std::string const& what) {
    std::string const text = detail::decimal(number, std::chars_format::general, 6);
    out += "  " + detail::at_right(text.starts_with('-') ? text : '+' + text, 12) + "  " + what + "\n";
  };
  add(e.score, "score");
  for (auto const& t : e.terms) {
    add_signed(t.value, t.what);
  }
  add(e.baseline, "score of the baseline item, and against it");
  for (auto const& l : e.leaves) {
    add_signed(l.contribution, l.what + " = " + value::detail::number_text(l.value));
  }
  return out;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
