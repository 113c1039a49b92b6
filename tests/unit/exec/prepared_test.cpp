#include <rankwise/loss/softmax.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace rw = rankwise;

TEST_CASE("exec/prepared: the data outlives labels, offsets and weights") {
  std::vector<float> const scores{0.3f, -1, 2, 0.5f, 0};
  constexpr rw::loss::softmax loss{};
  auto const make = [&loss](auto offsets) {
    std::vector<float> const labels{1, 0, 2, 0, 1};
    std::vector<double> const weights{1, 2, 1, 1, 0.5};
    auto data = loss.prepare(labels, rw::lists(offsets), {.item_weights = weights});
    offsets.assign(offsets.size(), 77);
    return data;
  };
  auto const data = make(std::vector<int>{0, 2, 5});
  std::vector<float> const labels{1, 0, 2, 0, 1};
  std::vector<double> const weights{1, 2, 1, 1, 0.5};
  std::vector<std::size_t> const offsets{0, 2, 5};
  double const expected = loss.value(scores, labels, rw::lists(offsets), {.item_weights = weights});
  CHECK(loss.value(scores, data) == expected);

  auto copy = data;
  CHECK(loss.value(scores, copy) == expected);
  auto const moved = std::move(copy);
  CHECK(loss.value(scores, moved) == expected);
}

TEST_CASE("exec/prepared: temporary lists, uniform lists") {
  std::vector<float> const scores{0.3f, -1, 2, 0.5f};
  std::vector<int> const labels{1, 0, 2, 0};
  constexpr rw::loss::softmax loss{};
  auto const ragged = loss.prepare(labels, rw::lists_of_sizes(std::vector{2, 2}));
  auto const uniform = loss.prepare(labels, rw::lists<>::uniform(2, 2));
  CHECK(loss.value(scores, ragged) == loss.value(scores, uniform));
  CHECK(ragged.groups().size() == 2);
  CHECK(uniform.offsets.empty());
}

TEST_CASE("exec/prepared: data of a failed preparation is no data") {
  std::vector<float> const scores{0.3f, -1};
  std::vector<int> const labels{1, 0};
  constexpr rw::loss::softmax loss{};
  rw::status s;
  auto const data = loss.prepare(labels, rw::lists<>::single(3), {.errors = s});
  CHECK(s.code == rw::errc::offsets_overrun);
  CHECK(!data.ready);
  CHECK_THROWS_AS(loss.value(scores, data), rw::error);
}
