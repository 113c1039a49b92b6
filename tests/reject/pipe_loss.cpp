// A loss behind a label transform.
// expect: \[rankwise\] a chain is of label transforms
// errors: 1
// control
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>

namespace rw = rankwise;

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto chain = rw::label::polarise{} | rw::label::cut<2>{0.5};
#else
constexpr auto chain = rw::label::polarise{} | rw::loss::softmax{};
#endif

auto const* use() {
  return &chain;
}
