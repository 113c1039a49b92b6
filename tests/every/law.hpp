#ifndef RANKWISE_TESTS_EVERY_LAW_HPP
#define RANKWISE_TESTS_EVERY_LAW_HPP

namespace every {

enum law : unsigned {
  always = 0,
  shift_invariant = 1, ///< adding a number to all scores of a list changes nothing
  zero_sum = 2,        ///< so the gradients of a list add up to zero
  smooth = 4,          ///< the gradient is the finite difference
  diagonal = 8,        ///< the hessian is the second difference
  increasing = 16,     ///< a transform: of two numbers the greater never has the smaller result, but for rounding
  everywhere = 32,     ///< a transform: infinities give no NaN
  // Less than the laws, as the page of the loss says.
  drawn = 64,      ///< noise goes by an item's place: who moves has another draw
  by_place = 128,  ///< of items with the same label the first one counts as the better one
  kinked = 256,    ///< two equal scores: no derivative
  overflows = 512, ///< a score of 1e30 has no value in double
  // Metrics.
  within_1 = 1024,            ///< values between 0 and 1
  within_1_unweighted = 2048, ///< the same where items have no weights
  perfect_is_1 = 4096         ///< the best order of a list with something relevant
};

#define RANKWISE_EVERY(name, laws_, ...)                                                                               \
  struct name {                                                                                                        \
    static constexpr unsigned laws = (laws_);                                                                          \
    static constexpr auto policy() { return __VA_ARGS__; }                                                             \
  }

} // namespace every

#endif
