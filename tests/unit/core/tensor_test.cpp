#include <rankwise/core/tensor.hpp>

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

// The members of std::mdspan that count.
template <class T, std::size_t Rank, bool Exhaustive>
struct view_like_mdspan {
  T* data = nullptr;
  std::size_t extents[Rank]{};
  std::size_t strides[Rank]{};

  static constexpr std::size_t rank() { return Rank; }
  static constexpr bool is_always_exhaustive() { return Exhaustive; }
  std::size_t extent(std::size_t r) const { return extents[r]; }
  std::size_t stride(std::size_t r) const { return strides[r]; }
  T* data_handle() const { return data; }
};

template <class C>
concept column_like = rw::tensor_column<C>;

static_assert(std::is_trivially_copyable_v<rw::column<float>>);
static_assert(std::is_trivially_copyable_v<rw::strided_column<float>>);
static_assert(std::is_trivially_copyable_v<rw::matrix<float>>);

static_assert(column_like<std::vector<float>> && column_like<std::vector<int> const&>);
static_assert(column_like<std::span<double const>> && column_like<std::array<float, 4>>);
static_assert(column_like<float[3]> && column_like<float const (&)[3]>);
static_assert(column_like<rw::column<float>> && column_like<rw::strided_column<float const>>);
static_assert(column_like<view_like_mdspan<float, 1, true>>);
static_assert(!column_like<std::list<float>> && !column_like<std::deque<float>> && !column_like<std::vector<bool>>);
static_assert(!column_like<float> && !column_like<float*> && !column_like<view_like_mdspan<float, 2, true>>);
static_assert(rw::tensor_matrix<view_like_mdspan<float, 2, true>> && !rw::tensor_matrix<std::vector<float>>);

static_assert(std::is_same_v<rw::column_of<std::vector<float>>, rw::column<float>>);
static_assert(std::is_same_v<rw::column_of<std::vector<float> const>, rw::column<float const>>);
static_assert(std::is_same_v<rw::column_of<std::span<float const>>, rw::column<float const>>);
static_assert(std::is_same_v<rw::column_of<std::array<int, 3>>, rw::column<int>>);
static_assert(std::is_same_v<rw::column_of<float const[3]>, rw::column<float const>>);
static_assert(std::is_same_v<rw::value_of<std::vector<float> const>, float>);
static_assert(rw::memory_of<std::vector<float>> == rw::memory::host);

static_assert(std::is_same_v<rw::compute_type<double>, double>);
static_assert(std::is_same_v<rw::compute_type<float>, float> && std::is_same_v<rw::compute_type<int>, float>);

} // namespace

TEST_CASE("columns see the container's own memory") {
  std::vector<float> v{1, 2, 3};
  auto const c = rw::as_column(v);
  CHECK(c.size() == 3);
  CHECK(&c[2] == &v[2]);
  c[1] = 7;
  CHECK(v[1] == 7);
  std::vector<float> empty;
  CHECK(rw::as_column(empty).size() == 0);
}

TEST_CASE("strided columns") {
  float x[]{0, 1, 2, 3, 4, 5};
  auto const even = rw::strided(x, 3, 2);
  CHECK(even[2] == 4);
  auto const back = rw::strided(x + 5, 6, -1);
  CHECK(back[0] == 5);
  CHECK(back[5] == 0);
  CHECK(&rw::as_column(back)[5] == x);
}

TEST_CASE("an mdspan of rank 1 is contiguous where its layout says so") {
  float x[]{0, 1, 2, 3, 4, 5};
  view_like_mdspan<float, 1, true> const dense{x, {6}, {1}};
  static_assert(std::is_same_v<rw::column_of<decltype(dense)>, rw::column<float>>);
  CHECK(rw::as_column(dense).size() == 6);
  view_like_mdspan<float const, 1, false> const sparse{x, {3}, {2}};
  static_assert(std::is_same_v<rw::column_of<decltype(sparse)>, rw::strided_column<float const>>);
  CHECK(rw::as_column(sparse)[2] == 4);
}

