#ifndef RANKWISE_VALUE_EXPLAIN_HPP
#define RANKWISE_VALUE_EXPLAIN_HPP

#include <rankwise/value/print.hpp>

#include <cmath>
#include <cstddef>
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
/// all other nodes by exact Shapley values over their operands (Shapley 1953).
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

template <class Model>
struct explainer {
  Model const& model;
  row_item item;
  row_item base;
  explanation& out;

  template <class Node>
  double value_of(Node const& n, row_item const& at) const {
    return n.template bind<double>(model)(at);
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

/// Behind `ranker.explain`: `row` and `base` hold one number per logit column.
template <class Heads, class Value, class Weights>
explanation explain_rows(Heads const&, Value const& value, Weights const& w, double const* row, double const* base) {
  explanation out;
  detail::model<Heads, Weights> const m{w};
  value::detail::explainer<detail::model<Heads, Weights>> const e{m, {row}, {base}, out};
  out.score = e.value_of(value, e.item);
  out.baseline = e.value_of(value, e.base);
  e.terms(value, 1);
  e.leaves(value, 1);
  return out;
}

/// The explanation as lines of text: terms with their values, then leaves with their contributions.
inline std::string to_text(explanation const& e) {
  char line[64];
  std::string out;
  auto const add = [&](char const* format, double number, std::string const& what) {
    std::snprintf(line, sizeof line, format, number);
    out += line + what + "\n";
  };
  add("%12.6g  ", e.score, "score");
  for (auto const& t : e.terms) {
    add("  %+12.6g  ", t.value, t.what);
  }
  add("%12.6g  ", e.baseline, "score of the baseline item, and against it");
  for (auto const& l : e.leaves) {
    add("  %+12.6g  ", l.contribution, l.what + " = " + value::detail::number_text(l.value));
  }
  return out;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
