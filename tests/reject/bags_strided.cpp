// Bags of every second number: a bag is a pointer, and would have read the numbers in between.
// expect: \[rankwise\] a bag is a view of contiguous words and weights in host memory: canonical\(\) copies others
// errors: 1
// control
#include <rankwise/sparse/bag.hpp>

#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

std::size_t use(std::vector<int> const& words, std::vector<float> const& weights, rw::lists<> const& lists) {
#if defined(RANKWISE_REJECT_CONTROL)
  return sparse::canonical(rw::strided(words.data(), weights.size(), 2), weights, lists).view().size();
#else
  return sparse::bags(rw::strided(words.data(), weights.size(), 2), weights, lists).size();
#endif
}
