// What is missing is a header, and the compiler quotes it.
// expect: struct basic_parallel; // compilers quote this line: #include <rankwise/backend/parallel.hpp>
// control
#include <rankwise/label/polarise.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using executor = rankwise::exec::simd;
#else
using executor = rankwise::exec::parallel;
#endif

void use(std::vector<float> const& in, std::vector<float>& out) {
  rankwise::apply(executor{}, rankwise::label::polarise{}, in, out);
}
