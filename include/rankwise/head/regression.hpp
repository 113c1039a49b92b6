#ifndef RANKWISE_HEAD_REGRESSION_HPP
#define RANKWISE_HEAD_REGRESSION_HPP

#include <rankwise/core/unit.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Losses of a prediction z of a number y; e = z - y.
namespace error {

/// e^2; its mean is the mean squared error
template <class T = double>
struct basic_squared {
  template <class U>
  RANKWISE_HOST_FN basic_squared<U> bind() const {
    return {};
  }
  template <class V>
  RANKWISE_FN V of(V e, V& gradient, V& hessian) const {
    gradient = e + e;
    hessian = V(2);
    return e * e;
  }
};
using squared = basic_squared<>;

/// The pinball loss: max(-level e, (1 - level) e). Its minimum is the quantile of that level; 0.5 is half the absolute
/// error. The hessian is 0; at e = 0 the gradient is that of e > 0.
template <class T = double>
struct basic_quantile {
  T level = T(0.5);

  constexpr char const* fault() const {
    return level >= T(0) && level <= T(1) ? nullptr : "the level of quantile (from 0 to 1)";
  }

  template <class U>
  RANKWISE_HOST_FN basic_quantile<U> bind() const {
    return {static_cast<U>(level)};
  }
  template <class V>
  RANKWISE_FN V of(V e, V& gradient, V& hessian) const {
    gradient = math::select(e < V(0), V(-level), V(T(1) - level));
    hessian = V(0);
    return gradient * e;
  }
};
using quantile = basic_quantile<>;

/// e^2 / 2 up to |e| = width, width (|e| - width / 2) beyond (Huber 1964); an infinite width is e^2 / 2 everywhere
template <class T = double>
struct basic_huber {
  T width = T(1);

  constexpr char const* fault() const { return width > T(0) ? nullptr : "the width of huber (more than 0)"; }

  template <class U>
  RANKWISE_HOST_FN basic_huber<U> bind() const {
    return {static_cast<U>(width)};
  }
  template <class V>
  RANKWISE_FN V of(V e, V& gradient, V& hessian) const {
    V const inside = math::clamp(e, V(-width), V(width));
    gradient = inside;
    hessian = math::select(math::abs(e) <= V(width), V(1), V(0));
    return inside * (e - inside * as<V>(0.5));
  }
};
using huber = basic_huber<>;

} // namespace error

/// A head whose logit is the number itself: a grade (the baseline of ordinal heads), a dwell time, a price.
template <class Called, class Error = error::squared, class Unit = unit::grade>
struct regression_head {
  static constexpr auto label = Called::label;
  static constexpr int columns = 1;
  using unit = Unit;

  Error error{};

  constexpr char const* fault() const { return fault_of(error); }

  template <class U>
  RANKWISE_HOST_FN auto bind() const {
    auto const e = error.template bind<U>();
    return regression_head<nameless, std::remove_const_t<decltype(e)>, Unit>{e};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V g(0), h(0);
    V const loss = error.of(item.logit(0) - item.label(), g, h);
    item.gradient(0, g);
    item.hessian(0, h);
    return loss;
  }

  template <class P = math::precise, class Logits>
  RANKWISE_FN auto expected_value(Logits z) const {
    return z(0);
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void expected_value_partials(Logits, V* d) const {
    d[0] = V(1);
  }
  /// The number as a grade.
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto expected_grade(Logits z) const {
    return z(0);
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void expected_grade_partials(Logits, V* d) const {
    d[0] = V(1);
  }

  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

/// regression<"relevance">{}, regression<"price", error::quantile, unit::number>{.error = {.level = 0.9}}
template <name Name = unnamed, class Error = error::squared, class Unit = unit::grade>
using regression = regression_head<called<Name>, Error, Unit>;
template <std::size_t N>
regression_head(char const (&)[N]) -> regression_head<std::enable_if_t<detail::explain_name<N>(), nameless>>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
