// A policy of two columns, and one column.
// expect: \[rankwise\] the policy takes another number of columns
// errors: 1
// control
#include <rankwise/label/combine.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& content, std::vector<float> const& engagement, std::vector<float>& out) {
  constexpr rw::label::weighted_sum mix{.content = 0.7, .engagement = 0.3};
#if defined(RANKWISE_REJECT_CONTROL)
  rw::apply(mix, content, engagement, out);
#else
  rw::apply(mix, content, out);
#endif
}