TEST_CASE("matrices") {
  double x[6]{0, 1, 2, 3, 4, 5};
  auto const r = rw::row_major(x, 2, 3);
  CHECK(r(1, 0) == 3);
  CHECK(r(1, 2) == 5);
  auto const c = rw::column_major(x, 2, 3);
  CHECK(c(1, 0) == 1);
  CHECK(c(1, 2) == 5);
  CHECK(c(0, 2) == 4);
  view_like_mdspan<double, 2, true> const m{x, {3, 2}, {2, 1}};
  auto const v = rw::as_matrix(m);
  CHECK(v.rows == 3);
  CHECK(v.columns == 2);
  CHECK(v(2, 1) == 5);
  static_assert(rw::matrix<double, rw::layout::row_major>::order == rw::layout::row_major);
  static_assert(std::is_same_v<decltype(r.column(0)), rw::strided_column<double>>);
  static_assert(std::is_same_v<decltype(c.column(0)), rw::column<double>>); // contiguous, as its type says
  auto const check = [](auto const& matrix) {
    for (std::size_t k = 0; k < matrix.columns; ++k) {
      auto const column = matrix.column(k);
      CHECK(column.size() == matrix.rows);
      for (std::size_t i = 0; i < matrix.rows; ++i) {
        CHECK(&column[i] == &matrix(i, k));
      }
    }
  };
  check(r);
  check(c);
  check(v);
  check(rw::row_major(x, 6, 1));
}

TEST_CASE("core/tensor: rows of a wider table, columns of a longer one") {
  double x[12]{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  auto const r = rw::row_major(x, 3, 2, 4);
  static_assert(std::is_same_v<decltype(r), decltype(rw::row_major(x, 3, 4)) const>);
  CHECK(r.columns == 2);
  CHECK(r(2, 1) == 9);
  CHECK(r.column(1)[2] == 9);
  CHECK(rw::row_major(x, 3, 4, 4)(2, 3) == 11);
  auto const c = rw::column_major(x, 2, 3, 4);
  CHECK(c.rows == 2);
  CHECK(c(1, 2) == 9);
  CHECK(c.column(2)[1] == 9);
  static_assert([] {
    int numbers[6]{0, 1, 2, 3, 4, 5};
    return rw::row_major(numbers, 2, 2, 3)(1, 1) == 4;
  }());

  rw::status s;
  CHECK(rw::row_major(x, 3, 4, 3, s).rows == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(s.found == 3);
  CHECK(s.expected == 4);
  CHECK(rw::row_major(x, 3, 4, -4, s).first == nullptr);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(rw::column_major(x, 4, 3, 3, s).columns == 0);
  CHECK(s.code == rw::errc::out_of_range);
  rw::row_major(x, 3, 4, 4, s);
  CHECK(s.ok());
  CHECK_THROWS_WITH_AS(rw::row_major(x, 3, 4, 2),
                       "rankwise: row_stride (at least the number of columns) is out of range (2)", rw::error);
}

TEST_CASE("columns of flat numbers, and of views") {
  std::vector<double> x{0, 1, 2, 3, 4, 5};
  auto const c = rw::column_major(x, 2);
  static_assert(std::is_same_v<decltype(c), rw::matrix<double, rw::layout::column_major> const>);
  CHECK(c.rows == 3);
  CHECK(c(2, 1) == 5);
  std::vector<double> none;
  CHECK(rw::column_major(none, 0).rows == 0);
  CHECK(rw::row_major(none, 3).rows == 0);
  CHECK(rw::row_major(none, 3).columns == 3);
  CHECK(rw::column_major(std::span(x), 2)(0, 1) == 3);
  CHECK(rw::row_major(rw::as_column(x), 2)(2, 1) == 5);
  static_assert(std::is_same_v<decltype(rw::row_major(rw::column<int, rw::memory::device>{}, 2)),
                               rw::matrix<int, rw::layout::row_major, rw::memory::device>>);
}

TEST_CASE("core/tensor: numbers that do not fill whole rows") {
  std::vector<double> x{0, 1, 2, 3, 4, 5, 6};
  rw::status s;
  CHECK(rw::row_major(x, 3, s).rows == 0);
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK(s.expected == 6);
  CHECK(s.found == 7);
  CHECK_THROWS_WITH_AS(rw::row_major(x, 3),
                       "rankwise: the array of row_major (whole rows) has the wrong shape (7 where 6 is needed)",
                       rw::error);
  CHECK_THROWS_WITH_AS(rw::column_major(x, 2),
                       "rankwise: the array of column_major (whole rows) has the wrong shape (7 where 6 is needed)",
                       rw::error);
  CHECK(rw::row_major(x, 7, s).rows == 1);
  CHECK(s.ok());
  rw::row_major(std::span(x), 2, s); // a temporary view
  CHECK(!s.ok());
  rw::row_major(rw::as_column(x), 2, s); // another column
  CHECK(!s.ok());
  CHECK(rw::column_major(std::span(x), 4, s).rows == 0);
  CHECK(!s.ok());
  rw::row_major(x, 0, s); // rows of nothing hold no numbers
  CHECK(s.code == rw::errc::wrong_shape);
  static_assert([] {
    int numbers[6]{0, 1, 2, 3, 4, 5};
    return rw::row_major(numbers, 3)(1, 1) == 4 && rw::column_major(numbers, 3)(1, 1) == 3;
  }());
}
