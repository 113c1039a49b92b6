#ifndef RANKWISE_CORE_UNIT_HPP
#define RANKWISE_CORE_UNIT_HPP

#include <rankwise/core/config.hpp>

#include <type_traits>

/// What the numbers of a value expression mean. Sums, products and functions are typed: a logit cannot be added to a
/// probability, a score cannot be an exponent.
namespace rankwise::inline RANKWISE_ABI::unit {

struct number {};      ///< a constant, a weight, a plain feature
struct logit {};       ///< log-odds
struct probability {}; ///< in [0, 1]
struct grade {};       ///< an expected grade
struct seconds {};     ///< dwell time and the like
struct score {};       ///< what ranking sorts by; any weighted quantity is one

/// A sum of probabilities, grades or seconds: more of the same may join it.
template <class U>
struct total {};

namespace detail {

template <class A, class B>
inline constexpr bool same = std::is_same_v<A, B>;
template <class U>
inline constexpr bool plain = same<U, number>;
template <class U>
inline constexpr bool is_total = false;
template <class U>
inline constexpr bool is_total<total<U>> = true;

} // namespace detail

/// number x number is a number, probability x probability the probability of both; everything else is a score.
template <class A, class B>
using product = std::conditional_t<detail::same<A, B> && (detail::plain<A> || detail::same<A, probability>), A, score>;

template <class A, class B>
using quotient = std::conditional_t<detail::plain<A> && detail::plain<B>, number, score>;

/// Only equals add up, except that a score takes numbers as offsets. Numbers, logits and scores keep what they are.
template <class A, class B>
struct sum {
  static constexpr bool offset =
      (detail::same<A, score> && detail::plain<B>) || (detail::plain<A> && detail::same<B, score>);
  static constexpr bool joins = detail::same<A, total<B>> || detail::same<total<A>, B>;
  static_assert(detail::same<A, B> || offset || joins,
                "[rankwise] a sum of different quantities (number, logit, probability, grade, seconds, score): weigh "
                "them first, as in rw::weight<\"name\">(0.5) * rw::probability(click)");
  static constexpr bool closed =
      detail::plain<A> || detail::same<A, logit> || detail::same<A, score> || detail::is_total<A>;
  using type = std::conditional_t<offset, score,
                                  std::conditional_t<joins, std::conditional_t<detail::same<A, total<B>>, A, B>,
                                                     std::conditional_t<closed, A, total<A>>>>;
};

/// min and max compare like with like and keep what it is; a bound may be a plain number.
template <class A, class B>
struct comparison {
  static_assert(detail::same<A, B> || detail::plain<A> || detail::plain<B>,
                "[rankwise] min, max and gates compare different quantities: use the same one, or a number");
  using type = std::conditional_t<detail::plain<A>, B, A>;
};

/// The exponent of a power is a number.
template <class Base, class Exponent>
struct power {
  static_assert(detail::plain<Exponent>, "[rankwise] the exponent of pow(x, y) must be a number or a weight");
  using type = std::conditional_t<detail::plain<Base>, number, score>;
};

/// Functions of one argument: of a number a number, of anything else a score.
template <class A>
using function = std::conditional_t<detail::plain<A>, number, score>;

} // namespace rankwise::inline RANKWISE_ABI::unit

#endif
