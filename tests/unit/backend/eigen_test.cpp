#if __has_include(<Eigen/Core>)
#include <rankwise/backend/eigen.hpp>

#include "unit/backend/sample.hpp"

namespace rw = rankwise;

namespace {
constexpr Eigen::Index items = sample::items;
}

TEST_CASE("Eigen vectors and arrays") {
  sample const expected;
  Eigen::VectorXf scores(items), gradient(items);
  Eigen::RowVectorXf labels(items);
  Eigen::ArrayXf out(items);
  fill(expected.scores, scores);
  fill(expected.labels, labels);
  expected.check(scores, labels, gradient);
  expected.check(scores, labels, out);
  static_assert(std::is_same_v<rw::column_of<Eigen::VectorXf>, rw::column<float>>);
  static_assert(std::is_same_v<rw::column_of<Eigen::VectorXf const>, rw::column<float const>>);
}

TEST_CASE("Eigen maps and references") {
  sample const expected;
  std::vector<float> table(3 * sample::items), out(sample::items);
  Eigen::Map<Eigen::VectorXf, 0, Eigen::InnerStride<>> scores(table.data(), items, Eigen::InnerStride<>(3));
  fill(expected.scores, scores);
  Eigen::Map<Eigen::VectorXf const> const labels(expected.labels.data(), items);
  Eigen::Ref<Eigen::VectorXf const> const same_labels = labels;
  Eigen::Map<Eigen::VectorXf> gradient(out.data(), items);
  expected.check(scores, labels, gradient);
  expected.check(scores, same_labels, out);
  static_assert(std::is_same_v<rw::column_of<decltype(scores)>, rw::strided_column<float>>);
  static_assert(std::is_same_v<rw::column_of<decltype(labels)>, rw::column<float const>>);
}

TEST_CASE("columns and rows of Eigen matrices") {
  sample const expected;
  Eigen::MatrixXf by_column(items, 3);
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_row(items, 3);
  fill(expected.scores, by_column.col(1));
  fill(expected.scores, by_row.col(1));
  Eigen::MatrixXf out(2, items);
  expected.check(by_column.col(1), expected.labels, out.row(1));
  expected.check(by_row.col(1), expected.labels, by_column.col(2));
  expected.check(by_row.col(1).head(items), expected.labels, by_row.col(0));
  //{ blocks
  static_assert(std::is_same_v<rw::column_of<decltype(by_column.col(1))>, rw::column<float>>);
  static_assert(std::is_same_v<rw::column_of<decltype(by_row.col(1))>, rw::strided_column<float>>);
  //} blocks
}

TEST_CASE("Eigen matrices keep their order") {
  Eigen::MatrixXf by_column(2, 3);
  by_column << 0, 1, 2, 3, 4, 5;
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> const by_row = by_column;
  auto const check = [](auto const& m, rw::layout order) {
    CHECK(m.order == order);
    CHECK(m.rows == 2);
    for (std::size_t r = 0; r < 2; ++r) {
      for (std::size_t c = 0; c < m.columns; ++c) {
        CHECK(m(r, c) == static_cast<float>(3 * r + c));
      }
    }
  };
  check(rw::as_matrix(by_column), rw::layout::column_major);
  check(rw::as_matrix(by_row), rw::layout::row_major);
  check(rw::as_matrix(by_column.leftCols(2)), rw::layout::column_major);
  check(rw::as_matrix(by_row.leftCols(2)), rw::layout::row_major);
  using steps = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  std::vector<float> numbers{0, -1, 1, -1, 2, -1, 3, -1, 4, -1, 5, -1};
  Eigen::Map<Eigen::MatrixXf, 0, steps> const spread(numbers.data(), 2, 3, steps(2, 6));
  check(rw::as_matrix(spread), rw::layout::strided);
}

TEST_CASE("Eigen expressions must be evaluated first") {
  Eigen::VectorXf a(3), b(3);
  static_assert(!rw::tensor_column<decltype(a + b)>);
  static_assert(!rw::tensor_matrix<decltype(a + b)>);
  static_assert(rw::tensor_column<decltype((a + b).eval())>);
  static_assert(!rw::tensor_column<Eigen::MatrixXf>);
}

#endif
