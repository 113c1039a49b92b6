#ifndef RANKWISE_HEAD_AMOUNT_HPP
#define RANKWISE_HEAD_AMOUNT_HPP

#include <rankwise/core/unit.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// How an amount y >= 0 is distributed about the logit z. A law has
///   of(z, y, gradient, hessian)   the loss, up to a term that does not depend on z
///   mean<P>(z)                    the expected amount; its derivative by z is itself
namespace law {

/// Counts and other amounts whose variance grows as the mean: L = exp(z) - y z, E[y] = exp(z).
template <class T = double>
struct basic_poisson {
  template <class U>
  RANKWISE_HOST_FN basic_poisson<U> bind() const {
    return {};
  }
  template <class V>
  RANKWISE_FN V of(V z, V y, V& gradient, V& hessian) const {
    V const m = math::exp(z);
    gradient = m - y;
    hessian = m;
    return m - y * z;
  }
  template <class P, class V>
  RANKWISE_FN V mean(V z) const {
    return math::exp<P>(z);
  }
};
using poisson = basic_poisson<>;

/// Tweedie with 1 < power < 2: many zeros and a skewed rest, revenue for instance. E[y] = exp(z),
///   L = exp((2 - power) z) / (2 - power) - y exp((1 - power) z) / (1 - power)
template <class T = double>
struct basic_tweedie {
  T power = T(1.5);

  constexpr char const* fault() const {
    return power > T(1) && power < T(2) ? nullptr : "the power of tweedie (between 1 and 2)";
  }

  template <class U>
  RANKWISE_HOST_FN basic_tweedie<U> bind() const {
    return {static_cast<U>(power)};
  }
  template <class V>
  RANKWISE_FN V of(V z, V y, V& gradient, V& hessian) const {
    V const up = V(T(2) - power);
    V const down = V(T(1) - power);
    V const a = math::exp(up * z);
    V const b = y * math::exp(down * z);
    gradient = a - b;
    hessian = up * a - down * b;
    return a / up - b / down;
  }
  template <class P, class V>
  RANKWISE_FN V mean(V z) const {
    return math::exp<P>(z);
  }
};
using tweedie = basic_tweedie<>;

/// Positive amounts with normal logarithms, of standard deviation `spread`, which is not trained: L = (z - log y)^2,
/// E[y] = exp(z + spread^2 / 2); spread 0 ranks by the median. An item with y <= 0 is not finite and is reported.
template <class T = double>
struct basic_log_normal {
  T spread = T(0);

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(static_cast<double>(spread)) ? nullptr
                                                                           : "the spread of log_normal (0 or more)";
  }

  template <class U>
  RANKWISE_HOST_FN basic_log_normal<U> bind() const {
    return {static_cast<U>(spread)};
  }
  template <class V>
  RANKWISE_FN V of(V z, V y, V& gradient, V& hessian) const {
    V const e = z - math::log(y);
    gradient = e + e;
    hessian = V(2);
    return e * e;
  }
  template <class P, class V>
  RANKWISE_FN V mean(V z) const {
    return math::exp<P>(z + V(spread * spread / T(2)));
  }
};
using log_normal = basic_log_normal<>;

} // namespace law

/// A head for amounts with one logit z: dwell time (unit::seconds), counts, revenue.
template <class Called, class Law = law::log_normal, class Unit = unit::seconds>
struct amount_head {
  static constexpr auto label = Called::label;
  static constexpr int columns = 1;
  using unit = Unit;

  Law law{};

  constexpr char const* fault() const { return fault_of(law); }

  template <class U>
  RANKWISE_HOST_FN auto bind() const {
    auto const l = law.template bind<U>();
    return amount_head<nameless, std::remove_const_t<decltype(l)>, Unit>{l};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V g(0), h(0);
    V const loss = law.of(item.logit(0), item.label(), g, h);
    item.gradient(0, g);
    item.hessian(0, h);
    return loss;
  }

  template <class P = math::precise, class Logits>
  RANKWISE_FN auto expected_value(Logits z) const {
    return detail::ready<Logits>(*this).law.template mean<P>(z(0));
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void expected_value_partials(Logits z, V* d) const {
    d[0] = expected_value<P>(z);
  }

  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

/// amount<"dwell">{}, amount<"revenue", law::tweedie, unit::number>{.law = {.power = 1.3}}
template <name Name = unnamed, class Law = law::log_normal, class Unit = unit::seconds>
using amount = amount_head<called<Name>, Law, Unit>;
template <std::size_t N>
amount_head(char const (&)[N]) -> amount_head<std::enable_if_t<detail::explain_name<N>(), nameless>>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
