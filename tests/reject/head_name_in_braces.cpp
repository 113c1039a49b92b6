// The name of a head as an argument.
// expect-gcc: \[rankwise\] the name of a head is a template argument
// expect-clang: alias template 'binary' requires template arguments
// errors: 3
// control
#include <rankwise/head/binary.hpp>

#include <vector>

namespace rw = rankwise;

double use(std::vector<float> const& z, std::vector<float> const& y) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::head::binary<"click">{}.value(rw::row_major(z, 1), y);
#else
  return rw::head::binary{"click"}.value(rw::row_major(z, 1), y);
#endif
}
