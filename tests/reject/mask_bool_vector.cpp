// std::vector<bool> packs bits.
// expect: \[rankwise\] not a column: std::vector<bool> packs bits: copy it into a vector of unsigned char
// control
#include <rankwise/loss/softmax.hpp>

#include <cstdint>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using mask_type = std::vector<std::uint8_t>;
#else
using mask_type = std::vector<bool>;
#endif

double use(std::vector<double> const& s, std::vector<int> const& o, mask_type const& mask) {
  return rankwise::loss::softmax{}.value(s, s, rankwise::lists(o), {.mask = mask});
}
