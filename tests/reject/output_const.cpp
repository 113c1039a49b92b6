// expect: \[rankwise\] an output must be writable: this column has const elements
// control
#include <rankwise/label/polarise.hpp>

#include <span>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using output = std::span<float>;
#else
using output = std::span<float const>;
#endif

void use(std::vector<float> const& in, output out) {
  rankwise::apply(rankwise::label::polarise{}, in, out);
}
