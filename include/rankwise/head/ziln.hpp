#ifndef RANKWISE_HEAD_ZILN_HPP
#define RANKWISE_HEAD_ZILN_HPP

#include <rankwise/core/unit.hpp>
#include <rankwise/head/bernoulli.hpp>
#include <rankwise/head/called.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/sigmoid.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

/// Zero-inflated log-normal (Wang, Liu and Miao 2019): three logits z, m, s; an amount y is 0 with probability
/// 1 - sigma(z), else log y is normal with mean m and standard deviation d = softplus(s), at least `floor`,
///   L = H(sigma(z), [y > 0]) + [y > 0] (log y + log d + log(2 pi) / 2 + e^2 / 2),   e = (log y - m) / d
///   E[y] = sigma(z) exp(m + d^2 / 2)
/// The hessian is the true diagonal; by s it may be negative. At the floor the derivatives by s are 0.
template <class Called, class Unit = unit::number, class T = double>
struct ziln_head {
  static constexpr auto label = Called::label;
  static constexpr int columns = 3;
  using unit = Unit;

  T floor = T(3.4526698300124393e-4); // sqrt of float's epsilon, as the authors have it

  constexpr char const* fault() const {
    return floor > T(0) && rankwise::detail::finite_parameter(static_cast<double>(floor))
               ? nullptr
               : "the floor of ziln (more than 0)";
  }

  template <class U>
  RANKWISE_HOST_FN ziln_head<nameless, Unit, U> bind() const {
    return {static_cast<U>(floor)};
  }

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const y = item.label();
    auto const positive = y > V(0);
    V const some = bernoulli_task(item, 0, math::select(positive, V(1), V(0)));

    V const log_y = math::log(math::select(positive, y, V(1)));
    V const s = item.logit(2);
    V const width = math::softplus(s);
    auto const above = width > V(floor);
    V const d = math::max(V(floor), width);                  // NaN of s stays
    V const p = math::select(above, math::sigmoid(s), V(0)); // dd / ds
    V const inverse = V(1) / d;
    V const e = (log_y - item.logit(1)) * inverse;
    V const square = e * e;
    item.gradient(1, math::select(positive, -e * inverse, V(0)));
    item.hessian(1, math::select(positive, inverse * inverse, V(0)));
    item.gradient(2, math::select(positive, p * inverse * (V(1) - square), V(0)));
    item.hessian(
        2,
        math::select(positive,
                     p * inverse * (p * inverse * (V(3) * square - V(1)) + math::sigmoid(-s) * (V(1) - square)), V(0)));
    V const amount = log_y + math::log(d) + as<V>(0.91893853320467274178) + square * as<V>(0.5);
    V const seen = (item.logit(1) - item.logit(1)) + (s - s); // NaN where a logit is, also for y = 0
    return some + math::select(positive, amount, seen);
  }

  template <class P = math::precise, class Logits>
  RANKWISE_FN auto probability(Logits z) const {
    return math::sigmoid<P>(z(0));
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void probability_partials(Logits z, V* d) const {
    d[0] = math::sigmoid<P>(z(0)) * math::sigmoid<P>(-z(0));
    d[1] = d[2] = V(0);
  }
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto log_probability(Logits z) const {
    return math::log_sigmoid<P>(z(0));
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void log_probability_partials(Logits z, V* d) const {
    d[0] = math::sigmoid<P>(-z(0));
    d[1] = d[2] = V(0);
  }
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto expected_value(Logits z) const {
    using V = detail::value_at<Logits>;
    V const d = width_of<P>(z(2));
    return math::sigmoid<P>(z(0)) * math::exp<P>(z(1) + d * d * as<V>(0.5));
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void expected_value_partials(Logits z, V* d) const {
    V const mean = expected_value<P>(z);
    V const width = width_of<P>(z(2));
    d[0] = mean * math::sigmoid<P>(-z(0));
    d[1] = mean;
    d[2] = math::select(width > as<V>(floor), mean * width * math::sigmoid<P>(z(2)), V(0));
  }

  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS

private:
  template <class P, class V>
  RANKWISE_FN V width_of(V s) const {
    return math::max(as<V>(floor), math::softplus<P>(s)); // NaN of s stays
  }
};

/// ziln<"revenue">{}
template <name Name = unnamed, class Unit = unit::number>
using ziln = ziln_head<called<Name>, Unit>;
template <std::size_t N>
ziln_head(char const (&)[N]) -> ziln_head<std::enable_if_t<detail::explain_name<N>(), nameless>>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
