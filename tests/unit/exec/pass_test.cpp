#include <rankwise/exec/pass.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

/// The sum of the scores; writes 1 as every item's gradient.
struct sum_of_scores {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    list.each([&](auto i) { list.gradient(i, V(1)); });
    return list.sum([&](auto i) { return list.score(i); });
  }
  template <class T>
  RANKWISE_FN static T without_items() {
    return T(-5);
  }
};

} // namespace

TEST_CASE("exec/pass: ordinary, empty, masked and flagged lists") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  std::vector<double> const scores{1, 2, nan, 4, infinity, -infinity, 7, 1e308, 1e308};
  std::vector<std::uint8_t> const live{1, 1, 0, 1, 1, 1, 1, 1, 1};
  std::vector<double> const labels(scores.size(), 1);
  std::vector<std::size_t> const offsets{0, 2, 4, 5, 5, 6, 7, 9};
  std::vector<double> const weights{1, 2, 1, 1, 1, 3, 1};
  using enum rw::label_size;
  std::vector<rw::label_size> const flagged{moderate, moderate, moderate, moderate, large, not_finite, moderate};
  std::vector<double> gradient(scores.size(), 9);
  std::vector<double> per_list(7);
  using inputs = rw::list_inputs<rw::column<double const>, double, int>;
  using outputs = rw::list_outputs<rw::column<double>>;
  rw::list_pass<double, sum_of_scores, rw::lists<std::size_t>, inputs, outputs> const pass{
      {},
      rw::lists(offsets),
      {{scores.data(), scores.size()}, labels.data(), nullptr, live.data(), nullptr},
      {{gradient.data(), gradient.size()}, {}},
      weights.data(),
      flagged.data(),
      per_list.data()};
  rw::pass_total total;
  for (std::size_t l = 0; l < 7; ++l) {
    total.add(pass(l, {}), l);
  }
  CHECK(per_list[0] == 3);
  CHECK(per_list[1] == 4); // the NaN is masked
  CHECK(std::isnan(per_list[2]));
  CHECK(per_list[3] == -5); // no items
  CHECK(per_list[4] == -5); // none that takes part
  CHECK(std::isnan(per_list[5]));
  CHECK(std::isnan(per_list[6])); // the value overflows
  CHECK(total.value == 3 + 2 * 4 - 5 - 5);
  CHECK(total.flagged == 3);
  CHECK(total.first_flagged == 2);
  CHECK(gradient == std::vector<double>{1, 1, 0, 2, 0, 0, 0, 0, 0});
}

TEST_CASE("exec/pass: totals merge") {
  rw::pass_total a;
  a.add({2, 3, false}, 0);
  rw::pass_total b;
  b.add({0, 1, true}, 70);
  b.add({5, 1, false}, 71);
  a.merge(b);
  CHECK(a.value == 11);
  CHECK(a.weight == 4);
  CHECK(a.flagged == 1);
  CHECK(a.first_flagged == 70);
  CHECK(rw::pass_total::chunks(0) == 0);
  CHECK(rw::pass_total::chunks(64) == 1);
  CHECK(rw::pass_total::chunks(65) == 2);
}

namespace {

/// Takes lists at once whose scores are below 10; writes 1 for them and 2 for the others.
struct twice_as_short {
  template <class List>
  RANKWISE_FN bool at_once(List const& list, typename List::scalar& value) const {
    using V = typename List::vector;
    list.each([&](auto i) { list.gradient(i, V(1)); });
    value = list.sum([&](auto i) { return list.score(i); });
    using T = typename List::scalar;
    return value > T(-10) && value < T(10); // false for NaN
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    list.each([&](auto i) { list.gradient(i, V(2)); });
    return -list.sum([&](auto i) { return list.score(i); });
  }
};

} // namespace

TEST_CASE("exec/pass: a formula's short way is taken where it suits, and leaves nothing behind where it does not") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  std::vector<double> const scores{1, 2, 30, nan, 1, -infinity, 2, 3};
  std::vector<double> const labels(scores.size(), 1);
  std::vector<std::size_t> const offsets{0, 2, 3, 5, 5, 7, 8};
  std::vector<double> const weights{1, 1, 1, 1, 5, 1};
  using enum rw::label_size;
  std::vector<rw::label_size> const flagged{moderate, moderate, moderate, moderate, large, not_finite};
  std::vector<double> gradient(scores.size(), 9);
  std::vector<double> per_list(6);
  using inputs = rw::list_inputs<rw::column<double const>, double, int>;
  using outputs = rw::list_outputs<rw::column<double>>;
  rw::list_pass<double, twice_as_short, rw::lists<std::size_t>, inputs, outputs> const pass{
      {},
      rw::lists(offsets),
      {{scores.data(), scores.size()}, labels.data(), nullptr, nullptr, nullptr},
      {{gradient.data(), gradient.size()}, {}},
      weights.data(),
      flagged.data(),
      per_list.data()};
  rw::pass_total total;
  for (std::size_t l = 0; l < 6; ++l) {
    total.add(pass(l, {}), l);
  }
  CHECK(per_list[0] == 3);
  CHECK(per_list[1] == -30);
  CHECK(std::isnan(per_list[2]));
  CHECK(per_list[3] == 0);
  CHECK(per_list[4] == -2); // an item without a score
  CHECK(std::isnan(per_list[5]));
  CHECK(gradient == std::vector<double>{1, 1, 2, 0, 0, 0, 10, 0});
  CHECK(total.flagged == 2);
  // With a mask everybody goes the long way.
  std::vector<std::uint8_t> const live(scores.size(), 1);
  auto masked = pass;
  masked.in.live = live.data();
  masked(0, {});
  CHECK(gradient[0] == 2);
}
