#ifndef RANKWISE_VALUE_PRINT_HPP
#define RANKWISE_VALUE_PRINT_HPP

#include <rankwise/core/decimal.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/calibrated.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/outputs.hpp>
#include <rankwise/value/ranker.hpp>

#include <charconv>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <type_traits>

/// The formula of a value model for people: `to_text(ranker)`, `to_latex(ranker)`, and `to_dot(ranker)` for Graphviz.
namespace rankwise::inline RANKWISE_ABI {

namespace value::detail {

enum class style : unsigned char { text, latex };

/// How tightly a piece of text holds together; it gets brackets where its surroundings hold tighter.
enum precedence : int { of_sum = 1, of_product = 2, of_sign = 3, of_power = 4, of_atom = 5 };

struct piece {
  std::string text;
  int precedence = of_atom;

  std::string within(int outer) const { return precedence < outer ? "(" + text + ")" : text; }
};

inline std::string number_text(double v) {
  return rankwise::detail::decimal(v, std::chars_format::general, 15);
}

/// A name between words: LaTeX sets it upright and minds its underscores.
inline std::string word(char const* name, style s) {
  if (s == style::text) {
    return name;
  }
  std::string out = "\\text{";
  for (; *name != 0; ++name) {
    if (*name == '_' || *name == '%' || *name == '&' || *name == '#' || *name == '$' || *name == '{' || *name == '}') {
      out += '\\';
    }
    out += *name;
  }
  return out + "}";
}

template <std::size_t N>
piece joined(piece const (&x)[N], char const* between, int precedence) {
  std::string out = x[0].within(precedence);
  for (std::size_t k = 1; k < N; ++k) {
    out += between + x[k].within(precedence + 1);
  }
  return {out, precedence};
}

template <std::size_t N>
piece called(std::string const& name, piece const (&x)[N], style s) {
  std::string out = name + (s == style::latex ? "\\left(" : "(");
  for (std::size_t k = 0; k < N; ++k) {
    out += (k == 0 ? "" : ", ") + x[k].text;
  }
  return {out + (s == style::latex ? "\\right)" : ")"), of_atom};
}

/// Parameters behind a function's name.
inline std::string parameters_text(std::initializer_list<double> numbers, style s) {
  std::string out;
  for (double const v : numbers) {
    out += (out.empty() ? "" : ", ") + number_text(v);
  }
  return s == style::latex ? "_{" + out + "}" : "[" + out + "]";
}

/// How an operation is written. An operation of another namespace has `static constexpr char const* name` and is
/// written as a function call.
template <class Operation, std::size_t N>
piece write(Operation const&, piece const (&x)[N], style s) {
  static_assert(
      requires { Operation::name; }, "[rankwise] to print an operation give it a `static constexpr char const* name`");
  return called(word(Operation::name, s), x, s);
}

template <std::size_t N>
piece write(add const&, piece const (&x)[N], style) {
  return joined(x, " + ", of_sum);
}
inline piece write(subtract const&, piece const (&x)[2], style) {
  return joined(x, " - ", of_sum);
}
inline piece write(negate const&, piece const (&x)[1], style) {
  std::string out(1, '-'); // "-" + text makes g++ 12 warn of overlapping copies that cannot happen
  out += x[0].within(of_sign);
  return {out, of_sign};
}
template <std::size_t N>
piece write(multiply const&, piece const (&x)[N], style s) {
  return joined(x, s == style::latex ? " \\cdot " : " * ", of_product);
}
inline piece write(divide const&, piece const (&x)[2], style s) {
  if (s == style::latex) {
    return {"\\frac{" + x[0].text + "}{" + x[1].text + "}", of_atom};
  }
  return joined(x, " / ", of_product);
}
inline piece write(power const&, piece const (&x)[2], style s) {
  if (s == style::latex) {
    return {"{" + x[0].within(of_atom) + "}^{" + x[1].text + "}", of_power};
  }
  return {x[0].within(of_atom) + "^" + x[1].within(of_atom), of_power};
}
template <std::size_t N>
piece write(minimum const&, piece const (&x)[N], style s) {
  return called(s == style::latex ? "\\min" : "min", x, s);
}
template <std::size_t N>
piece write(maximum const&, piece const (&x)[N], style s) {
  return called(s == style::latex ? "\\max" : "max", x, s);
}
inline piece write(clamp const&, piece const (&x)[3], style s) {
  return called(word("clamp", s), x, s);
}
/// A calibrator's name and numbers; nothing of one without a `name`.
template <class Policy>
std::string calibrator_text(Policy const& p) {
  std::string out;
  if constexpr (requires { p.with([](auto const&...) {}); }) { // a chain
    p.with([&out](auto const&... stage) {
      auto const add = [&out](std::string const& text) {
        out += (out.empty() ? "" : " | ") + (text.empty() ? std::string("...") : text);
      };
      (add(calibrator_text(stage)), ...);
    });
  } else if constexpr (requires { Policy::name; }) {
    out = Policy::name;
    if constexpr (requires { p.with_numbers([](auto...) {}); }) {
      p.with_numbers([&out](auto... x) { ((out += ", " + number_text(x)), ...); });
    }
  }
  return out;
}
template <class Policy>
piece write(calibration<Policy> const& op, piece const (&x)[1], style s) {
  std::string name = word("calibrated", s);
  if (std::string const kind = calibrator_text(op.policy); !kind.empty()) {
    name += s == style::latex ? "_{" + word(kind.c_str(), s) + "}" : "[" + kind + "]";
  }
  return called(name, x, s);
}
inline piece write(logarithm const&, piece const (&x)[1], style s) {
  return called(s == style::latex ? "\\log" : "log", x, s);
}
inline piece write(exponential const&, piece const (&x)[1], style s) {
  return called(s == style::latex ? "\\exp" : "exp", x, s);
}
template <std::size_t N>
piece write(weighted_sum const&, piece const (&x)[N], style s) {
  piece terms[N / 2];
  for (std::size_t k = 0; k < N; k += 2) {
    piece const pair[] = {x[k], x[k + 1]};
    terms[k / 2] = write(multiply{}, pair, s);
  }
  return joined(terms, " + ", of_sum);
}
template <std::size_t N>
piece write(log_linear const&, piece const (&x)[N], style s) {
  piece factors[N / 2];
  for (std::size_t k = 0; k < N; k += 2) {
    piece const pair[] = {x[k + 1], x[k]};
    factors[k / 2] = write(power{}, pair, s);
  }
  return joined(factors, s == style::latex ? " \\cdot " : " * ", of_product);
}
template <std::size_t N>
piece write(power_mean const& op, piece const (&x)[N], style s) {
  std::string const name =
      s == style::latex ? "M_{" + number_text(op.p) + "}" : "power_mean[" + number_text(op.p) + "]";
  return called(name, x, s);
}
inline piece write(hard_gate const&, piece const (&x)[4], style s) {
  if (s == style::latex) {
    return {"\\begin{cases} " + x[2].text + " & " + x[0].text + " \\ge " + x[1].text + " \\\\ " + x[3].text +
                " & \\text{otherwise} \\end{cases}",
            of_atom};
  }
  return {"(" + x[0].text + " >= " + x[1].text + " ? " + x[2].text + " : " + x[3].text + ")", of_atom};
}
inline piece write(soft_gate const&, piece const (&x)[4], style s) {
  piece const difference[] = {x[0], x[1]};
  piece const inside[] = {x[2], write(subtract{}, difference, s)};
  piece const argument[] = {write(multiply{}, inside, s)};
  piece const factors[] = {x[3], called(s == style::latex ? "\\sigma" : "sigmoid", argument, s)};
  return write(multiply{}, factors, s);
}
template <std::size_t Thresholds>
piece write(bands<Thresholds> const& op, piece const (&x)[2], style s) {
  std::string cuts;
  for (double const t : op.threshold) {
    cuts += (cuts.empty() ? "" : ", ") + number_text(t);
  }
  return called(s == style::latex ? "\\text{bands}_{" + cuts + "}" : "bands[" + cuts + "]", x, s);
}
inline piece write(remap_negative const& op, piece const (&x)[1], style s) {
  return called(word("remap_negative", s) + parameters_text({op.negative, op.total, op.offset}, s), x, s);
}

inline piece write(fatigue const& op, piece const (&x)[2], style s) {
  return called(word("fatigue", s) + parameters_text({op.p.decay, op.p.floor}, s), x, s);
}

/// The parameters of a list adjuster.
template <class Adjuster>
std::string adjuster_parameters(Adjuster const& a, style s) {
  if constexpr (requires { a.k; }) {
    return parameters_text({a.k}, s);
  } else if constexpr (requires { a.p.decay; }) {
    return parameters_text({a.p.decay, a.p.floor}, s);
  } else {
    return "";
  }
}
/// A list adjuster is written as a function, the ids that it goes by as its last argument.
template <class Adjuster, class By, std::size_t N>
piece write_adjuster(Adjuster const& a, piece const (&x)[N], style s) {
  std::string const name = word(Adjuster::name, s) + adjuster_parameters(a, s);
  if constexpr (std::is_void_v<By>) {
    return called(name, x, s);
  } else {
    piece all[N + 1];
    for (std::size_t k = 0; k < N; ++k) {
      all[k] = x[k];
    }
    all[N] = {word(By::label.text, s), of_atom};
    return called(name, all, s);
  }
}

inline piece write(constant const& c, style) {
  return {number_text(c.value), c.value < 0 ? of_sign : of_atom};
}
template <weight_node Weight>
piece write(Weight const&, style s) {
  return {s == style::latex ? "w_{" + word(Weight::label.text, s) + "}" : std::string(Weight::label.text), of_atom};
}
/// The parameters of a quantity.
template <class Quantity>
std::string quantity_parameters(Quantity const&, style) {
  return "";
}
template <int Level>
std::string quantity_parameters(take_at_least<Level> const&, style s) {
  return s == style::latex ? "_{\\ge " + std::to_string(Level) + "}" : parameters_text({static_cast<double>(Level)}, s);
}
template <std::size_t Levels>
std::string quantity_parameters(take_expected_utility<Levels> const& q, style s) {
  std::string gains;
  for (double const u : q.gain) {
    gains += (gains.empty() ? "" : ", ") + number_text(u);
  }
  return s == style::latex ? "_{" + gains + "}" : "[" + gains + "]";
}
template <class Head, class Quantity>
piece write(head_value<Head, Quantity> const& v, style s) {
  static_assert(
      requires { Quantity::name; }, "[rankwise] to print a quantity give it a `static constexpr char const* name`");
  std::string const head = word(Head::label.text, s);
  std::string function = Quantity::name;
  if (s == style::latex) {
    if constexpr (requires { Quantity::latex; }) {
      function = Quantity::latex;
    } else {
      function = word(Quantity::name, s);
    }
  }
  function += quantity_parameters(v.quantity, s);
  return {function.empty() ? head : function + "(" + head + ")", of_atom};
}
template <class Head>
piece write(head_value<Head, take_log_of_probability> const& v, style s) {
  piece const inside[] = {write(head_value<Head, take_probability>(v.head), s)};
  return write(logarithm{}, inside, s);
}
template <class Operation, class Unit, class Indices, class... Nodes>
piece write(operation<Operation, Unit, Indices, Nodes...> const& o, style s) {
  return o.with_operands([&](auto const&... n) {
    piece const operands[] = {write(n, s)...};
    return write(o.op, operands, s);
  });
}

template <class Adjuster, class By, class Indices, class... Nodes>
piece write(adjustment<Adjuster, By, Indices, Nodes...> const& a, style s) {
  return a.with_operands([&](auto const&... n) {
    piece const operands[] = {write(n, s)...};
    return write_adjuster<Adjuster, By>(a.adjuster, operands, s);
  });
}

/// Boxes and arrows, depth first; returns the number of the node's box.
struct dot_writer {
  std::string out;
  int boxes = 0;

