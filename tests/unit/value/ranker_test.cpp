#include "support.hpp"

#include <rankwise/exec/simd.hpp>

#include <limits>
#include <span>

using namespace value_test;

namespace {

constexpr auto value = rw::weight<"relevance">(0.6) * expected_grade(relevance) +
                       rw::weight<"engagement">(2) * probability(click) * probability(purchase) - 0.01 * feature(price);
constexpr auto ranker = rw::ranker{heads, value};

template <class T>
std::vector<T> logits_of(std::size_t items) {
  auto const z = random_logits(items, 11);
  return {z.begin(), z.end()};
}

template <class T>
std::vector<T> by_columns(std::vector<T> const& rows) {
  std::size_t const items = rows.size() / columns;
  std::vector<T> out(rows.size());
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t c = 0; c < columns; ++c) {
      out[c * items + i] = rows[i * columns + c];
    }
  }
  return out;
}

} // namespace

TEST_CASE_TEMPLATE("value/ranker: every layout gives the same bits", T, float, double) {
  for (std::size_t items : {0u, 1u, 7u, 16u, 17u, 255u, 256u, 257u, 1000u}) {
    CAPTURE(items);
    auto const rows = logits_of<T>(items);
    auto const columnar = by_columns(rows);
    std::vector<T> expected(items);
    ranker.score(rw::row_major(rows.data(), items, columns), expected);

    std::vector<T> s(items);
    ranker.score(rw::column_major(columnar.data(), items, columns), s);
    CHECK(s == expected);

    std::vector<T> padded(items * 8, T(99)), longer(columns * (items + 3), T(99)); // rows and columns with room behind
    for (std::size_t i = 0; i < items; ++i) {
      for (std::size_t c = 0; c < columns; ++c) {
        padded[i * 8 + c] = rows[i * columns + c];
        longer[c * (items + 3) + i] = rows[i * columns + c];
      }
    }
    s.assign(items, T(-1));
    ranker.score(rw::row_major(padded.data(), items, columns, 8), s);
    CHECK(s == expected);
    s.assign(items, T(-1));
    ranker.score(rw::column_major(longer.data(), items, columns, static_cast<std::ptrdiff_t>(items + 3)), s);
    CHECK(s == expected);

    auto const column = [&](std::size_t c) { return std::span(columnar).subspan(c * items, items); };
    s.assign(items, T(-1));
    ranker.score(rw::columns(rw::named<"price">(column(5)), rw::named<"click">(column(3)),
                             rw::named<"relevance">(column(0), column(1), column(2)), rw::named<"purchase">(column(4))),
                 s);
    CHECK(s == expected);

    // A column of a wider table, written back to front.
    std::vector<T> apart(2 * items + 1, T(-1));
    if (items != 0) {
      ranker.score(rw::row_major(rows.data(), items, columns),
                   rw::strided(apart.data() + 2 * (items - 1), items, std::ptrdiff_t{-2}));
    }
    for (std::size_t i = 0; i < items; ++i) {
      CHECK(apart[2 * (items - 1 - i)] == expected[i]);
      CHECK(apart[2 * i + 1] == T(-1));
    }
  }
}

TEST_CASE("value/ranker: a score does not depend on the item's place") {
  constexpr std::size_t items = 67;
  auto const rows = logits_of<float>(items);
  std::vector<float> all(items);
  ranker.score(rw::row_major(rows.data(), items, columns), all);
  for (std::size_t i = 0; i < items; ++i) {
    float one = -1;
    ranker.score(rw::row_major(rows.data() + i * columns, 1, columns), std::span(&one, 1));
    CHECK(one == all[i]);
  }
}

TEST_CASE("value/ranker: float logits to double scores and back; integer logits") {
  auto const rows = logits_of<float>(40);
  std::vector<float> single(40);
  std::vector<double> wide(40);
  ranker.score(rw::row_major(rows, columns), single);
  ranker.score(rw::row_major(rows, columns), wide);
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(wide[i] == static_cast<double>(single[i]));
  }
  std::vector<int> const whole(40 * columns, 1);
  ranker.score(rw::row_major(whole, columns), single);
  CHECK(static_cast<double>(single[0]) ==
        doctest::Approx(0.6 * 3 * sigmoid(1) + 2 * sigmoid(1) * sigmoid(1) - 0.01).epsilon(1e-6));
}

