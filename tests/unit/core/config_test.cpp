#include <rankwise/core/config.hpp>

#include <doctest/doctest.h>

namespace {

template <class T>
RANKWISE_FN T twice(T x) {
  return x + x;
}
static_assert(twice(2) == 4);
static_assert(RANKWISE_ON_DEVICE == 0);

struct keeper {
  int number = 7;
  constexpr int const& view() const RANKWISE_REFERS_TO_THIS { return number; }
};
static_assert(keeper{}.view() == 7); // within one expression the temporary is there

} // namespace

TEST_CASE("a policy function runs at compile time and at run time") {
  volatile int x = 21;
  CHECK(twice(static_cast<int>(x)) == 42);
}
