#ifndef RANKWISE_VALUE_UNIT_HPP
#define RANKWISE_VALUE_UNIT_HPP

#include <rankwise/core/config.hpp>

#include <type_traits>

/// What the numbers of a value expression mean. Products and sums are typed: a logit cannot be added to a probability.
namespace rankwise::inline RANKWISE_ABI::unit {

struct number {};      ///< a constant or a weight
struct logit {};       ///< log-odds
struct probability {}; ///< in [0, 1]
struct grade {};       ///< an expected grade
struct score {};       ///< what ranking sorts by; any weighted quantity is one

/// number x number is a number, probability x probability a probability (of both); everything else becomes a score.
template <class A, class B>
using product =
    std::conditional_t<std::is_same_v<A, B> && (std::is_same_v<A, number> || std::is_same_v<A, probability>), A, score>;

/// Scores take constants as offsets; otherwise only equals add up. A sum of probabilities or of grades is a score.
template <class A, class B>
struct sum {
  static constexpr bool offset = (std::is_same_v<A, score> && std::is_same_v<B, number>) ||
                                 (std::is_same_v<A, number> && std::is_same_v<B, score>);
  static_assert(std::is_same_v<A, B> || offset,
                "[rankwise] a sum of different quantities (logit, probability, grade, score): weigh them first, as in "
                "rw::weight<\"name\">(0.5) * rw::probability(click)");
  using type =
      std::conditional_t<std::is_same_v<A, B> && (std::is_same_v<A, number> || std::is_same_v<A, logit>), A, score>;
};

} // namespace rankwise::inline RANKWISE_ABI::unit

#endif