  int box(std::string const& text, char const* shape) {
    out += "  n" + std::to_string(boxes) + " [shape=" + shape + ", label=\"" + text + "\"];\n";
    return boxes++;
  }
  int operator()(constant const& c) { return box(number_text(c.value), "plaintext"); }
  template <weight_node Weight>
  int operator()(Weight const& w) {
    return box(std::string(Weight::label.text) + " = " + number_text(w.initial), "house");
  }
  template <class Head, class Quantity>
  int operator()(head_value<Head, Quantity> const& h) {
    return box(write(h, style::text).text, "box");
  }
  template <class Operation, class Unit, class Indices, class... Nodes>
  int operator()(operation<Operation, Unit, Indices, Nodes...> const& o) {
    return o.with_operands([&](auto const&... n) {
      piece const holes[] = {(static_cast<void>(n), piece{"_", of_atom})...};
      int const self = box(write(o.op, holes, style::text).text, "ellipse");
      // The operands' boxes follow in order.
      (arrow(self, (*this)(n)), ...);
      return self;
    });
  }
  template <class Adjuster, class By, class Indices, class... Nodes>
  int operator()(adjustment<Adjuster, By, Indices, Nodes...> const& a) {
    return a.with_operands([&](auto const&... n) {
      piece const holes[] = {(static_cast<void>(n), piece{"_", of_atom})...};
      int const self = box(write_adjuster<Adjuster, By>(a.adjuster, holes, style::text).text, "hexagon");
      (arrow(self, (*this)(n)), ...);
      return self;
    });
  }
  template <class Indices, class... Named>
  void operator()(output_list<Indices, Named...> const& list) {
    list.for_each_output([&](auto const& o) {
      int const self = box(std::remove_cvref_t<decltype(o)>::label.text, "plaintext");
      arrow(self, (*this)(o.node));
    });
  }
  void arrow(int from, int to) { out += "  n" + std::to_string(from) + " -> n" + std::to_string(to) + ";\n"; }
};

} // namespace value::detail

/// One line of text, in the spelling of the expression.
template <value::expression Node>
std::string to_text(Node const& node) {
  return value::detail::write(node, value::detail::style::text).text;
}
template <value::expression Node>
std::string to_latex(Node const& node) {
  return value::detail::write(node, value::detail::style::latex).text;
}
/// A graph in the language of Graphviz: `dot -Tsvg`.
template <value::expression Node>
std::string to_dot(Node const& node) {
  value::detail::dot_writer writer;
  writer(node);
  return "digraph value_model {\n  node [fontname=\"sans-serif\"];\n" + writer.out + "}\n";
}

/// Several outputs: a line for each, `name = formula`.
template <class Indices, class... Named>
std::string to_text(value::detail::output_list<Indices, Named...> const& list) {
  std::string out;
  list.for_each_output([&](auto const& o) {
    out += std::string(std::remove_cvref_t<decltype(o)>::label.text) + " = " + to_text(o.node) + "\n";
  });
  return out;
}
template <class Indices, class... Named>
std::string to_latex(value::detail::output_list<Indices, Named...> const& list) {
  std::string out;
  list.for_each_output([&](auto const& o) {
    out += value::detail::word(std::remove_cvref_t<decltype(o)>::label.text, value::detail::style::latex) + " = " +
           to_latex(o.node) + " \\\\\n";
  });
  return out;
}
template <class Indices, class... Named>
std::string to_dot(value::detail::output_list<Indices, Named...> const& list) {
  value::detail::dot_writer writer;
  writer(list);
  return "digraph value_model {\n  node [fontname=\"sans-serif\"];\n" + writer.out + "}\n";
}

template <class Heads, class Value, class Accuracy>
std::string to_text(ranker<Heads, Value, Accuracy> const& r) {
  return to_text(r.value());
}
template <class Heads, class Value, class Accuracy>
std::string to_latex(ranker<Heads, Value, Accuracy> const& r) {
  return to_latex(r.value());
}
template <class Heads, class Value, class Accuracy>
std::string to_dot(ranker<Heads, Value, Accuracy> const& r) {
  return to_dot(r.value());
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
