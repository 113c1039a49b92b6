// The name of a column as an argument.
// expect: \[rankwise\] the name of a column is a template argument
// errors: 1
// control
#include <rankwise/core/columns.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& a) {
#if defined(RANKWISE_REJECT_CONTROL)
  static_cast<void>(rw::named<"click">(a));
#else
  static_cast<void>(rw::named("click", a));
#endif
}
