#include <rankwise/exec/check.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace check_test {

namespace rw = rankwise;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("check::values: the first item with a NaN or an infinity, and how many") {
  for (double const wrong : {nan, infinity, -infinity}) {
    for (std::size_t const at : {0u, 7u, 16u, 31u, 36u}) {
      std::vector<double> x(37, 1.5);
      std::vector<float> f(37, 1.5f);
      CHECK(rw::check::values(x));
      x[at] = wrong;
      f[at] = static_cast<float>(wrong);
      rw::status s;
      CHECK(!rw::check::values(x, s));
      CHECK(s.code == rw::errc::unusable_item);
      CHECK(s.where == at);
      CHECK(s.found == 1);
      x[36] = wrong;
      CHECK(!rw::check::values(rw::exec::scalar{}, x, s));
      CHECK(s.where == at);
      CHECK(s.found == (at == 36 ? 1 : 2));
      CHECK(!rw::check::values(f, s));
      CHECK(s.where == at);
      CHECK(!rw::check::values(rw::strided(f.data() + at, 1, 5), s));
      CHECK(s.where == 0);
    }
  }
  std::vector<double> const huge{1e300, std::numeric_limits<double>::denorm_min()};
  CHECK(rw::check::values(huge));
  CHECK(rw::check::values(std::vector<double>()));
  CHECK(rw::check::values(std::vector<std::int64_t>{-1, std::numeric_limits<std::int64_t>::max()}));
  CHECK_THROWS_WITH_AS(rw::check::values(std::vector<double>{0, nan}),
                       "rankwise: a value of item 1 cannot be used (1 such item)", rw::error);
  rw::status s{rw::errc::not_finite};
  CHECK(rw::check::values(huge, s));
  CHECK(s.ok());
}

TEST_CASE("check::values: matrices by rows, and lists") {
  std::vector<double> z(3 * 40, 0.5);
  CHECK(rw::check::values(rw::row_major(z, 3)));
  z[3 * 21 + 2] = nan;
  z[3 * 33] = infinity;
  rw::status s;
  CHECK(!rw::check::values(rw::row_major(z, 3), s));
  CHECK(s.where == 21);
  CHECK(s.found == 2);
  CHECK(!rw::check::values(rw::column_major(z, 3), s));
  CHECK(s.where == 99 - 80);

  auto const lists = rw::lists_of_sizes({0, 10, 15, 0, 15});
  CHECK(!rw::check::values(rw::row_major(z, 3), lists, s));
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 2);
  CHECK(s.found == 2);
  CHECK(!rw::check::values(rw::row_major(z, 3), rw::place_lists(rw::exec::simd{}, lists), s));
  CHECK(s.where == 2);
  CHECK(!rw::check::values(rw::exec::scalar{}, rw::row_major(z, 3), rw::lists<>::uniform(8, 5), s));
  CHECK(s.where == 4);
  CHECK_THROWS_WITH_AS(rw::check::values(rw::row_major(z, 3), lists),
                       "rankwise: a value of list 2 is NaN or infinite (2 such lists)", rw::error);
  z[3 * 21 + 2] = z[3 * 33] = 0;
  CHECK(rw::check::values(rw::row_major(z, 3), lists, s));
  CHECK(s.ok());
  CHECK(!rw::check::values(z, lists, s));
  CHECK(s.code == rw::errc::offsets_overrun);
}

} // namespace check_test
