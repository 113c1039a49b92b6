#include <rankwise/core/options.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

std::vector<double> numbers(rw::any_column const& c) {
  std::vector<double> out;
  auto const column = c.as_numbers();
  for (std::size_t i = 0; i < column.size(); ++i) {
    out.push_back(column[i]);
  }
  return out;
}

} // namespace

TEST_CASE_TEMPLATE("a column of any number type", T, float, double, bool, char, signed char, unsigned char, short,
                   unsigned short, int, unsigned, long, unsigned long, long long, unsigned long long) {
  T const values[]{T(1), T(0), T(1)};
  rw::any_column const c(values);
  CHECK(c.given());
  CHECK(c.size() == 3);
  CHECK(c.where() == rw::memory::host);
  CHECK(numbers(c) == std::vector<double>{1, 0, 1});
  double read[2];
  c.read(1, 2, read);
  CHECK(read[0] == 0);
  CHECK(read[1] == 1);
}

TEST_CASE("extreme values keep their sign") {
  CHECK(numbers(std::vector<std::int8_t>{-128, 127}) == std::vector<double>{-128, 127});
  CHECK(numbers(std::vector<std::uint8_t>{255}) == std::vector<double>{255});
  CHECK(numbers(std::vector<std::int64_t>{-1}) == std::vector<double>{-1});
  CHECK(numbers(std::vector<std::uint32_t>{4294967295u}) == std::vector<double>{4294967295.0});
}

TEST_CASE_TEMPLATE("numbers in order as unsigned ones", T, float, double, rw::float16, rw::bfloat16, std::int8_t,
                   std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
  using limits = std::numeric_limits<T>;
  std::vector<T> values{T(0), T(1), T(2), T(100)};
  if constexpr (limits::is_signed || !limits::is_specialized) {
    values.insert(values.begin(), {T(-100), T(-2), T(-1)});
  }
  if constexpr (sizeof(T) == 8 && limits::is_integer) { // neighbours that are one number as double
    values.insert(values.end(), {limits::max() - T(1), limits::max()});
  }
  if constexpr (limits::has_infinity) {
    values.insert(values.begin(), -limits::infinity());
    values.push_back(limits::infinity());
  }
  auto const order = rw::any_column(values).as_numbers();
  for (std::size_t i = 1; i < values.size(); ++i) {
    CAPTURE(i);
    CHECK(order.in_order(i - 1) < order.in_order(i));
  }
}

TEST_CASE("strides, forwards and backwards") {
  std::vector<float> const v{1, 2, 3, 4, 5, 6};
  CHECK(numbers(rw::strided(v.data(), 3, 2)) == std::vector<double>{1, 3, 5});
  CHECK(numbers(rw::strided(v.data() + 5, 3, -2)) == std::vector<double>{6, 4, 2});
  CHECK(numbers(rw::strided(v.data(), 3, 0)) == std::vector<double>{1, 1, 1});
  double read[2];
  rw::any_column(rw::strided(v.data() + 5, 3, -2)).read(1, 2, read);
  CHECK(read[0] == 4);
  CHECK(read[1] == 2);
}

TEST_CASE("nothing given is not the same as an empty column") {
  rw::options const none;
  CHECK(!none.item_weights.given());
  CHECK(!none.list_weights.given());
  CHECK(!none.mask.given());
  CHECK(!none.per_list.given());
  CHECK(none.errors.destination() == nullptr);
  rw::options const empty{.item_weights = std::vector<float>{}};
  CHECK(empty.item_weights.given());
  CHECK(empty.item_weights.size() == 0);
}

TEST_CASE("an output of one number per list") {
  std::vector<double> v(3);
  rw::side_output const o(v);
  CHECK(o.given());
  CHECK(o.first() == v.data());
  CHECK(o.size() == 3);
  CHECK(rw::side_output(std::span(v)).first() == v.data());
}

TEST_CASE("options are named, in one order") {
  std::vector<float> const w{1};
  std::array<double, 1> out{};
  rw::status s;
  rw::options const o{.item_weights = w, .list_weights = w, .mask = w, .per_list = out, .errors = s};
  CHECK(o.per_list.first() == out.data());
  CHECK(o.errors.destination() == &s);
}
