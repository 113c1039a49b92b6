#ifndef RANKWISE_TESTS_UNIT_LOSS_GOLDEN_HPP
#define RANKWISE_TESTS_UNIT_LOSS_GOLDEN_HPP

#include <doctest/doctest.h>

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/workspace.hpp>

#include <cstddef>
#include <initializer_list>
#include <vector>

// Values of other libraries' tests, per list: 1e-9 in double, 1e-5 in float.
namespace support {

struct golden_list {
  std::vector<double> scores;
  std::vector<double> labels;
  std::vector<double> weights{};
};

// With the types of derivatives.hpp, so that nothing is compiled twice.
template <class T, class Loss>
std::vector<double> values_of(Loss const& loss, std::vector<golden_list> const& lists) {
  std::vector<T> scores;
  std::vector<T> labels;
  std::vector<T> weights;
  std::vector<int> offsets{0};
  for (auto const& l : lists) {
    scores.insert(scores.end(), l.scores.begin(), l.scores.end());
    labels.insert(labels.end(), l.labels.begin(), l.labels.end());
    weights.insert(weights.end(), l.weights.begin(), l.weights.end());
    offsets.push_back(static_cast<int>(scores.size()));
  }
  std::vector<double> per_list(lists.size());
  std::vector<T> gradient(scores.size());
  std::vector<T> hessian(scores.size());
  rankwise::options o;
  if (!weights.empty()) {
    o.item_weights = weights;
  }
  rankwise::workspace memory;
  auto const data = loss.prepare(labels, rankwise::lists(offsets), o);
  loss.gradient(scores, data, gradient, hessian, memory, {.per_list = per_list});
  return per_list;
}

template <class Loss>
void check_golden(Loss const& loss, std::vector<golden_list> const& lists, std::initializer_list<double> expected) {
  auto const in_double = values_of<double>(loss, lists);
  auto const in_float = values_of<float>(loss, lists);
  std::size_t l = 0;
  for (double const x : expected) {
    CAPTURE(l);
    CHECK(in_double[l] == doctest::Approx(x).epsilon(1e-9));
    CHECK(in_float[l] == doctest::Approx(x).epsilon(1e-5));
    ++l;
  }
}

/// The two lists of TensorFlow Ranking's losses_impl_test.py.
inline std::vector<golden_list> tfr_lists() {
  return {{{1, 3, 2}, {0, 0, 1}}, {{1, 3}, {0, 2}}};
}
/// Those of the examples in its keras/losses.py.
inline std::vector<golden_list> tfr_documented() {
  return {{{0.6, 0.8}, {1, 0}}, {{0.5, 0.8, 0.4}, {0, 1, 0}}};
}

} // namespace support

#endif
