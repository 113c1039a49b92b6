// A metric in front of a label transform.
// expect: \[rankwise\] a chain is of label transforms
// errors: 1
// control
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/metric/ndcg.hpp>

namespace rw = rankwise;

#if defined(RANKWISE_REJECT_CONTROL)
constexpr auto chain = rw::label::polarise{} | rw::label::cut<2>{0.5};
#else
constexpr auto chain = rw::metric::ndcg<10>{} | rw::label::cut<2>{0.5};
#endif

auto const* use() {
  return &chain;
}
