// A container of your own: two specialisations, and every entry point takes it.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

namespace mine {

/// Stands for somebody's tensor library: numbers in memory, no iterators.
class tensor {
public:
  explicit tensor(std::size_t rows, std::size_t width = 1) : rows_(rows), width_(width), numbers_(rows * width) {}
  float* raw() { return numbers_.data(); }
  float const* raw() const { return numbers_.data(); }
  std::size_t rows() const { return rows_; }
  std::size_t width() const { return width_; }

private:
  std::size_t rows_, width_;
  std::vector<float> numbers_;
};

} // namespace mine

//{ backend
namespace rankwise {

template <>
struct column_traits<mine::tensor> {
  static column<float> view(mine::tensor& t) { return {t.raw(), t.rows() * t.width()}; }
  static column<float const> view(mine::tensor const& t) { return {t.raw(), t.rows() * t.width()}; }
};

template <>
struct matrix_traits<mine::tensor> {
  static auto view(mine::tensor& t) { return row_major(t.raw(), t.rows(), t.width()); }
  static auto view(mine::tensor const& t) { return row_major(t.raw(), t.rows(), t.width()); }
};

} // namespace rankwise
//} backend

int main() {
  //{ use
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker = rw::ranker{rw::heads(click), rw::probability(click)};
  mine::tensor logits(3, 1), scores(3), gradient(3);
  logits.raw()[0] = 2;
  ranker.score(logits, scores);
  rw::loss::softmax{}.gradient(scores, std::vector{1, 0, 0}, rw::lists<>::single(3), gradient);
  //} use

  claim(near(scores.raw()[0], 0.8807970, 1e-6) && near(scores.raw()[2], 0.5), "scores: sigma(2), sigma(0), sigma(0)");
  claim(gradient.raw()[0] < 0 && gradient.raw()[1] > 0, "the gradient arrived");
  claim(near(gradient.raw()[0] + gradient.raw()[1] + gradient.raw()[2], 0, 1e-6), "and sums to zero");

  //{ test
  static_assert(rw::tensor_column<mine::tensor> && rw::tensor_matrix<mine::tensor>);
  static_assert(std::is_same_v<rw::value_of<mine::tensor>, float>);
  static_assert(rw::memory_of<mine::tensor> == rw::memory::host);
  //} test
  return broken_claims;
}
