// An output that nobody can read.
// expect: \[rankwise\] the output is a temporary and gone after the call: name a container
// errors: 1
// control
#include <rankwise/label/polarise.hpp>

#include <span>
#include <vector>

void use(std::vector<float> const& in, [[maybe_unused]] std::vector<float>& out) {
#if defined(RANKWISE_REJECT_CONTROL)
  rankwise::apply(rankwise::label::polarise{}, std::vector<float>(in), std::span(out)); // a temporary view
#else
  rankwise::apply(rankwise::label::polarise{}, in, std::vector<float>(in.size()));
#endif
}
