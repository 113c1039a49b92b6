#include "support.hpp"

#include <rankwise/value/print.hpp>

using namespace value_test;

namespace {

/// An operation of a user's: x / (1 + x).
struct saturate {
  static constexpr char const* name = "saturate";

  template <class P, class V>
  RANKWISE_FN static V apply(V const (&x)[1]) {
    return x[0] / (V(1) + x[0]);
  }
  template <class P, class V>
  RANKWISE_FN static void partials(V const (&x)[1], V, V (&d)[1]) {
    d[0] = V(1) / ((V(1) + x[0]) * (V(1) + x[0]));
  }
};

/// One with a parameter, which is bound once per run.
struct scale_by {
  double factor;

  template <class T>
  struct run {
    T factor;
    template <class P, class V>
    RANKWISE_FN V apply(V const (&x)[1]) const {
      return V(factor) * x[0];
    }
    template <class P, class V>
    RANKWISE_FN void partials(V const (&)[1], V, V (&d)[1]) const {
      d[0] = V(factor);
    }
  };
  template <class T>
  constexpr run<T> bind() const {
    return {static_cast<T>(factor)};
  }
};

} // namespace

TEST_CASE("value/node: an operation of one's own takes part like any other") {
  constexpr auto own = rw::value::operate<rw::unit::score>(saturate{}, 3 * probability(click));
  check_value(rw::weight<"a">(2) * own + 0.1 * expected_grade(relevance),
              [](item x) { return 2 * (3 * x.click / (1 + 3 * x.click)) + 0.1 * x.grade; });
  CHECK(rw::to_text(own) == "saturate(3 * probability(click))");
  constexpr auto scaled = rw::value::operate<rw::unit::score>(scale_by{2.5}, probability(purchase));
  check_value(scaled, [](item x) { return 2.5 * x.purchase; });
}

TEST_CASE("value/node: numbers among the operands become constants") {
  constexpr auto sum = 1 + feature(price) + 2.5f;
  static_assert(std::is_same_v<rw::value::unit_of<decltype(sum)>, rw::unit::number>);
  check_value(sum * probability(click), [](item x) { return (x.price + 3.5) * x.click; });
}
