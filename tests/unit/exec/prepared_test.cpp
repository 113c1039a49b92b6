#include <rankwise/head/binary.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace rw = rankwise;

namespace {

// The place of the next item with the same segment, found once; the sum of scores at those places.
struct follows {
  using prepared_items = rw::scratch_columns<1, 2>;
  static constexpr bool reads_segments = true;
  template <class T>
  struct constants {
    T count;
  };

  template <class List>
  auto prepare_list(List const& list) const {
    using T = typename List::scalar;
    for (std::size_t i = 0; i < list.size(); ++i) {
      std::size_t next = i;
      for (std::size_t j = i + 1; j < list.size() && next == i; ++j) {
        next = list.segment_of(j) == list.segment_of(i) ? j : i;
      }
      list.template prepared_indices<0>()[i] = 99;
      list.template prepared_indices<1>()[i] = static_cast<std::uint32_t>(next);
      list.template prepared_values<0>()[i] = list.label_of(i) * T(10);
    }
    return constants<T>{static_cast<T>(list.size())};
  }
  template <class List>
  auto operator()(List const& list) const {
    typename List::scalar sum = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      sum += list.score_of(list.template prepared_indices<1>()[i]) +
             static_cast<typename List::scalar>(list.template prepared_values<0>()[i]);
    }
    return list.wants_value() ? sum : 0;
  }
  RANKWISE_LOSS_CALLS
};

} // namespace

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

TEST_CASE("exec/prepared: what was moved away is no data") {
  std::vector<float> const scores{0.3f, -1, 2, 0.5f};
  std::vector<int> const labels{1, 0, 2, 0};
  std::vector<std::size_t> const offsets{0, 1, 4};
  constexpr rw::loss::softmax loss{};
  for (bool const ragged : {true, false}) {
    auto data = loss.prepare(labels, ragged ? rw::lists(offsets) : rw::lists<>::uniform(2, 2));
    double const expected = loss.value(scores, data);
    auto other = std::move(data);
    std::vector<float> gradient(4, 7);
    rw::status s;
    CHECK(std::isnan(loss.gradient(scores, data, gradient, {.errors = s})));
    CHECK(s.code == rw::errc::not_prepared);
    CHECK(gradient == std::vector<float>(4, 7));
    data = std::move(other);
    CHECK(loss.value(scores, data) == expected);
    CHECK_THROWS_AS(loss.value(scores, other), rw::error);
  }
}

TEST_CASE("exec/prepared: columns per item, and segments while they are made") {
  std::vector<double> const scores{1, 2, 4, 8, 16};
  std::vector<int> const labels{1, 0, 2, 0, 1};
  std::vector<std::int64_t> const segments{1, 2, 1, 7, 7};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  CHECK(follows{}.value(scores, labels, lists, {.segments = segments}) == 4 + 2 + 4 + 30 + 16 + 16 + 10);
  CHECK(follows{}.value(scores, labels, lists) == 2 + 4 + 4 + 30 + 16 + 16 + 10);
  auto const data = follows{}.prepare(labels, lists, {.segments = segments}); // float numbers, double scores
  CHECK(follows{}.value(scores, data) == 4 + 2 + 4 + 30 + 16 + 16 + 10);
  CHECK(follows{}.value(scores, data, {.value = false}) == 0);
  // A formula that does not know segments says so, and one with prepared data has had its chance.
  rw::status s;
  auto const none = rw::loss::softmax{}.prepare(labels, lists, {.segments = segments, .errors = s});
  CHECK(s.code == rw::errc::unused_option);
  CHECK(std::string(s.argument) == "segments");
  CHECK(!none.ready);
  follows{}.value(scores, data, {.segments = segments, .errors = s});
  CHECK(s.code == rw::errc::not_prepared);
}

TEST_CASE("exec/prepared: the least propensity is a number, 0 or more") {
  std::vector<double> const scores{0.3, -1, 2, 0.5};
  std::vector<int> const labels{1, 0, 2, 1};
  std::vector<float> const propensities{0.5f, 0.25f, 0.125f, 0.0625f};
  auto const lists = rw::lists<>::uniform(2, 2);
  for (double const floor : {-0.1, -std::numeric_limits<double>::infinity(), std::nan("")}) {
    CAPTURE(floor);
    rw::status told;
    auto const refused = [&] {
      bool const as_said = told.code == rw::errc::out_of_range &&
                           std::string(told.argument) == "propensity_floor (0 or more)" &&
                           told.found == rw::status::nowhere;
      told = {};
      return as_said;
    };
    rw::options const o{.propensities = propensities, .propensity_floor = floor, .errors = told};
    CHECK(std::isnan(rw::loss::softmax{}.value(scores, labels, lists, o)));
    CHECK(refused());
    CHECK(!rw::loss::softmax{}.prepare(labels, lists, o).ready);
    CHECK(refused());
    CHECK(std::isnan(rw::metric::ndcg<2>{}(scores, labels, lists, o)));
    CHECK(refused());
    CHECK(std::isnan(rw::head::binary<"click">{}.value(scores, labels, o)));
    CHECK(refused());
    CHECK(std::isfinite(rw::loss::softmax{}.value(scores, labels, lists, {.propensity_floor = floor}))); // not read
  }
}

TEST_CASE("exec/prepared: propensities divide item weights") {
  std::vector<double> const scores{0.3, -1, 2, 0.5};
  std::vector<double> const labels{1, 0, 2, 1};
  std::vector<float> const propensities{0.5f, 0.25f, 0.125f, 0.0625f};
  std::vector<double> const weights{1, 2, 3, 4};
  auto const lists = rw::lists<>::uniform(2, 2);
  constexpr rw::loss::softmax loss{};
  auto const by = [&](std::vector<double> const& w) { return loss.value(scores, labels, lists, {.item_weights = w}); };
  CHECK(loss.value(scores, labels, lists, {.propensities = propensities}) == by({2, 4, 8, 16}));
  CHECK(loss.value(scores, labels, lists, {.item_weights = weights, .propensities = propensities}) ==
        by({2, 8, 24, 64}));
  CHECK(loss.value(scores, labels, lists, {.propensities = propensities, .propensity_floor = 0.25}) ==
        by({2, 4, 4, 4}));
  // Nothing divides by zero: the list is flagged.
  rw::status s;
  loss.value(scores, labels, lists, {.propensities = std::vector<double>{0.5, 0, 1, 1}, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
}

TEST_CASE("exec/prepared: a weight of a list that is too large for the scores' type flags the list") {
  std::vector<float> const scores{0.3f, -1, 2, 0.5f};
  std::vector<float> const labels{1, 0, 2, 1};
  auto const lists = rw::lists<>::uniform(2, 2);
  std::vector<float> g(4, 7);
  rw::status s;
  double const v =
      rw::loss::softmax{}.gradient(scores, labels, lists, g, {.list_weights = std::vector{1e300, 1.0}, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
  CHECK(std::isfinite(v));
  CHECK(g[0] == 0);
  CHECK(g[1] == 0);
  CHECK(g[2] != 0);
}
