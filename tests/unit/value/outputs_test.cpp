#include "support.hpp"

#include <rankwise/rank/top_k.hpp>

#include <limits>
#include <span>

using namespace value_test;

namespace {

constexpr auto sum = rw::weight<"grade">(0.6) * expected_grade(relevance) +
                     rw::weight<"buy">(2) * probability(purchase) + 0.3 * probability(click);
constexpr auto product = rw::log_linear(rw::weight<"g">(0.5), expected_grade(relevance), 1, probability(click),
                                        rw::weight<"buy">(2), probability(purchase));
constexpr auto both = rw::ranker{heads, rw::outputs(rw::output<"sum">(sum), rw::output<"product">(product))};

/// A quantity that counts how often it is computed.
int computed = 0;
struct take_counted {
  using unit = rw::unit::probability;
  template <class P, class Head, class Logits>
  static auto apply(Head const&, Logits z) {
    ++computed;
    return rw::math::sigmoid<P>(z(0));
  }
};

} // namespace

TEST_CASE_TEMPLATE("value/outputs: several scores are those of the single rankers, bit by bit", T, float, double) {
  for (std::size_t items : {0u, 1u, 16u, 45u, 256u, 600u}) {
    CAPTURE(items);
    auto const drawn = random_logits(items, 3);
    std::vector<T> const rows(drawn.begin(), drawn.end());
    auto const z = rw::row_major(rows.data(), items, columns);
    std::vector<T> a(items), b(items), p(items), q(items), table(2 * items), wide(2 * items);
    both.score(z, rw::into(a, b));
    both.output<"sum">().score(z, p);
    both.output<"product">().score(z, q);
    CHECK(a == p);
    CHECK(b == q);
    both.score(z, rw::row_major(table.data(), items, 2));
    both.score(z, rw::column_major(wide.data(), items, 2));
    for (std::size_t i = 0; i < items; ++i) {
      CHECK(table[2 * i] == p[i]);
      CHECK(table[2 * i + 1] == q[i]);
      CHECK(wide[i] == p[i]);
      CHECK(wide[items + i] == q[i]);
    }
  }
}

TEST_CASE("value/outputs: what outputs have in common is computed once") {
  constexpr auto p = rw::value::head_value<std::remove_const_t<decltype(click)>, take_counted>(click);
  auto const ranker = rw::ranker(
      rw::heads(click), rw::outputs(rw::output<"a">(2 * p), rw::output<"b">(p * p), rw::output<"c">(exp(p) + 1 * p)));
  double const z[] = {0.5};
  std::vector<double> a(1), b(1), c(1);
  computed = 0;
  ranker.score(rw::exec::scalar{}, rw::row_major(z, 1, 1), rw::into(a, b, c));
  CHECK(computed == 1);
  CHECK(a[0] == doctest::Approx(2 * sigmoid(0.5)));
  CHECK(b[0] == doctest::Approx(sigmoid(0.5) * sigmoid(0.5)));
  CHECK(c[0] == doctest::Approx(std::exp(sigmoid(0.5)) + sigmoid(0.5)));
}

TEST_CASE("value/outputs: one output is a score like any other, and goes to a column or a matrix of one") {
  auto const ranker = rw::ranker(heads, sum);
  auto const list = rw::ranker(heads, rw::outputs(rw::output<"sum">(sum)));
  std::size_t const items = 37;
  auto const drawn = random_logits(items, 6);
  auto const z = rw::row_major(drawn, columns);
  auto const groups = rw::lists_of_sizes(std::vector{20, 0, 17});
  std::vector<double> expected(items);
  ranker.score(z, expected);
  auto const check = [&](auto const& score) {
    std::vector<double> found(items, 9);
    score(found);
    CHECK(found == expected);
  };
  check([&](auto& to) { list.score(z, to); });
  check([&](auto& to) { list.score(z, rw::into(to)); });
  check([&](auto& to) { list.score(z, rw::row_major(to, 1)); });
  check([&](auto& to) { list.score(z, groups, rw::column_major(to, 1)); });
  check([&](auto& to) { ranker.score(z, rw::row_major(to, 1)); });
  check([&](auto& to) { ranker.score(z, groups, rw::row_major(to, 1)); });
  CHECK(list.top_k<3>(z, groups).items == ranker.top_k<3>(z, groups).items);
  std::vector<double> wide(2 * items);
  CHECK_THROWS_AS(ranker.score(z, rw::row_major(wide, 2)), rw::error);
}

TEST_CASE("value/outputs: one set of weights for all outputs") {
  auto w = both.weights();
  CHECK(w.size() == 3);
  w.set<"buy">(0);
  auto const rows = random_logits(5, 4);
  std::vector<double> a(5), b(5);
  both.score(rw::row_major(rows, columns), rw::into(a, b), w);
  for (std::size_t i = 0; i < 5; ++i) {
    item const x(rows.data() + i * columns);
    CHECK(a[i] == doctest::Approx(0.6 * x.grade + 0.3 * x.click));
    CHECK(b[i] == doctest::Approx(std::sqrt(x.grade) * x.click));
  }
}

TEST_CASE("value/outputs: over lists, with an adjuster and a mask") {
  auto const ranker = rw::ranker(heads, rw::outputs(rw::output<"raw">(sum), rw::output<"even">(min_max(sum))));
  auto const rows = random_logits(9, 5);
  auto const lists = rw::lists_of_sizes(std::vector{4, 5});
  std::vector<int> mask(9, 1);
  mask[2] = 0;
  std::vector<double> raw(9), even(9), expected(9);
  ranker.score(rw::row_major(rows, columns), lists, rw::into(raw, even), {.mask = mask});
  rw::ranker(heads, sum).score(rw::row_major(rows, columns), expected);
  double const out = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK((i == 2 ? raw[i] == out : raw[i] == doctest::Approx(expected[i]).epsilon(1e-14)));
    CHECK((even[i] >= 0) == (i != 2));
  }
}

TEST_CASE("value/outputs: what does not fit is an error, and nothing is written") {
  auto const rows = random_logits(4, 6);
  auto const z = rw::row_major(rows, columns);
  std::vector<double> a(4, -1), few(3, -1), table(12, -1);
  rw::status st;
  both.score(z, rw::into(a, few), {.errors = st});
  CHECK(st.code == rw::errc::size_mismatch);
  both.score(z, rw::into(a, a), {.errors = st});
  CHECK(st.code == rw::errc::aliasing);
  both.score(z, rw::row_major(table, 3), {.errors = st});
  CHECK(st.code == rw::errc::wrong_shape);
  auto w = both.weights();
  w.set<"g">(std::numeric_limits<double>::quiet_NaN());
  std::vector<double> b(4, -1);
  both.score(z, rw::into(a, b), w, {.errors = st});
  CHECK(st.code == rw::errc::out_of_range);
  CHECK(a == std::vector<double>(4, -1));
  CHECK(b == std::vector<double>(4, -1));
}
