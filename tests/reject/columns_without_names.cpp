// Columns without names.
// expect: \[rankwise\] rw::columns\(...\) takes columns with names
// errors: 1
// control
#include <rankwise/core/columns.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& a) {
#if defined(RANKWISE_REJECT_CONTROL)
  static_cast<void>(rw::columns(rw::named<"click">(a)));
#else
  static_cast<void>(rw::columns(a));
#endif
}
