#ifndef RANKWISE_BENCH_DISPATCH_SCORE_HPP
#define RANKWISE_BENCH_DISPATCH_SCORE_HPP

#include <cstddef>
#include <span>

/// Six logits, column after column, to two scores.
struct score_two {
  template <class Isa>
  void operator()(Isa, std::span<float const> logits, std::span<float> sum, std::span<float> product) const;
};

/// The same, from a unit that is compiled for this machine.
void score_two_native(std::span<float const> logits, std::span<float> sum, std::span<float> product);

#endif
