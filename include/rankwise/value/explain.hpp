#ifndef RANKWISE_VALUE_EXPLAIN_HPP
#define RANKWISE_VALUE_EXPLAIN_HPP

#include <rankwise/core/decimal.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/over_lists.hpp>
#include <rankwise/value/print.hpp>

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
/// unless another row is given); `baseline`, the baseline item's score, and the contributions add up to the score. The
/// change of a node is shared out among its operands: sums by term; products, quotients, powers and log-linear forms by
/// the logarithmic mean (Ang 2004: L(a, b) log(x / y), L(a, b) = (a - b) / log(a / b)), if the factors are positive;
/// all other nodes by exact Shapley values over their operands (Shapley 1953). A list adjuster is such a node: the
/// baseline item stands in the item's place in its list, all other items being as they are.
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

/// A row of logits in double.
struct row_item {
  using vector = double;
  using accuracy = math::precise;
  double const* row;

  constexpr double logit(int column) const { return row[column]; }
};

/// How the change of an operation is shared out.
enum class sharing : unsigned char { shapley, linear, logarithmic };

template <class Operation>
inline constexpr sharing sharing_of = sharing::shapley;
template <>
inline constexpr sharing sharing_of<add> = sharing::linear;
template <>
inline constexpr sharing sharing_of<subtract> = sharing::linear;
template <>
inline constexpr sharing sharing_of<negate> = sharing::linear;
template <>
inline constexpr sharing sharing_of<weighted_sum> = sharing::linear;
template <>
inline constexpr sharing sharing_of<multiply> = sharing::logarithmic;
template <>
inline constexpr sharing sharing_of<divide> = sharing::logarithmic;
template <>
inline constexpr sharing sharing_of<power> = sharing::logarithmic;
template <>
inline constexpr sharing sharing_of<log_linear> = sharing::logarithmic;

/// The exponent that an operation gives its k-th operand; 0 for what is an exponent or a weight itself.
template <std::size_t N>
double exponent_of(multiply const&, double const (&)[N], std::size_t) {
  return 1;
}
inline double exponent_of(divide const&, double const (&)[2], std::size_t k) {
  return k == 0 ? 1 : -1;
}
inline double exponent_of(power const&, double const (&x)[2], std::size_t k) {
  return k == 0 ? x[1] : 0;
}
template <std::size_t N>
double exponent_of(log_linear const&, double const (&x)[N], std::size_t k) {
  return k % 2 == 1 ? x[k - 1] : 0;
}

/// (a - b) / log(a / b), which is a where they are equal; a, b > 0.
inline double logarithmic_mean(double a, double b) {
  double const d = (a - b) / b;
  return std::abs(d) < 1e-8 ? b * (1 + d / 2) : (a - b) / std::log1p(d);
}

/// scale[k]: how much of the node's change one unit of the k-th operand's change accounts for, so that
/// sum_k scale[k] (x[k] - b[k]) = f(x) - f(b).
template <class Operation, std::size_t N>
void shapley_scales(Operation const& op, double const (&x)[N], double const (&b)[N], double (&scale)[N]) {
  std::size_t players[N];
  std::size_t count = 0;
  double slope[N];
  op.template partials<math::precise>(x, op.template apply<math::precise>(x), slope);
  for (std::size_t k = 0; k < N; ++k) {
    scale[k] = slope[k]; // an operand that did not change itself passes on what happened inside it
    if (x[k] != b[k]) {
      players[count++] = k;
    }
  }
  // Weight of a coalition of s others: s! (n - s - 1)! / n!
  std::vector<double> weight(count + 1);
  for (std::size_t s = 0; s < count; ++s) {
    double w = 1.0 / static_cast<double>(count);
    for (std::size_t i = 1; i <= s; ++i) {
      w *= static_cast<double>(i) / static_cast<double>(count - i);
    }
    weight[s] = w;
  }
  for (std::size_t p = 0; p < count; ++p) {
    scale[players[p]] = 0;
  }
  double mixed[N];
  for (std::size_t k = 0; k < N; ++k) {
    mixed[k] = b[k];
  }
  std::vector<double> worth(std::size_t{1} << count);
  for (std::size_t set = 0; set < worth.size(); ++set) {
    for (std::size_t p = 0; p < count; ++p) {
      mixed[players[p]] = (set >> p & 1) != 0 ? x[players[p]] : b[players[p]];
    }
    worth[set] = op.template apply<math::precise>(mixed);
  }
  for (std::size_t set = 0; set < worth.size(); ++set) {
    std::size_t const size = static_cast<std::size_t>(__builtin_popcountll(set));
    for (std::size_t p = 0; p < count; ++p) {
      if ((set >> p & 1) == 0) {
        std::size_t const k = players[p];
        scale[k] += weight[size] * (worth[set | std::size_t{1} << p] - worth[set]) / (x[k] - b[k]);
      }
    }
  }
}

