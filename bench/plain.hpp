#ifndef RANKWISE_BENCH_PLAIN_HPP
#define RANKWISE_BENCH_PLAIN_HPP

#include <cstddef>

#define RANKWISE_BENCH_PLAIN_FUNCTIONS                                                                                 \
  void polarise(float const* score, float* label, std::size_t n, float steepness, float centre);                       \
  double softmax(float const* score, float const* label, std::size_t const* offset, std::size_t lists,                 \
                 float* gradient, float* hessian);                                                                     \
  double ndcg(float const* score, float const* label, float const* inverse_ideal, std::size_t const* offset,           \
              std::size_t lists, std::size_t cutoff);                                                                  \
  void score(float const* logits, float* scores, std::size_t n, float relevance, float engagement);

namespace plain {
RANKWISE_BENCH_PLAIN_FUNCTIONS
}
namespace plain_fast_math {
RANKWISE_BENCH_PLAIN_FUNCTIONS
}

#endif
