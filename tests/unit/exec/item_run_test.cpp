#include <rankwise/exec/item_run.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace rw = rankwise;

namespace {

/// A loss of one logit with a shared parameter, written by a user: (s - y - b)^2 / 2.
struct shifted {
  static constexpr int columns = 1;
  static constexpr int parameters = 1;
  double b = 0;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    using V = typename Item::vector;
    V const r = item.logit(0) - item.label() - rw::as<V>(b);
    item.gradient(0, r);
    item.hessian(0, V(1));
    item.parameter(0, -r);
    return rw::as<V>(0.5) * r * r;
  }

  RANKWISE_ITEM_CALLS
};

} // namespace

TEST_CASE("exec/item_run: one shot and prepared give the same bits, with and without an executor") {
  std::vector<float> const s{1, 2.5f, -1, 0};
  std::vector<int> const y{1, 1, 0, 2};
  std::vector<double> const w{1, 2, 0.5, 1};
  std::vector<float> g(4);
  std::vector<float> h(4);
  constexpr shifted loss{.b = 0.25};
  double const once = loss.gradient(s, y, g, h, {.item_weights = w});
  CHECK(once == doctest::Approx(0.5 * (0.0625 + 2 * 1.5625 + 0.5 * 1.5625 + 5.0625)));
  CHECK(g == std::vector<float>{-0.25f, 2.5f, -0.625f, -2.25f});
  CHECK(h == std::vector<float>{1, 2, 0.5f, 1});

  auto const data = loss.prepare(y, {.item_weights = w});
  std::vector<float> other(4);
  CHECK(loss.gradient(s, data, other) == once);
  CHECK(other == g);
  CHECK(loss.gradient(rw::exec::scalar{}, s, data, other) == doctest::Approx(once));
  CHECK(loss.value(s, data) == once);
  CHECK(loss.value(s, y, {.item_weights = w}) == once);
}

TEST_CASE("exec/item_run: a workspace may come last, in every form") {
  std::vector<double> const s{1, 2.5, -1, 0};
  std::vector<int> const y{1, 1, 0, 2};
  std::vector<double> g(4), h(4), expected(4);
  constexpr shifted loss{.b = 0.25};
  rw::exec::scalar const one_by_one;
  auto const data = loss.prepare(y);
  double const value = loss.gradient(s, data, expected);
  rw::workspace memory;
  CHECK(loss.value(s, data, memory) == value);
  CHECK(loss.value(s, y, memory, {}) == value);
  CHECK(loss.value(one_by_one, s, data, memory) == value);
  CHECK(loss.gradient(s, data, g, memory) == value);
  CHECK(g == expected);
  g.assign(4, 9);
  CHECK(loss.gradient(s, y, g, h, memory) == value);
  CHECK(g == expected);
  g.assign(4, 9);
  CHECK(loss.gradient(one_by_one, s, data, g, memory) == value);
  CHECK(g == expected);
  g.assign(4, 9);
  CHECK(loss.gradient(one_by_one, s, data, g, h, memory) == value);
  CHECK(g == expected);
  CHECK(h == std::vector<double>(4, 1));
}

TEST_CASE("exec/item_run: shared parameters, masks, columns as matrices") {
  std::vector<double> const s{1, 2.5, -1, 0};
  std::vector<int> const y{1, 1, 0, 2};
  std::vector<int> const mask{1, 0, 1, 1};
  std::vector<double> g(4, 9);
  double by_b[1] = {};
  constexpr shifted loss{.b = 0.25};
  loss.gradient(s, y, g, {.mask = mask, .parameters = by_b});
  CHECK(by_b[0] == doctest::Approx(0.25 + 1.25 + 2.25));
  CHECK(g == std::vector<double>{-0.25, 0, -1.25, -2.25});
  std::vector<double> same(4);
  loss.gradient(rw::column_major(s.data(), 4, 1), y, rw::row_major(same.data(), 4, 1), {.mask = mask});
  CHECK(same == g);
}

