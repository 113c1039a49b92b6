#include "unit/backend/sample.hpp"

#include <array>
#include <span>

namespace rw = rankwise;

namespace {

/// The members of std::mdspan that the library asks for.
template <class T, std::size_t Rank, bool Exhaustive>
struct view_of_rank {
  using element_type = T;

  T* data;
  std::array<std::size_t, Rank> extents;
  std::array<std::size_t, Rank> strides;

  static constexpr std::size_t rank() { return Rank; }
  static constexpr bool is_always_exhaustive() { return Exhaustive; }
  std::size_t extent(std::size_t r) const { return extents[r]; }
  std::size_t stride(std::size_t r) const { return strides[r]; }
  T* data_handle() const { return data; }
};

} // namespace

TEST_CASE("array, span and vector give the same bits") {
  sample const expected;
  std::array<float, sample::items> scores{}, out{};
  fill(expected.scores, scores);
  expected.check(scores, expected.labels, out);
  std::span const view(scores);
  std::vector<float> result(view.size());
  expected.check(view, std::span<float const>(expected.labels), std::span(result));
}

TEST_CASE("labels of any number type") {
  sample const expected;
  std::vector<std::int8_t> const small(expected.labels.begin(), expected.labels.end());
  std::vector<std::int64_t> const large(expected.labels.begin(), expected.labels.end());
  std::vector<double> const exact(expected.labels.begin(), expected.labels.end());
  std::vector<float> out(sample::items);
  expected.check(expected.scores, small, out);
  expected.check(expected.scores, large, out);
  expected.check(expected.scores, exact, out);
}

TEST_CASE("every third number of an array, forwards and backwards") {
  sample const expected;
  //{ strided
  std::vector<float> table(3 * sample::items);
  auto const logits = rw::strided(table.data() + 1, sample::items, 3);
  //} strided
  fill(expected.scores, logits);
  std::vector<float> out(sample::items);
  expected.check(logits, expected.labels, out);

  std::vector<float> reversed(expected.labels.rbegin(), expected.labels.rend());
  auto const labels = rw::strided(reversed.data() + sample::items - 1, sample::items, -1);
  expected.check(logits, labels, rw::strided(out.data() + sample::items - 1, sample::items, -1));
}

TEST_CASE("an mdspan of one dimension is a column") {
  sample const expected;
  std::vector<float> scores = expected.scores;
  std::vector<float> out(2 * sample::items, -1.0f);
  view_of_rank<float, 1, true> const whole{scores.data(), {sample::items}, {1}};
  view_of_rank<float, 1, false> const spread{out.data(), {sample::items}, {2}};
  static_assert(std::is_same_v<rw::column_of<decltype(whole)>, rw::column<float>>);
  static_assert(std::is_same_v<rw::column_of<decltype(spread)>, rw::strided_column<float>>);
  expected.check(whole, expected.labels, spread);
  CHECK(out[1] == -1.0f);
}

TEST_CASE("an mdspan of two dimensions is a matrix") {
  std::vector<float> numbers{0, 1, 2, 3, 4, 5};
  view_of_rank<float const, 2, true> const view{numbers.data(), {2, 3}, {1, 2}};
  auto const m = rw::as_matrix(view);
  CHECK(m.rows == 2);
  CHECK(m.columns == 3);
  CHECK(m(1, 2) == 5);
  CHECK(m(0, 1) == 2);
}
