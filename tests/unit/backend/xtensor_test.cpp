#if __has_include(<xtensor/xtensor.hpp>) || __has_include(<xtensor/containers/xtensor.hpp>)
#include <rankwise/backend/xtensor.hpp>

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif

#include "unit/backend/sample.hpp"

namespace rw = rankwise;

TEST_CASE("xtensor, xarray and adaptors") {
  sample const expected;
  xt::xtensor<float, 1> scores = xt::xtensor<float, 1>::from_shape({sample::items});
  xt::xarray<float> labels = xt::xarray<float>::from_shape({sample::items});
  xt::xtensor<float, 1> gradient = scores;
  fill(expected.scores, scores);
  fill(expected.labels, labels);
  expected.check(scores, labels, gradient);
  std::vector<float> numbers = expected.scores;
  expected.check(xt::adapt(numbers), labels, gradient);
  static_assert(std::is_same_v<rw::column_of<xt::xtensor<float, 1>>, rw::column<float>>);
  static_assert(std::is_same_v<rw::column_of<xt::xtensor<float, 1> const>, rw::column<float const>>);
}

TEST_CASE("rows, columns and steps of xtensor") {
  sample const expected;
  xt::xtensor<float, 2> heads = xt::xtensor<float, 2>::from_shape({3, sample::items});
  xt::xtensor<float, 2> logits = xt::xtensor<float, 2>::from_shape({sample::items, 3});
  auto row = xt::view(heads, 1, xt::all());
  auto column = xt::view(logits, xt::all(), 2);
  fill(expected.scores, row);
  fill(expected.scores, column);
  std::vector<float> out(sample::items);
  expected.check(row, expected.labels, out);
  expected.check(column, expected.labels, xt::view(logits, xt::all(), 0));
  //{ views
  static_assert(std::is_same_v<rw::column_of<decltype(row)>, rw::column<float>>);
  static_assert(std::is_same_v<rw::column_of<decltype(column)>, rw::strided_column<float>>);
  //} views

  xt::xarray<float> spread = xt::xarray<float>::from_shape({2 * sample::items});
  auto const every_second = xt::view(spread, xt::range(0, 2 * sample::items, 2));
  fill(expected.scores, xt::view(spread, xt::range(0, 2 * sample::items, 2)));
  expected.check(every_second, expected.labels, out);
}

TEST_CASE("xtensor of two dimensions is a matrix in its own order") {
  auto const check = [](auto const& m, rw::layout order) {
    CHECK(m.order == order);
    CHECK(m.rows == 2);
    for (std::size_t r = 0; r < 2; ++r) {
      for (std::size_t c = 0; c < m.columns; ++c) {
        CHECK(m(r, c) == static_cast<float>(3 * r + c));
      }
    }
  };
  xt::xtensor<float, 2> const by_row{{0, 1, 2}, {3, 4, 5}};
  xt::xtensor<float, 2, xt::layout_type::column_major> const by_column = by_row;
  xt::xarray<float> const any = by_row;
  check(rw::as_matrix(by_row), rw::layout::row_major);
  check(rw::as_matrix(by_column), rw::layout::column_major);
  check(rw::as_matrix(any), rw::layout::row_major);
  check(rw::as_matrix(xt::view(by_row, xt::all(), xt::range(0, 2))), rw::layout::strided);
}

TEST_CASE("an xarray of another dimension than the call needs is an error") {
  xt::xarray<float, xt::layout_type::column_major> const one = xt::xtensor<float, 1>{1, 2, 3};
  xt::xarray<float, xt::layout_type::column_major> const two = xt::xtensor<float, 2>{{1, 2}, {3, 4}};
  CHECK(rw::as_column(one)[2] == 3);
  CHECK_THROWS_WITH_AS(rw::as_column(two),
                       "rankwise: the number of dimensions of an xtensor expression has the wrong shape (2 where 1 is "
                       "needed)",
                       rw::error);
  CHECK_THROWS_AS(rw::as_matrix(one), rw::error);
}

TEST_CASE("xtensor expressions must be evaluated first") {
  xt::xtensor<float, 1> a{1, 2};
  static_assert(!rw::tensor_column<decltype(a + 1)>);
  static_assert(!rw::tensor_column<decltype(xt::view(a, xt::keep(0, 1)))>);
  static_assert(!rw::tensor_column<xt::xtensor<float, 2, xt::layout_type::column_major>>);
  static_assert(!rw::tensor_matrix<xt::xtensor<float, 1>>);
}

#endif
