#ifndef RANKWISE_VALUE_ARITHMETIC_HPP
#define RANKWISE_VALUE_ARITHMETIC_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/pow.hpp>
#include <rankwise/value/node.hpp>

#include <cstddef>
#include <type_traits>

/// + - * / pow min max clamp log exp over value expressions. A sum that gets another term, or a product another factor,
/// stays one flat node.
namespace rankwise::inline RANKWISE_ABI::value {

namespace detail {

struct add {
  template <class P, class V, std::size_t N>
  RANKWISE_FN static V apply(V const (&x)[N]) {
    V y = x[0];
    for (std::size_t k = 1; k < N; ++k) {
      y = y + x[k];
    }
    return y;
  }
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&)[N], V, V (&d)[N]) {
    for (V& one : d) {
      one = V(1);
    }
  }
};

struct subtract {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[2]) {
    return x[0] - x[1];
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&)[2], V, V (&d)[2]) {
    d[0] = V(1);
    d[1] = V(-1);
  }
};

struct negate {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[1]) {
    return -x[0];
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&)[1], V, V (&d)[1]) {
    d[0] = V(-1);
  }
};

struct multiply {
  template <class P, class V, std::size_t N>
  RANKWISE_FN static V apply(V const (&x)[N]) {
    V y = x[0];
    for (std::size_t k = 1; k < N; ++k) {
      y = y * x[k];
    }
    return y;
  }
  // The product of the others, without dividing: a factor may be 0.
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&x)[N], V, V (&d)[N]) {
    V before(1);
    for (std::size_t k = 0; k < N; ++k) {
      d[k] = before;
      before = before * x[k];
    }
    V after(1);
    for (std::size_t k = N; k-- > 0;) {
      d[k] = d[k] * after;
      after = after * x[k];
    }
  }
};

struct divide {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[2]) {
    return x[0] / x[1];
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&x)[2], V y, V (&d)[2]) {
    d[0] = V(1) / x[1];
    d[1] = -y * d[0];
  }
};

/// pow for registers is long: compiled once, not into every value model that uses it.
template <class V, class Isa = math::function_isa>
RANKWISE_NOINLINE constexpr V pow_apart(V x, V y) {
  return math::pow(x, y);
}
template <class V>
RANKWISE_FN V pow_of(V x, V y) {
  if constexpr (math::lanes<V> == 1) {
    return math::pow(x, y);
  } else {
    return pow_apart(x, y);
  }
}

struct power {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[2]) {
    return pow_of(x[0], x[1]);
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&x)[2], V y, V (&d)[2]) {
    // A slope that is infinite, as a root's at 0, counts as 0: what moves the base there may not move, and 0 times it
    // is NaN.
    V const slope = x[1] * pow_of(x[0], x[1] - V(1));
    d[0] = math::select((x[1] == V(0)) | ((x[0] == V(0)) & !math::is_finite(slope)), V(0), slope);
    // 0^y is 0 for every y > 0, so its derivative by the exponent is 0, not 0 times minus infinity; at y = 0 it jumps.
    d[1] = math::select(x[0] == V(0), V(0), y * math::log(x[0]));
  }
};

/// The smallest operand; of equal ones the first counts.
struct minimum {
  template <class P, class V, std::size_t N>
  RANKWISE_FN static V apply(V const (&x)[N]) {
    V y = x[0];
    for (std::size_t k = 1; k < N; ++k) {
      y = math::select(math::is_nan(y), y, math::min(y, x[k])); // NaN of any operand stays
    }
    return y;
  }
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&x)[N], V y, V (&d)[N]) {
    chosen(x, y, d);
  }
  template <class V, std::size_t N>
  RANKWISE_FN static void chosen(V const (&x)[N], V y, V (&d)[N]) {
    V left(1);
    for (std::size_t k = 0; k < N; ++k) {
      d[k] = math::select(x[k] == y, left, V(0));
      left = left - d[k];
    }
  }
};

struct maximum {
  template <class P, class V, std::size_t N>
  RANKWISE_FN static V apply(V const (&x)[N]) {
    V y = x[0];
    for (std::size_t k = 1; k < N; ++k) {
      y = math::select(math::is_nan(y), y, math::max(y, x[k]));
    }
    return y;
  }
  template <class P, class V, std::size_t N>
  RANKWISE_FN static void partials(V const (&x)[N], V y, V (&d)[N]) {
    minimum::chosen(x, y, d);
  }
};

/// max(low, min(high, x)) over (x, low, high). Bounds that are numbers are kept, to be looked at: the others are 0.
struct clamp {
  double low = 0;
  double high = 0;

  constexpr char const* fault() const {
    return low <= high ? nullptr : "a bound of clamp(x, low, high) (low not above high)";
  }

