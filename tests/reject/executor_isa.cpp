// An instruction set that the unit is not compiled for.
// expect: \[rankwise\] exec::basic_simd<isa> needs a unit compiled for that instruction set
// control
#include <rankwise/label/polarise.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using isa = rankwise::arch::native;
#else
using isa = rankwise::arch::isa<rankwise::arch::native::extensions ^ rankwise::arch::bit::avx512fp16>;
#endif

void use(std::vector<float>& x) {
  rankwise::apply(rankwise::exec::basic_simd<isa>{}, rankwise::label::polarise{}, x, x);
}
