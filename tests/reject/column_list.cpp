// A container that is no contiguous range.
// expect: \[rankwise\] not a column: the container is not contiguous: copy it into a std::vector
// control
#include <rankwise/label/polarise.hpp>

#include <list>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using container = std::vector<float>;
#else
using container = std::list<float>;
#endif

void use(container const& in, std::vector<float>& out) {
  rankwise::apply(rankwise::label::polarise{}, in, out);
}
