#include <rankwise/core/bytes.hpp>
#include <rankwise/metric/itemwise.hpp>
#include <rankwise/metric/probability.hpp>
#include <rankwise/metric/regression.hpp>
#include <rankwise/metric/reliability.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

namespace itemwise_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

double const infinity = std::numeric_limits<double>::infinity();

#define MEASURE_OF_TWO                                                                                                 \
  bool strict = false;                                                                                                 \
  double most = 0.5;                                                                                                   \
  static constexpr std::size_t sums = 1;                                                                               \
  template <rw::math::value V>                                                                                         \
  RANKWISE_FN rw::item_sums<V, 1> operator()(V p, V y) const {                                                         \
    return {{rw::math::select(rw::math::abs(p - y) <= rw::as<V>(most), V(1), V(0))}};                                  \
  }                                                                                                                    \
  RANKWISE_HOST_FN static double finish(double const(&sum)[1], double weight) {                                        \
    return sum[0] / weight;                                                                                            \
  }                                                                                                                    \
  RANKWISE_ITEM_METRIC_CALLS

// Seven bytes of padding.
struct within {
  MEASURE_OF_TWO
};

// The same, not to be made in a constant expression: it says what it consists of.
struct described {
  described() {}
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.same(self.strict, self.most);
  }
  MEASURE_OF_TWO
};

#undef MEASURE_OF_TWO

/// Has a unit, unlike a mean.
struct total {
  static constexpr std::size_t sums = 1;
  template <rw::math::value V>
  RANKWISE_FN rw::item_sums<V, 1> operator()(V p, V) const {
    return {{p}};
  }
  RANKWISE_HOST_FN static double finish(double const (&sum)[1], double) { return sum[0]; }
  RANKWISE_ITEM_METRIC_CALLS
};

// A measure whose padding is full of one byte, in a state.
template <class Measure>
struct dirty {
  alignas(Measure) unsigned char raw[sizeof(Measure)];

  auto state(int byte, bool strict, double most) {
    std::memset(raw, byte, sizeof raw);
    Measure* const measure = std::launder(reinterpret_cast<Measure*>(raw));
    std::memcpy(raw + offset_of(&Measure::strict), &strict, sizeof strict);
    std::memcpy(raw + offset_of(&Measure::most), &most, sizeof most);
    return m::accumulator<Measure>(*measure);
  }
  template <class T>
  static std::size_t offset_of(T Measure::*member) {
    static Measure const one{};
    return static_cast<std::size_t>(reinterpret_cast<unsigned char const*>(&(one.*member)) -
                                    reinterpret_cast<unsigned char const*>(&one));
  }
};

template <class Measure>
void check_padding() {
  dirty<Measure> a, b;
  auto one = a.state(0x11, true, 0.5);
  one.add(std::vector{1.0, 2.0}, std::vector{1.0, 4.0});
  auto same = b.state(0xee, true, 0.5);
  rw::status s;
  same.merge(one, s);
  CHECK(s.ok());
  CHECK(same.count() == 2);
  CHECK(rw::from_bytes(rw::to_bytes(one), same, s));
  for (auto const& other : {b.state(0x11, false, 0.5), b.state(0x11, true, 0.25)}) {
    auto copy = other;
    copy.merge(one, s);
    CHECK(s.code == rw::errc::bad_format);
  }
}

} // namespace

TEST_CASE("states of equal measures merge, whatever their padding holds") {
  check_padding<within>();
  check_padding<described>();
  auto half = within{}.accumulator();
  half.add(std::vector{1.0, 2.0}, std::vector{1.0, 4.0});
  CHECK(half.value() == 0.5);
}

TEST_CASE("sums beyond the largest double") {
  std::vector<double> const big(3, 1e308), none(3, 0.0);
  CHECK(m::mean_absolute_error{}(big, none) == doctest::Approx(1e308).epsilon(1e-15));
  CHECK(m::bias{}(none, big) == doctest::Approx(-1e308).epsilon(1e-15));
  CHECK(m::calibration_ratio{}(big, big) == 1);
  CHECK(m::calibration_ratio{}(std::vector{1e308, 1e308, 0.0}, big) == doctest::Approx(2.0 / 3).epsilon(1e-15));
  CHECK(m::mean_squared_error{}(std::vector(3, 1e154), none) == doctest::Approx(1e308).epsilon(1e-15));
  // Weights, too.
  std::vector<double> const p{.25, .75, .5}, y{0, 1, 1};
  for (double const w : {1e308, 1e-300}) {
    CAPTURE(w);
    std::vector<double> const weights(3, w);
    CHECK(m::brier{}(p, y, {.item_weights = weights}) == doctest::Approx(m::brier{}(p, y)).epsilon(1e-12));
    CHECK(m::normalised_entropy{}(p, y, {.item_weights = weights}) ==
          doctest::Approx(m::normalised_entropy{}(p, y)).epsilon(1e-12));
  }
  std::vector<double> const q{.1, .2, .2, .9}, z{0, 0, 1, 1}, heavy(4, 1e308);
  rw::options const weighted{.item_weights = heavy};
  CHECK(m::expected_calibration_error{.bins = 4}(q, z, weighted) == m::expected_calibration_error{.bins = 4}(q, z));
  CHECK(m::equal_mass_calibration_error{.bins = 2}(q, z, weighted) == m::equal_mass_calibration_error{.bins = 2}(q, z));
  m::reliability binned(4);
  binned.add(q, z, weighted);
  CHECK(binned.curve().brier() == doctest::Approx(m::brier{}(q, z)).epsilon(1e-15));
  CHECK(total{}(big, none) == infinity); // this one is no double
  CHECK(total{}(none, none) == 0);
}

TEST_CASE("a number that overflows when it is weighted is left out and reported") {
  rw::status s;
  std::vector<double> const error{3, 1e200, 1}, weight{1, 1e200, 3};
  m::accumulator<m::mean_absolute_error> state;
  state.add(error, std::vector<double>(3), {.item_weights = weight, .errors = s});
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 1);
  CHECK(s.found == 1);
  CHECK(state.count() == 2);
  CHECK(state.value() == 1.5);
}

} // namespace itemwise_test
