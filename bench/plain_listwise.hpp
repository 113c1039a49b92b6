#ifndef RANKWISE_BENCH_PLAIN_LISTWISE_HPP
#define RANKWISE_BENCH_PLAIN_LISTWISE_HPP

#include <cstddef>

// `order` holds the items of every list by falling label, positions in the list.
#define RANKWISE_BENCH_PLAIN_LISTWISE                                                                                  \
  double list_mle(float const* score, unsigned const* order, std::size_t const* offset, std::size_t lists,             \
                  float* gradient);                                                                                    \
  double approx_ndcg(float const* score, float const* gain, float const* inverse_ideal, std::size_t const* offset,     \
                     std::size_t lists, bool skip_without_gain, float* gradient);                                      \
  double neural_ndcg(float const* score, float const* gain, float const* inverse_ideal, std::size_t const* offset,     \
                     std::size_t lists, int rounds, float* gradient);

namespace plain {
RANKWISE_BENCH_PLAIN_LISTWISE
}
namespace plain_fast_math {
RANKWISE_BENCH_PLAIN_LISTWISE
}

#endif