TEST_CASE("value/ranker: NaN and infinite logits stay with their item") {
  auto rows = logits_of<float>(33);
  rows[5 * columns + 3] = std::numeric_limits<float>::quiet_NaN();
  rows[9 * columns + 1] = std::numeric_limits<float>::infinity();
  rows[12 * columns + 2] = -std::numeric_limits<float>::infinity();
  std::vector<float> s(33);
  ranker.score(rw::row_major(rows, columns), s);
  for (std::size_t i = 0; i < 33; ++i) {
    CAPTURE(i);
    CHECK(std::isnan(s[i]) == (i == 5));
    CHECK(!std::isinf(s[i]));
  }
}

TEST_CASE("value/ranker: what does not fit is an error, and nothing is written") {
  auto rows = logits_of<float>(8);
  std::vector<float> s(8, -1);
  std::vector<float> few(7, -1);
  rw::status st;
  ranker.score(rw::row_major(rows, 4), s, {.errors = st});
  CHECK(st.code == rw::errc::wrong_shape);
  ranker.score(rw::row_major(rows, columns), few, {.errors = st});
  CHECK(st.code == rw::errc::size_mismatch);
  ranker.score(rw::row_major(rows, columns), std::span(rows).first(8), {.errors = st});
  CHECK(st.code == rw::errc::aliasing);
  CHECK_THROWS_AS(ranker.score(rw::row_major(rows, 4), s), rw::error);
  CHECK(s == std::vector<float>(8, -1));
  CHECK(few == std::vector<float>(7, -1));
  std::vector<float> const short_column(5);
  std::vector<float> const long_column(8);
  ranker.score(rw::columns(rw::named<"price">(short_column), rw::named<"click">(long_column),
                           rw::named<"relevance">(long_column, long_column, long_column),
                           rw::named<"purchase">(long_column)),
               s, {.errors = st});
  CHECK(st.code == rw::errc::size_mismatch);
}

TEST_CASE("value/ranker: scores in constant expressions") {
  constexpr double score = [] {
    double z[] = {0.5, 0.2, -1, 0, 0, 2};
    double s[1] = {};
    ranker.score(rw::exec::scalar{}, rw::row_major(z, 1, columns), s);
    return s[0];
  }();
  static_assert(score > 0.5 && score < 1.5);
  CHECK(score == doctest::Approx(0.6 * (sigmoid(0.5) + sigmoid(0.2) + sigmoid(-1)) + 2 * 0.25 - 0.02));
}

TEST_CASE("value/ranker: an item whose score is not finite has no derivatives, and is reported") {
  auto rows = logits_of<double>(20);
  rows[4 * columns] = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const seeds(20, 1);
  std::vector<double> by_logit(rows.size(), -1);
  rw::status st;
  auto const by_weight = ranker.gradient(rw::row_major(rows, columns), seeds, rw::row_major(by_logit, columns),
                                         ranker.weights(), {.errors = st});
  CHECK(st.code == rw::errc::not_finite);
  CHECK(st.where == 4);
  CHECK(std::isfinite(by_weight.get<"relevance">()));
  for (std::size_t c = 0; c < columns; ++c) {
    CHECK(by_logit[4 * columns + c] == 0);
    CHECK(by_logit[5 * columns + c] != -1);
  }
  // Neither has one whose derivatives do not fit their column.
  std::vector<double> large(20, 1);
  large[7] = 1e42;
  std::vector<float> narrow(rows.size(), -1);
  auto fine = logits_of<double>(20);
  ranker.gradient(rw::row_major(fine, columns), large, rw::row_major(narrow, columns), ranker.weights(),
                  {.errors = st});
  CHECK(st.code == rw::errc::not_finite);
  CHECK(st.where == 7);
  CHECK(st.found == 1);
  for (std::size_t c = 0; c < columns; ++c) {
    CHECK(narrow[7 * columns + c] == 0);
  }
}

