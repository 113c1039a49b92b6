#include <rankwise/core/policy.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace rw = rankwise;

namespace {

struct plain {
  double scale = 2;
};
struct binding {
  double scale = 0.1;
  template <class T>
  struct run {
    T scale;
  };
  template <class T>
  constexpr run<T> bind() const {
    return {static_cast<T>(scale)};
  }
};

static_assert(std::is_same_v<decltype(rw::bound<float>(plain{})), plain>);
static_assert(std::is_same_v<decltype(rw::bound<float>(binding{})), binding::run<float>>);
static_assert(rw::bound<double>(binding{}).scale == 0.1);
static_assert(rw::bound<float>(binding{}).scale == 0.1f);

} // namespace

TEST_CASE("parameters become the value type once") {
  CHECK(rw::bound<float>(binding{.scale = 1.0 / 3}).scale == static_cast<float>(1.0 / 3));
}
