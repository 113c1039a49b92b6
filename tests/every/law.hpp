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
  everywhere = 32      ///< a transform: infinities give no NaN
};

#define RANKWISE_EVERY(name, laws_, ...)                                                                               \
  struct name {                                                                                                        \
    static constexpr unsigned laws = (laws_);                                                                          \
    static constexpr auto policy() { return __VA_ARGS__; }                                                             \
  }

} // namespace every

#endif
