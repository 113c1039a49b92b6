#include <rankwise/exec/apply.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/label/polarise.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

// A policy from another namespace, as a user writes it.
struct twice {
  template <class V>
  RANKWISE_FN V operator()(V x) const {
    return x + x;
  }
};
struct shift {
  double by = 0.1;
  template <class T>
  struct run {
    T by;
    template <class V>
    RANKWISE_FN V operator()(V x) const {
      return x + V(by);
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(by)};
  }
};
struct silent {};

constexpr rw::label::polarise a{.steepness = 6, .centre = 0.4};
constexpr rw::label::cut<3> b{0.35, 0.65};

static_assert(rw::label::transform<twice> && rw::label::transform<shift> && !rw::label::transform<silent>);
// However it is spelt, a chain is the same flat type.
static_assert(std::is_same_v<decltype((a | a) | b), decltype(a | (a | b))>);
static_assert(std::is_same_v<decltype(a | a | b), decltype(rw::label::pipe(a, a, b))>);
static_assert(std::is_same_v<decltype((a | a) | (b | b)), decltype(a | a | b | b)>);
static_assert(rw::label::transform<decltype(a | b)>);
static_assert(std::is_trivially_copyable_v<decltype(a | b)>);

template <class P>
std::vector<float> applied(P const& p, std::vector<float> const& x) {
  std::vector<float> out(x.size());
  rw::apply(p, x, out);
  return out;
}

} // namespace

TEST_CASE("a chain is one pass after the other") {
  auto const x = support::random(21).uniforms<float>(77, 0, 1);
  auto const expected = applied(b, applied(twice{}, applied(a, x)));
  CHECK(applied(a | twice{} | b, x) == expected);
  CHECK(applied(rw::label::pipe(a, twice{}, b), x) == expected);
  CHECK(applied(a | (twice{} | b), x) == expected);
  CHECK(applied(rw::label::pipe(shift{.by = 0.25}), std::vector<float>{1}) == std::vector<float>{1.25f});
  CHECK(applied(rw::label::pipe(twice{}, shift{.by = 1}), std::vector<float>{3}) == std::vector<float>{7});
  CHECK(applied(rw::label::pipe(shift{.by = 1}, twice{}), std::vector<float>{3}) == std::vector<float>{8});
}