TEST_CASE("value/ranker: the published model with negative weights, against plain double") {
  // Twitter's heavy ranker, README of the-algorithm-ml/projects/home/recap (2023).
  constexpr rw::head::binary<"0"> h0{};
  constexpr rw::head::binary<"1"> h1{};
  constexpr rw::head::binary<"2"> h2{};
  constexpr rw::head::binary<"3"> h3{};
  constexpr rw::head::binary<"4"> h4{};
  constexpr rw::head::binary<"5"> h5{};
  constexpr rw::head::binary<"6"> h6{};
  constexpr rw::head::binary<"7"> h7{};
  constexpr rw::head::binary<"8"> h8{};
  constexpr rw::head::binary<"9"> h9{};
  constexpr auto all = rw::heads(h0, h1, h2, h3, h4, h5, h6, h7, h8, h9);
  constexpr double w[] = {0.5, 1, 13.5, 12, 0.005, 75, 11, 10, -74, -369};
  constexpr auto sum =
      rw::weighted_sum(w[0], probability(h0), w[1], probability(h1), w[2], probability(h2), w[3], probability(h3), w[4],
                       probability(h4), w[5], probability(h5), w[6], probability(h6), w[7], probability(h7), w[8],
                       probability(h8), w[9], probability(h9));
  constexpr auto published = rw::ranker{all, sum};
  constexpr auto lifted = rw::ranker{all, remap_negative(sum, {.negative = 443, .total = 566.005, .offset = 0.001})};
  double const p[] = {0.1, 0.02, 0.01, 0.005, 0.3, 0.002, 0.03, 0.02, 0.001, 0.0001};
  std::mt19937_64 random(5);
  std::normal_distribution<double> draw(-4, 2);
  constexpr std::size_t items = 100;
  std::vector<double> rows(10 * items);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    rows[k] = k < 10 ? std::log(p[k] / (1 - p[k])) : draw(random);
  }
  std::vector<float> const single(rows.begin(), rows.end());
  std::vector<double> s(items), l(items);
  std::vector<float> f(items), q(items);
  published.score(rw::row_major(rows, 10), s);
  lifted.score(rw::row_major(rows, 10), l);
  published.score(rw::row_major(single, 10), f);
  rw::fast(published).score(rw::row_major(single, 10), q);
  CHECK(s[0] == doctest::Approx(0.8356).epsilon(1e-14));
  bool some_negative = false;
  for (std::size_t i = 0; i < items; ++i) {
    double expected = 0;
    double size = 0;
    for (std::size_t k = 0; k < 10; ++k) {
      expected += w[k] * sigmoid(rows[10 * i + k]);
      size += std::abs(w[k]) * sigmoid(rows[10 * i + k]);
    }
    some_negative = some_negative || expected < 0;
    CHECK(std::abs(s[i] - expected) <= 1e-13 * size);
    CHECK(std::abs(static_cast<double>(f[i]) - expected) <= 1e-6 * size);
    CHECK(std::abs(static_cast<double>(q[i]) - expected) <= 4e-6 * size);
    double const up = expected < 0 ? 0.001 * (expected + 443) / 566.005 : expected + 0.001;
    CHECK(std::abs(l[i] - up) <= 1e-13 * size);
    CHECK(l[i] >= 0);
  }
  CHECK(some_negative);
}

TEST_CASE("value/ranker: options that a call does not know are refused") {
  auto const rows = logits_of<double>(3);
  std::vector<double> s(3, -1);
  std::vector<int> const ones(3, 1);
  rw::status st;
  ranker.score(rw::row_major(rows, columns), s, {.mask = ones, .errors = st}); // without lists nobody is masked
  CHECK(st.code == rw::errc::unused_option);
  ranker.gradient(rw::row_major(rows, columns), s, ranker.weights(), {.item_weights = ones, .errors = st});
  CHECK(st.code == rw::errc::unused_option);
  auto const lists = rw::lists<>::single(3);
  ranker.score(rw::row_major(rows, columns), lists, s, {.item_weights = ones, .errors = st});
  CHECK(st.code == rw::errc::unused_option);
  CHECK(s == std::vector<double>(3, -1));
  ranker.score(rw::row_major(rows, columns), lists, s, {.mask = ones, .errors = st});
  CHECK(st.code == rw::errc::ok);
}

