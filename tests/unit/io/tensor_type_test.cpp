#include <rankwise/io/tensor_type.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace io = rw::io;

namespace {

// What x becomes in a column of type U, or nothing where it is refused.
template <class U, class S>
std::vector<U> converted(S x) {
  std::vector<U> out(1);
  auto const type = io::detail::type_in_file<S>();
  char const* const fault =
      io::detail::copy_numbers<rw::arch::native>(type, reinterpret_cast<char const*>(&x), rw::as_column(out));
  return fault == nullptr ? out : std::vector<U>{};
}

template <class U>
std::vector<U> one(U x) {
  return {x};
}

} // namespace

TEST_CASE("names, sizes and types of numbers") {
  CHECK(io::to_text(io::tensor_type::bf16) == std::string("BF16"));
  CHECK(io::bytes_of(io::tensor_type::i16) == 2);
  CHECK(io::bytes_of(io::tensor_type::other) == 0);
  CHECK(io::detail::type_in_file<std::int8_t>() == io::tensor_type::i8);
  CHECK(io::detail::type_in_file<std::uint64_t>() == io::tensor_type::u64);
  CHECK(io::detail::type_in_file<bool>() == io::tensor_type::boolean);
  CHECK(io::detail::type_in_file<rw::float16>() == io::tensor_type::f16);
}

TEST_CASE("integers take what they hold exactly, real numbers are rounded") {
  CHECK(converted<std::int8_t>(-128.0) == one<std::int8_t>(-128));
  CHECK(converted<std::int8_t>(128.0).empty());
  CHECK(converted<std::int8_t>(1.5f).empty());
  CHECK(converted<std::uint8_t>(-1.0).empty());
  CHECK(converted<std::uint8_t>(std::int64_t{256}).empty());
  CHECK(converted<std::int64_t>(0x1p63).empty());
  CHECK(converted<std::int64_t>(-0x1p63) == one(std::numeric_limits<std::int64_t>::min()));
  CHECK(converted<std::int32_t>(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(converted<std::int32_t>(std::numeric_limits<float>::infinity()).empty());
  CHECK(converted<float>(0.1) == one(0.1f));
  CHECK(converted<double>(rw::float16(0.5)) == one(0.5));
  CHECK(converted<float>(std::uint64_t{1} << 40) == one(0x1p40f));
  CHECK(std::isnan(converted<float>(std::numeric_limits<double>::quiet_NaN())[0]));
}

TEST_CASE("a column of integers is not written if one number does not fit") {
  std::vector<float> const numbers{1, 2.5f};
  std::vector<int> out{8, 9};
  CHECK(io::detail::copy_numbers<rw::arch::native>(io::tensor_type::f32, reinterpret_cast<char const*>(numbers.data()),
                                                   rw::as_column(out)) != nullptr);
  CHECK(out == std::vector<int>{8, 9});
}