  struct run {
    template <class P, class V>
    RANKWISE_FN static V apply(V const (&x)[3]) {
      V const below[] = {x[0], x[2]};
      V const inside[] = {minimum::apply<P>(below), x[1]};
      return maximum::apply<P>(inside);
    }
    // On a bound x counts.
    template <class P, class V>
    RANKWISE_FN static void partials(V const (&x)[3], V y, V (&d)[3]) {
      d[0] = math::select(x[0] == y, V(1), V(0));
      d[2] = math::select(x[2] == y, V(1) - d[0], V(0));
      d[1] = V(1) - d[0] - d[2];
    }
  };
  template <class T>
  constexpr run bind() const {
    return {};
  }
};

struct logarithm {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[1]) {
    return math::log<P>(x[0]);
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&x)[1], V, V (&d)[1]) {
    d[0] = V(1) / x[0];
  }
};

struct exponential {
  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[1]) {
    return math::exp<P>(x[0]);
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&)[1], V y, V (&d)[1]) {
    d[0] = y;
  }
};

/// Operands of an associative operation: those of a nested node of the same kind join the outer one.
template <class Operation, class Unit, class A, class B>
constexpr auto join(A const& a, B const& b) {
  return operate<Unit>(Operation{}, a, b);
}
template <class Operation, class Unit, class OldUnit, class Indices, class... Nodes, class B>
constexpr auto join(operation<Operation, OldUnit, Indices, Nodes...> const& a, B const& b) {
  return a.with_operands([&b](auto const&... n) { return operate<Unit>(Operation{}, n..., b); });
}

} // namespace detail

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto operator+(A const& a, B const& b) {
  using U = typename unit::sum<detail::operand_unit<A>, detail::operand_unit<B>>::type;
  return detail::join<detail::add, U>(detail::as_node(a), detail::as_node(b));
}

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto operator-(A const& a, B const& b) {
  return operate<typename unit::sum<detail::operand_unit<A>, detail::operand_unit<B>>::type>(detail::subtract{}, a, b);
}

template <expression A>
constexpr auto operator-(A const& a) {
  return operate<std::conditional_t<std::is_same_v<unit_of<A>, unit::probability>, unit::score, unit_of<A>>>(
      detail::negate{}, a);
}

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto operator*(A const& a, B const& b) {
  using U = unit::product<detail::operand_unit<A>, detail::operand_unit<B>>;
  return detail::join<detail::multiply, U>(detail::as_node(a), detail::as_node(b));
}

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto operator/(A const& a, B const& b) {
  return operate<unit::quotient<detail::operand_unit<A>, detail::operand_unit<B>>>(detail::divide{}, a, b);
}

/// x^y for x >= 0; NaN for a negative base.
template <class A, class B>
  requires detail::operands<A, B>
constexpr auto pow(A const& base, B const& exponent) {
  return operate<typename unit::power<detail::operand_unit<A>, detail::operand_unit<B>>::type>(detail::power{}, base,
                                                                                               exponent);
}

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto min(A const& a, B const& b) {
  return operate<typename unit::comparison<detail::operand_unit<A>, detail::operand_unit<B>>::type>(detail::minimum{},
                                                                                                    a, b);
}

template <class A, class B>
  requires detail::operands<A, B>
constexpr auto max(A const& a, B const& b) {
  return operate<typename unit::comparison<detail::operand_unit<A>, detail::operand_unit<B>>::type>(detail::maximum{},
                                                                                                    a, b);
}

/// x held between two bounds: max(low, min(high, x)). Two numbers in the wrong order are reported.
template <class A, class L, class H>
  requires detail::operands<A, L, H>
constexpr auto clamp(A const& x, L const& low, H const& high) {
  using capped = typename unit::comparison<detail::operand_unit<A>, detail::operand_unit<H>>::type;
  using U = typename unit::comparison<capped, detail::operand_unit<L>>::type;
  detail::clamp op{};
  if constexpr (std::is_arithmetic_v<L> && std::is_arithmetic_v<H>) {
    op = {static_cast<double>(low), static_cast<double>(high)};
  }
  return operate<U>(op, x, low, high);
}

template <expression A>
constexpr auto log(A const& x) {
  return operate<unit::function<unit_of<A>>>(detail::logarithm{}, x);
}

template <expression A>
constexpr auto exp(A const& x) {
  return operate<unit::function<unit_of<A>>>(detail::exponential{}, x);
}

} // namespace rankwise::inline RANKWISE_ABI::value

namespace rankwise::inline RANKWISE_ABI {
using value::clamp;
using value::exp;
using value::log;
using value::max;
using value::min;
using value::pow;
} // namespace rankwise::inline RANKWISE_ABI

#endif
