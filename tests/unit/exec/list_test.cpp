#include <rankwise/exec/list.hpp>
#include <rankwise/exec/simd.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// A list of 37 items that begins at item 3 of its columns.
template <class V>
void check_folds() {
  constexpr std::size_t first = 3;
  constexpr std::size_t size = 37;
  std::vector<float> scores(first + size + 4, 1000);
  std::vector<float> labels(scores.size(), 1000);
  std::vector<float> weights(scores.size(), 1000);
  std::vector<std::uint8_t> live(scores.size(), 1);
  for (std::size_t i = 0; i < size; ++i) {
    scores[first + i] = static_cast<float>(i % 11);
    labels[first + i] = static_cast<float>(i % 3);
    weights[first + i] = 2;
  }
  scores[first + 10] = minus_infinity; // would be the greatest
  live[first + 21] = 0;                // likewise
  using inputs = rw::list_inputs<rw::column<float const>, float, int>;
  using outputs = rw::list_outputs<rw::column<float>>;
  std::vector<float> gradient(scores.size(), -1);
  std::vector<float> memory(size + 64);
  std::vector<int> const constants{7, 8};
  inputs const in{{scores.data(), scores.size()}, labels.data(), weights.data(), live.data(), constants.data()};
  outputs const out{{gradient.data(), gradient.size()}, {}};
  rw::list_view<V, inputs, outputs> const list(in, out, {memory.data(), nullptr, memory.size()}, 1, first, size, true,
                                               false, 3);

  CHECK(list.size() == size);
  CHECK(list.number() == 1);
  CHECK(list.constants() == 8);
  CHECK(list.label_of(4) == 1);
  CHECK(list.weight_of(4) == 2);
  CHECK(!list.takes_part(10));
  CHECK(!list.takes_part(21));
  CHECK(list.takes_part(22));

  double expected = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (i != 10 && i != 21) {
      expected += static_cast<double>(scores[first + i]) * 2 * static_cast<double>(labels[first + i]);
    }
  }
  CHECK(static_cast<double>(list.sum([&](auto i) { return list.score(i) * list.weight(i) * list.label(i); })) ==
        expected);
  CHECK(list.max([&](auto i) { return list.score(i); }) == 10); // item 32

  // Kept numbers come back, outputs carry the list's weight, masked items get 0, neighbours are not touched.
  list.each([&](auto i) { list.keep(i, list.label(i) + V(1)); });
  list.each([&](auto i) { list.gradient(i, list.kept(i)); });
  for (std::size_t i = 0; i < size; ++i) {
    CAPTURE(i);
    CHECK(gradient[first + i] == (i == 10 || i == 21 ? 0 : 3 * (labels[first + i] + 1)));
  }
  CHECK(gradient[first - 1] == -1);
  CHECK(gradient[first + size] == -1);
}

} // namespace

TEST_CASE("exec/list: folds leave out who does not take part, whatever the width") {
  check_folds<float>();
  check_folds<typename rw::exec::simd::vector<float>>();
}
