// A pointer says no size.
// expect: \[rankwise\] not a column: a pointer has no size: std::span\(pointer, count\)
// control
#include <rankwise/label/polarise.hpp>

#include <cstddef>
#include <span>
#include <vector>

void use(float const* in, [[maybe_unused]] std::size_t count, std::vector<float>& out) {
#if defined(RANKWISE_REJECT_CONTROL)
  rankwise::apply(rankwise::label::polarise{}, std::span(in, count), out);
#else
  rankwise::apply(rankwise::label::polarise{}, in, out);
#endif
}
