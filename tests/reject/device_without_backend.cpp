// expect: \[rankwise\] the columns are in device memory: include <rankwise/backend/thrust.hpp>
// control
#include <rankwise/label/polarise.hpp>

#if defined(RANKWISE_REJECT_CONTROL)
using output = rankwise::column<float>;
#else
using output = rankwise::column<float, rankwise::memory::device>;
#endif

void use(output in_place) {
  rankwise::apply(rankwise::label::polarise{}, in_place, in_place);
}
