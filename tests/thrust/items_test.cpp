#include <rankwise/backend/thrust.hpp>
#include <rankwise/label/combine.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/gain.hpp>
#include <rankwise/label/polarise.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace items_test {

namespace rw = rankwise;

// A thread takes a few neighbours of contiguous columns, and the last one what is left: whatever the length and the
// alignment, every item gets the bits that it gets alone, and nothing else is written.
namespace {

template <class X, class Y, class Policy>
void check(Policy const& policy) {
  static_assert(rw::detail::few_items<
                    rw::detail::element_kernel<Policy, rw::detail::one_column<rw::column<X const>>, rw::column<Y>>> !=
                0);
  auto const numbers = support::random(3).uniforms<float>(64, 0, 3);
  std::vector<X> const in(numbers.begin(), numbers.end());
  rw::exec::thrust const there{thrust::device};
  for (std::size_t n = 0; n <= 35; ++n) {
    for (std::size_t from = 0; from < 3; ++from) {
      CAPTURE(n);
      CAPTURE(from);
      std::vector<Y> found(64, Y(7));
      std::vector<Y> expected(64, Y(7));
      rw::apply(there, policy, rw::device_column(in.data() + from, n), rw::device_column(found.data() + 2 * from, n));
      rw::apply(rw::exec::scalar{}, policy, rw::column<X const>{in.data() + from, n},
                rw::column<Y>{expected.data() + 2 * from, n});
      bool same = true;
      for (std::size_t i = 0; i < found.size(); ++i) {
        same = same && static_cast<float>(found[i]) == static_cast<float>(expected[i]);
      }
      CHECK(same);
    }
  }
}

} // namespace

TEST_CASE("a few items by each thread") {
  check<float, float>(rw::label::polarise{});
  check<double, double>(rw::label::gain{});
  check<rw::float16, rw::bfloat16>(rw::label::gain{});
  check<std::uint8_t, float>(rw::label::gain{});
}

TEST_CASE("a few items of two columns") {
  auto const in = support::random(4).uniforms<float>(41, 0, 1);
  std::vector<float> out = in;
  std::vector<float> expected(41);
  rw::label::banded const policy{rw::label::cut<3>{0.3, 0.6}};
  rw::apply(rw::exec::thrust{thrust::device}, policy, rw::device_column(in.data(), 41),
            rw::device_column(out.data(), 41), rw::device_column(out.data(), 41));
  rw::apply(rw::exec::scalar{}, policy, in, in, expected);
  CHECK(out == expected);
}

} // namespace items_test