/// Exact Shapley values of f over N players: share[k] add up to f(all) - f(none).
template <class Operation, std::size_t N>
void shares_of(Operation const& f, double (&share)[N]) {
  double worth[std::size_t{1} << N];
  for (std::size_t set = 0; set < std::size_t{1} << N; ++set) {
    bool in[N];
    for (std::size_t k = 0; k < N; ++k) {
      in[k] = (set >> k & 1) != 0;
    }
    worth[set] = f.run(in);
  }
  for (std::size_t k = 0; k < N; ++k) {
    share[k] = 0;
    for (std::size_t set = 0; set < std::size_t{1} << N; ++set) {
      if ((set >> k & 1) == 0) {
        // s! (N - s - 1)! / N!
        double weight = 1.0 / static_cast<double>(N);
        for (std::size_t i = 1; i <= static_cast<std::size_t>(__builtin_popcountll(set)); ++i) {
          weight *= static_cast<double>(i) / static_cast<double>(N - i);
        }
        share[k] += weight * (worth[set | std::size_t{1} << k] - worth[set]);
      }
    }
  }
}

template <class Operation, std::size_t N>
void scales_of(Operation const& op, double const (&x)[N], double const (&b)[N], double (&scale)[N]) {
  static_assert(N <= 20, "[rankwise] explain: at most 20 operands of one operation");
  if constexpr (sharing_of<Operation> == sharing::linear) {
    op.template partials<math::precise>(x, op.template apply<math::precise>(x), scale);
    return;
  } else if constexpr (sharing_of<Operation> == sharing::logarithmic) {
    double const after = op.template apply<math::precise>(x);
    double const before = op.template apply<math::precise>(b);
    bool positive = (after > 0 && before > 0) || (after < 0 && before < 0);
    for (std::size_t k = 0; k < N; ++k) {
      double const e = exponent_of(op, x, k);
      positive = positive && e == exponent_of(op, b, k) && (x[k] == b[k] || (e != 0 && x[k] > 0 && b[k] > 0));
    }
    if (positive) {
      double const mean = after > 0 ? logarithmic_mean(after, before) : -logarithmic_mean(-after, -before);
      for (std::size_t k = 0; k < N; ++k) {
        double const e = exponent_of(op, x, k);
        scale[k] = e == 0 || x[k] == 0 ? 0 : mean * e / (x[k] > 0 ? logarithmic_mean(x[k], b[k]) : x[k]);
      }
      return;
    }
  }
  shapley_scales(op, x, b, scale);
}

/// A list of rows, and the item at hand.
template <class Ids>
struct list_of_rows {
  double const* rows;
  std::size_t width;
  std::size_t items;
  std::size_t position;
  Ids const& ids;
  std::size_t first; // of the list, in the columns of ids
};

/// One column per operand of an adjuster, for all items of a list, and a place to run the adjuster in.
template <std::size_t N>
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
template <class Adjuster, std::size_t N>
struct columns_operation {
  Adjuster const& adjuster;
  operand_columns<N>& after;
  operand_columns<N>& before;
  std::size_t position;
  id_column groups;
  std::size_t first;

  double run(bool const (&changed)[N]) const {
    operand_columns<N> work(after.items);
    for (std::size_t k = 0; k < N; ++k) {
      for (std::size_t i = 0; i < after.items; ++i) {
        work.column(k)[i] = (changed[k] ? after : before).column(k)[i];
      }
    }
    adjuster(adjusted_list<double>{after.items, work.column(0), work.stride, work.column(N), work.indices.data(),
                                   groups, first});
    return work.column(0)[position];
  }
};

template <class Model, class Ids>
struct explainer {
  using list = list_of_rows<Ids>;
  Model const& model;
  list item;
  list base;
  explanation& out;

  template <class Node>
  double value_of(Node const& n, list const& at) const {
    if constexpr (Node::template slots<false> == 0) {
      return n.template bind<double>(model)(row_item{at.rows + at.position * at.width});
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
      double share[count];
      shares_of(op, share);
      k = 0;
      ((pass_on(n, scale, share[k], after.column(k)[item.position] - before.column(k)[item.position]), ++k), ...);
    });
  }

  void leaves(constant const&, double) const {}
  template <weight_node Weight>
  void leaves(Weight const&, double) const {}
  template <class Head, class Quantity>
  void leaves(head_value<Head, Quantity> const& h, double scale) const {
    double const x = value_of(h, item);
    out.leaves.push_back({write(h, style::text).text, x, scale * (x - value_of(h, base))});
  }
  template <class Operation, class Unit, class Indices, class... Nodes>
  void leaves(operation<Operation, Unit, Indices, Nodes...> const& o, double scale) const {
    o.with_operands([&](auto const&... n) {
      double const x[] = {value_of(n, item)...};
      double const b[] = {value_of(n, base)...};
      double part[sizeof...(n)];
      scales_of(bound<double>(o.op), x, b, part);
      std::size_t k = 0;
      (leaves(n, scale * part[k++]), ...);
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

} // namespace value::detail

/// Behind `ranker.explain`: `rows` holds one number per logit column for every item of the list, `base` for one item.
template <class Heads, class Value, class Weights, class Ids>
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
  e.terms(value, 1);
  e.leaves(value, 1);
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
