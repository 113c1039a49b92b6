// Numbers in several places: a stride would read foreign memory.
// expect: \[rankwise\] not a column: the container is not contiguous: copy it into a std::vector
// control
#include <rankwise/label/polarise.hpp>

#include <deque>
#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using container = std::vector<float>;
#else
using container = std::deque<float>;
#endif

void use(container const& in, std::vector<float>& out) {
  rankwise::apply(rankwise::label::polarise{}, in, out);
}