TEST_CASE("value/ranker: parameters and weights are checked before anything is written") {
  auto const rows = logits_of<double>(3);
  std::vector<double> s(3, -1);
  rw::status st;
  auto const code = [&](auto const& v) {
    rw::ranker(heads, v).score(rw::row_major(rows, columns), s, {.errors = st});
    return st.code;
  };
  constexpr auto p = probability(click);
  double const nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(code(rw::power_mean(0, 1, p, 2, probability(purchase))) == rw::errc::out_of_range);
  CHECK(code(rw::power_mean(nan, 1, p, 2, probability(purchase))) == rw::errc::out_of_range);
  CHECK(code(1 * bands(2 * p, {0.5, 0.5}, 2 * p)) == rw::errc::out_of_range);
  CHECK(code(1 * bands(2 * p, {0.5, nan}, 2 * p)) == rw::errc::out_of_range);
  CHECK(code(remap_negative(2 * p, {.negative = 2, .total = 1, .offset = 0.1})) == rw::errc::out_of_range);
  CHECK(code(remap_negative(2 * p, {.negative = 1, .total = 2, .offset = 0})) == rw::errc::out_of_range);
  CHECK(code(1 * expected_utility(relevance, {0, 1, nan, 3})) == rw::errc::out_of_range);
  CHECK(code(rw::weight<"w">(nan) * p) == rw::errc::out_of_range);
  CHECK(code(rw::weight<"w">(std::numeric_limits<double>::infinity()) * p) == rw::errc::out_of_range);
  CHECK(s == std::vector<double>(3, -1));
  CHECK(code(rw::weight<"w">(1) * p) == rw::errc::ok);
}

TEST_CASE("value/ranker: many scores go past the caches, and are the same") {
  constexpr std::size_t items = (1u << 20) + 37;
  constexpr auto ranker2 = rw::ranker{rw::heads(click), 2 * probability(click)};
  constexpr auto both = rw::ranker{
      rw::heads(click), rw::outputs(rw::output<"a">(2 * probability(click)), rw::output<"b">(-1 * probability(click)))};
  std::vector<float> z(items), expected(items);
  for (std::size_t i = 0; i < items; ++i) {
    z[i] = static_cast<float>(i % 1013) / 100 - 5;
  }
  ranker2.score(rw::exec::scalar{}, rw::column_major(z.data(), items, 1), expected);
  std::vector<float> s(items + 20, -7), t(items + 20, -7);
  for (std::size_t shift : {0u, 1u, 5u}) { // scores that begin anywhere
    CAPTURE(shift);
    auto const to = std::span(s).subspan(shift, items);
    ranker2.score(rw::column_major(z.data(), items, 1), to);
    double worst = 0;
    for (std::size_t i = 0; i < items; ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(to[i] - expected[i])));
    }
    CHECK(worst <= 5e-7);
    CHECK(s[shift + items] == -7);
    auto const also = std::span(t).subspan(shift, items);
    std::vector<float> const first(to.begin(), to.end());
    both.score(rw::column_major(z.data(), items, 1), rw::into(to, also));
    CHECK(std::equal(to.begin(), to.end(), first.begin()));
    CHECK(std::equal(to.begin(), to.end(), also.begin(), [](float a, float b) { return b == -0.5f * a; }));
    std::fill(s.begin(), s.end(), -7.0f);
  }
}

TEST_CASE("value/ranker: derivatives of padded rows leave the padding alone") {
  std::size_t const items = 37;
  auto const rows = logits_of<double>(items);
  std::vector<double> const seeds(items, 1);
  std::vector<double> expected(rows.size()), padded(items * 8, 99), by_logit(items * 8, 99);
  ranker.gradient(rw::row_major(rows, columns), seeds, rw::row_major(expected, columns), ranker.weights());
  for (std::size_t i = 0; i < items; ++i) {
    std::copy_n(&rows[i * columns], columns, &padded[i * 8]);
  }
  ranker.gradient(rw::row_major(padded.data(), items, columns, 8), seeds,
                  rw::row_major(by_logit.data(), items, columns, 8), ranker.weights());
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t c = 0; c < 8; ++c) {
      CHECK(by_logit[i * 8 + c] == (c < columns ? expected[i * columns + c] : 99));
    }
  }
}
