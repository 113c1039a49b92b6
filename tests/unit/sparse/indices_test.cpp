#include <rankwise/sparse/indices.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace detail = rw::sparse::detail;

TEST_CASE("the row of an item, with empty rows at the ends, in between and next to each other") {
  support::random r(3);
  for (std::size_t round = 0; round < 20; ++round) {
    CAPTURE(round);
    auto const offsets = r.offsets<int>(1 + r.below(40), 0, round % 3);
    rw::lists const rows(offsets);
    for (std::size_t l = 0; l < rows.size(); ++l) {
      for (std::size_t i = rows.begin_of(l); i < rows.end_of(l); ++i) {
        CHECK(detail::row_at(rows, i) == l);
      }
    }
  }
  auto const uniform = rw::lists<>::uniform(7, 3);
  for (std::size_t i = 0; i < 21; ++i) {
    CHECK(detail::row_at(uniform, i) == i / 3);
  }
}

TEST_CASE("the first index that names no row") {
  std::vector<std::int64_t> indices(100, 4);
  support::for_each_executor([&](auto executor) {
    indices[60] = 4;
    indices[70] = 4;
    CHECK(detail::check_indices(executor, rw::as_column(indices), 5).ok());
    indices[60] = -1;
    indices[70] = 5;
    rw::status const s = detail::check_indices(executor, rw::as_column(indices), 5, "my ids");
    CHECK(s.code == rw::errc::out_of_range);
    CHECK(s.where == 60);
    CHECK(s.expected == 5);
    CHECK(s.found == std::numeric_limits<std::size_t>::max());
  });
}