TEST_CASE("exec/item_run: what does not fit is an error, and nothing is written") {
  std::vector<float> const s{1, 2};
  std::vector<int> const y{0, 1};
  std::vector<int> const many{0, 1, 1};
  std::vector<float> g(2, 9);
  std::vector<float> few(1, 9);
  constexpr shifted loss{};
  rw::status st;
  CHECK(std::isnan(loss.gradient(s, many, g, {.errors = st})));
  CHECK(st.code == rw::errc::size_mismatch);
  CHECK(std::isnan(loss.gradient(s, y, few, {.errors = st})));
  CHECK(st.code == rw::errc::size_mismatch);
  double two[2];
  CHECK(std::isnan(loss.gradient(s, y, g, {.parameters = two, .errors = st})));
  CHECK(st.code == rw::errc::size_mismatch);
  auto const data = loss.prepare(y);
  std::vector<double> const w{1, 1};
  CHECK(std::isnan(loss.gradient(s, data, g, {.item_weights = w, .errors = st})));
  CHECK(st.code == rw::errc::not_prepared);
  CHECK(std::isnan(loss.value(s, y, {.list_weights = w, .errors = st})));
  CHECK(st.code == rw::errc::unused_option);
  CHECK(std::isnan(loss.value(s, y, {.segments = w, .errors = st})));
  CHECK(st.code == rw::errc::unused_option);
  CHECK_THROWS_AS(loss.gradient(s, many, g), rw::error);
  CHECK(g == std::vector<float>{9, 9});
  CHECK(loss.value(std::vector<float>{}, std::vector<int>{}) == 0);
}

TEST_CASE("exec/item_run: data of a failed preparation, and what was moved away, is no data") {
  std::vector<float> const s{1, 2.5f};
  std::vector<int> const y{1, 1};
  std::vector<float> const w{1, 2, 3};
  std::vector<float> g(2, 7);
  constexpr shifted loss{.b = 0.25};
  rw::status status;
  auto const failed = loss.prepare(y, {.item_weights = w, .errors = status});
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK(std::isnan(loss.gradient(s, failed, g, {.errors = status})));
  CHECK(status.code == rw::errc::not_prepared);
  auto data = loss.prepare(y);
  auto const other = std::move(data);
  CHECK(std::isnan(loss.value(std::vector<float>{}, data, {.errors = status})));
  CHECK(status.code == rw::errc::not_prepared);
  CHECK(g == std::vector<float>(2, 7));
  CHECK(loss.value(s, other) == loss.value(s, y));
}

TEST_CASE("exec/item_run: an item that is not finite is reported after the pass") {
  std::vector<float> const s{1, std::numeric_limits<float>::quiet_NaN(), 2};
  std::vector<int> const y{0, 1, 1};
  std::vector<float> g(3, 9);
  rw::status st;
  double const v = shifted{}.gradient(s, y, g, {.errors = st});
  CHECK(v == doctest::Approx(1));
  CHECK(st.code == rw::errc::not_finite);
  CHECK(st.where == 1);
  CHECK(g == std::vector<float>{1, 0, 1});
}

TEST_CASE("exec/item_run: every option has the size of the items or is refused; none is written past its column") {
  std::vector<float> const s{1, 2.5f, -1, 0};
  std::vector<int> const y{1, 1, 0, 2};
  std::vector<float> const few{0.5f, 0.5f};
  std::vector<float> const fits(4, 0.5f);
  std::vector<float> const many(4096, 0.5f);
  constexpr shifted loss{.b = 0.25};
  rw::status st;
  std::vector<float> g(4, 9);
  for (auto const* const p : {&few, &many}) {
    CHECK(std::isnan(loss.gradient(s, y, g, {.propensities = *p, .errors = st})));
    CHECK(st.code == rw::errc::size_mismatch);
    CHECK(std::string(st.argument) == "propensities");
    CHECK(!loss.prepare(y, {.propensities = *p, .errors = st}).ready);
    CHECK(st.code == rw::errc::size_mismatch);
  }
  CHECK(loss.value(s, y, {.propensities = fits}) == doctest::Approx(2 * loss.value(s, y)));

  auto const refused = [&](auto const& data, rw::options const& opts, char const* name) {
    CAPTURE(name);
    st = {};
    CHECK(std::isnan(loss.gradient(s, data, g, opts)));
    CHECK(!st.ok());
    CHECK(std::string(st.argument).starts_with(name));
  };
  auto const data = loss.prepare(y);
  refused(y, {.ids = fits, .errors = st}, "ids");
  refused(y, {.segments = fits, .errors = st}, "segments");
  refused(data, {.item_weights = fits, .errors = st}, "item_weights");
  refused(data, {.list_weights = fits, .errors = st}, "list_weights");
  refused(data, {.mask = fits, .errors = st}, "mask");
  refused(data, {.judged = fits, .errors = st}, "judged");
  refused(data, {.retrieved = fits, .errors = st}, "retrieved");
  refused(data, {.ids = fits, .errors = st}, "ids");
  refused(data, {.segments = fits, .errors = st}, "segments");
  refused(data, {.propensities = fits, .errors = st}, "propensities");
  std::vector<double> per_list(4);
  refused(y, {.per_list = per_list, .errors = st}, "per_list");
  refused(data, {.per_list = per_list, .errors = st}, "per_list");
  CHECK(g == std::vector<float>(4, 9));
}
