#ifndef RANKWISE_BENCH_VALUE_HPP
#define RANKWISE_BENCH_VALUE_HPP

#include <cstddef>

// value_plain.cpp compiles these loops as they are, value_fast_math.cpp with -ffast-math.
#define RANKWISE_BENCH_VALUE_FUNCTIONS                                                                                 \
  void one_score(float const* logits, float* score, std::size_t n, float const* weight);                               \
  void two_scores(float const* logits, float* sum, float* product, std::size_t n, float const* weight,                 \
                  float const* exponent);                                                                              \
  void shares_of_product(float const* logits, float* shares, std::size_t n, float const* exponent);

namespace plain {
RANKWISE_BENCH_VALUE_FUNCTIONS
}
namespace plain_fast_math {
RANKWISE_BENCH_VALUE_FUNCTIONS
}

#endif
