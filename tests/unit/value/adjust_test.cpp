#include <rankwise/backend/emulated.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#include <support/allocations.hpp>
#include <support/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace adjust_test {

namespace rw = rankwise;

namespace {

constexpr auto a = rw::head::input<"a">{};
constexpr auto b = rw::head::input<"b">{};
constexpr auto heads = rw::heads(a, b);
constexpr auto x = feature(a);
constexpr auto y = feature(b);
constexpr auto author = rw::ids<"author">{};
constexpr double out = -std::numeric_limits<double>::infinity();

using column = std::vector<double>;

// ---- every adjuster a second time: in double, one list, by comparing all pairs

struct span {
  column v;
  std::vector<std::size_t> in; // items that the operand has retrieved
  explicit span(column const& c) : v(c) {
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (v[i] != out) {
        in.push_back(i);
      }
    }
  }
  double mean_of(column const& c) const {
    double s = 0;
    for (std::size_t i : in) {
      s += c[i];
    }
    return in.empty() ? 0 : s / static_cast<double>(in.size());
  }
};

column naive_z(column const& c) {
  span const s(c);
  column r(c.size(), out);
  double const mean = s.mean_of(c);
  double squares = 0;
  for (std::size_t i : s.in) {
    squares += (c[i] - mean) * (c[i] - mean);
  }
  double const sd = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(s.in.size(), 1)));
  for (std::size_t i : s.in) {
    r[i] = sd > 1e-12 ? (c[i] - mean) / sd : 0;
  }
  return r;
}

column naive_span(column const& c, double missing) {
  span const s(c);
  column r(c.size(), missing);
  double low = 1e300;
  double high = -1e300;
  for (std::size_t i : s.in) {
    low = std::min(low, c[i]);
    high = std::max(high, c[i]);
  }
  for (std::size_t i : s.in) {
    r[i] = high > low ? (c[i] - low) / (high - low) : 0;
  }
  return r;
}

/// The mean of f(place, n) over the places of all items with the same value.
template <class F>
column naive_places(column const& c, double missing, F f) {
  span const s(c);
  column r(c.size(), missing);
  for (std::size_t i : s.in) {
    std::size_t better = 0;
    std::size_t same = 0;
    for (std::size_t j : s.in) {
      better += c[j] > c[i] ? 1u : 0u;
      same += c[j] == c[i] ? 1u : 0u;
    }
    double sum = 0;
    for (std::size_t p = better + 1; p <= better + same; ++p) {
      sum += f(static_cast<double>(p), static_cast<double>(s.in.size()));
    }
    r[i] = sum / static_cast<double>(same);
  }
  return r;
}

column plus(column const& u, column const& v) {
  column r(u.size());
  for (std::size_t i = 0; i < u.size(); ++i) {
    r[i] = u[i] + v[i];
  }
  return r;
}

column naive_rrf(column const& u, column const& v, double k) {
  auto const f = [k](double p, double) { return 1 / (k + p); };
  return plus(naive_places(u, 0, f), naive_places(v, 0, f));
}

column naive_borda(column const& u, column const& v) {
  auto const f = [](double p, double n) { return n - p; };
  return plus(naive_places(u, 0, f), naive_places(v, 0, f));
}

column naive_mnz(column const& u, column const& v) {
  column r = plus(naive_span(u, 0), naive_span(v, 0));
  for (std::size_t i = 0; i < r.size(); ++i) {
    r[i] *= (u[i] != out ? 1 : 0) + (v[i] != out ? 1 : 0);
  }
  return r;
}

template <class Id>
column naive_diversity(column const& c, std::vector<Id> const& ids, double decay, double floor) {
  column r = c;
  for (std::size_t i = 0; i < c.size(); ++i) {
    int before = 0;
    for (std::size_t j = 0; j < c.size(); ++j) {
      before += ids[j] == ids[i] && (c[j] > c[i] || (c[j] == c[i] && j < i)) ? 1 : 0;
    }
    r[i] = c[i] == out ? out : c[i] * ((1 - floor) * std::pow(decay, before) + floor);
  }
  return r;
}

struct problem {
  std::vector<std::size_t> sizes;
  column rows; // a, b, a, b, ...
  std::vector<std::int64_t> ids;

  std::size_t items() const { return ids.size(); }
};

/// Lists of many lengths, with ties, equal lists, and items that an operand has not retrieved.
problem random_problem(std::uint64_t seed) {
  support::random random(seed);
  problem p;
  p.sizes = {0, 1, 2, 3, 7, 16, 17, 33, 64, 65, 100, 300, 1, 5};
  for (std::size_t l = 0; l < p.sizes.size(); ++l) {
    bool const equal = l == 4 || l == 7;
    for (std::size_t i = 0; i < p.sizes[l]; ++i) {
      for (int c = 0; c < 2; ++c) {
        double v = random.uniform(-2, 3);
        v = random.below(3) == 0 ? std::round(v) : v; // ties
        v = random.below(7) == 0 ? out : v;
        p.rows.push_back(equal ? 1.5 : v);
      }
      p.ids.push_back(static_cast<std::int64_t>(random.below(5)) - 2 + (std::int64_t{1} << 40));
    }
  }
  return p;
}

/// The outputs of the ranker are those of `naive`, column by column and list by list, one item at a time and in packs.
/// All adjusters of a test are outputs of one ranker, which is compiled once.
template <class Ranker, class Naive>
void check(Ranker const& ranker, Naive naive, std::uint64_t seed) {
  CAPTURE(seed);
  problem const p = random_problem(seed);
  auto const lists = rw::lists_of_sizes(p.sizes);
  auto const ids = rw::columns(rw::named<"author">(p.ids));
  std::size_t constexpr outputs = Ranker::outputs;
  column s(p.items() * outputs), other(s.size());
  ranker.score(rw::row_major(p.rows, 2), ids, lists, rw::row_major(s, outputs));
  for (std::size_t l = 0; l < lists.size(); ++l) {
    CAPTURE(l);
    column u, v;
    for (std::size_t i = lists.begin_of(l); i < lists.end_of(l); ++i) {
      u.push_back(p.rows[2 * i]);
      v.push_back(p.rows[2 * i + 1]);
    }
    std::vector<std::int64_t> const group(p.ids.begin() + static_cast<std::ptrdiff_t>(lists.begin_of(l)),
                                          p.ids.begin() + static_cast<std::ptrdiff_t>(lists.end_of(l)));
    std::vector<column> const expected = naive(u, v, group);
    REQUIRE(expected.size() == outputs);
    for (std::size_t k = 0; k < outputs; ++k) {
      CAPTURE(k);
      for (std::size_t i = 0; i < u.size(); ++i) {
        CAPTURE(i);
        double const got = s[(lists.begin_of(l) + i) * outputs + k];
        double const right = expected[k][i];
        CHECK(((got == right) || std::abs(got - right) <= 1e-12 * (1 + std::abs(right))));
      }
    }
  }
  ranker.score(rw::exec::scalar{}, rw::row_major(p.rows, 2), ids, lists, rw::row_major(other, outputs));
  for (std::size_t i = 0; i < s.size(); ++i) {
    CHECK((other[i] == s[i] || std::abs(other[i] - s[i]) <= 1e-13 * (1 + std::abs(s[i]))));
  }
}

double total(column const& s, column const& seeds) {
  double sum = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    sum += seeds[i] == 0 ? 0 : seeds[i] * s[i];
  }
  return sum;
}

/// Derivatives are finite differences, over distinct operands (adjusters have kinks where items are equal).
template <class Value>
void check_gradient(Value const& value, std::uint64_t seed) {
  CAPTURE(seed);
  support::random random(seed);
  std::vector<std::size_t> const sizes{1, 4, 0, 9, 20};
  std::size_t const items = 34;
  column rows = random.uniforms<double>(2 * items, 0.2, 3);
  column seeds = random.uniforms<double>(items, -1, 1);
  std::vector<int> ids(items);
  for (int& id : ids) {
    id = static_cast<int>(random.below(3));
  }
  std::vector<int> mask(items, 1);
  mask[7] = 0;
  seeds[7] = 0; // the score of a masked item is minus infinity, which has no difference quotient
  auto const lists = rw::lists_of_sizes(sizes);
  auto const by = rw::columns(rw::named<"author">(ids));
  auto const ranker = rw::ranker(heads, value);
  auto const w = ranker.weights();
  column by_logit(rows.size()), s(items);
  auto const by_weight =
      ranker.gradient(rw::row_major(rows, 2), by, lists, seeds, rw::row_major(by_logit, 2), w, {.mask = mask});
  auto const at = [&](auto const& weights) {
    ranker.score(rw::row_major(rows, 2), by, lists, s, weights, {.mask = mask});
    return total(s, seeds);
  };
  constexpr double step = 1e-6;
  for (std::size_t k = 0; k < by_weight.size(); ++k) {
    auto up = w;
    auto down = w;
    up[k] += step;
    down[k] -= step;
    double const difference = (at(up) - at(down)) / (2 * step);
    CHECK(by_weight[k] == doctest::Approx(difference).epsilon(1e-6));
  }
  for (std::size_t j = 0; j < rows.size(); ++j) {
    CAPTURE(j);
    double const before = rows[j];
    rows[j] = before + step;
    double const up = at(w);
    rows[j] = before - step;
    double const down = at(w);
    rows[j] = before;
    double const difference = (up - down) / (2 * step);
    CHECK(std::abs(by_logit[j] - difference) <= 2e-7 * (1 + std::abs(difference)));
  }
}

} // namespace

TEST_CASE(
    "value/adjust: every adjuster equals its definition, with ties and missing items; also inside and beside others") {
  auto const mixed = rw::weight<"mix">(0.5) * z_score(max(x, -5) + comb_sum(x, y)) +
                     diversity(3 + min_max(max(y, -5)), author, {.decay = 0.5}) * 2 - 0.25 * max(x, -5);
  auto const ranker = rw::ranker(
      heads, rw::outputs(rw::output<"z">(z_score(x)), rw::output<"span">(min_max(x)), rw::output<"rank">(rank_score(x)),
                         rw::output<"rrf">(rrf(rw::rank_constant{10}, x, y)), rw::output<"borda">(borda(x, y)),
                         rw::output<"mnz">(comb_mnz(x, y)),
                         rw::output<"diversity">(diversity(x, author, {.decay = 0.7, .floor = 0.2})),
                         rw::output<"mixed">(mixed)));
  auto const naive = [](column const& u, column const& v, std::vector<std::int64_t> const& g) {
    column low = u;
    column high = v;
    for (double& one : low) {
      one = std::max(one, -5.0);
    }
    for (double& one : high) {
      one = std::max(one, -5.0);
    }
    column const z = naive_z(plus(low, plus(naive_span(u, 0), naive_span(v, 0))));
    column base = naive_span(high, out);
    for (double& one : base) {
      one += 3;
    }
    column const d = naive_diversity(base, g, 0.5, 0);
    column r(u.size());
    for (std::size_t i = 0; i < u.size(); ++i) {
      r[i] = 0.5 * z[i] + 2 * d[i] - 0.25 * low[i];
    }
    return std::vector<column>{naive_z(u),
                               naive_span(u, out),
                               naive_places(u, out, [](double p, double n) { return 1 - (p - 1) / n; }),
                               naive_rrf(u, v, 10),
                               naive_borda(u, v),
                               naive_mnz(u, v),
                               naive_diversity(u, g, 0.7, 0.2),
                               r};
  };
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    check(ranker, naive, seed);
  }
}

TEST_CASE("value/adjust: float agrees with double, and SSE2 with the widest registers") {
  problem const p = random_problem(50);
  auto const lists = rw::lists_of_sizes(p.sizes);
  auto const ids = rw::columns(rw::named<"author">(p.ids));
  std::vector<float> const single(p.rows.begin(), p.rows.end());
  column wide(single.begin(), single.end()), s(p.items());
  std::vector<float> f(p.items()), g(p.items());
  auto const ranker = rw::ranker(heads, max(z_score(x), -9) + rrf(x, y) + comb_mnz(x, y) + 0.1 * borda(y) +
                                            max(diversity(max(x, 0) + 1, author), 0));
  ranker.score(rw::row_major(wide, 2), ids, lists, s);
  ranker.score(rw::row_major(single, 2), ids, lists, f);
  ranker.score(rw::exec::basic_simd<xsimd::sse2>{}, rw::row_major(single, 2), ids, lists, g);
  for (std::size_t i = 0; i < s.size(); ++i) {
    CAPTURE(i);
    CHECK(static_cast<double>(f[i]) == doctest::Approx(s[i]).epsilon(2e-5));
    CHECK(static_cast<double>(g[i]) == doctest::Approx(s[i]).epsilon(2e-5));
  }
}

TEST_CASE("value/adjust: the published decay of one author's items") {
  // Twitter's author diversity: decay 0.5, floor 0.25.
  std::vector<float> const scores{5, 4, 3, 2, 1};
  std::vector<float> const rows{5, 0, 4, 0, 3, 0, 2, 0, 1, 0};
  std::vector<std::uint8_t> const one(5, 7);
  std::vector<float> s(5);
  rw::ranker(heads, diversity(x, author, {.decay = 0.5, .floor = 0.25}))
      .score(rw::row_major(rows, 2), rw::columns(rw::named<"author">(one)), rw::lists<>::single(5), s);
  double const factor[] = {1, 0.625, 0.4375, 0.34375, 0.296875};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(static_cast<double>(s[i]) == static_cast<double>(scores[i]) * factor[i]);
  }
}

TEST_CASE("value/adjust: fatigue needs no lists") {
  column const rows{4, 0, 4, 1, 4, 3};
  column s(3);
  rw::ranker(heads, fatigue(x, y, {.decay = 0.5, .floor = 0.2})).score(rw::row_major(rows, 2), s);
  CHECK(s[0] == 4);
  CHECK(s[1] == doctest::Approx(4 * (0.8 * 0.5 + 0.2)));
  CHECK(s[2] == doctest::Approx(4 * (0.8 * 0.125 + 0.2)));
  rw::ranker(heads, fatigue(x, y, {.decay = 0})).score(rw::row_major(rows, 2), s);
  CHECK(s == column{4, 0, 0});
}

TEST_CASE("value/adjust: a permutation of a list permutes its scores") {
  problem const p = random_problem(20);
  std::size_t const n = 300;
  std::vector<std::size_t> shuffled(n);
  std::iota(shuffled.begin(), shuffled.end(), std::size_t{0});
  support::random random(21);
  for (std::size_t i = n; i-- > 1;) {
    std::swap(shuffled[i], shuffled[random.below(i + 1)]);
  }
  std::size_t const first = static_cast<std::size_t>(p.items()) - 6 - n;
  column rows(2 * n), moved(2 * n), s(n), t(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < 2; ++c) {
      rows[2 * i + c] = p.rows[2 * (first + i) + c];
      moved[2 * i + c] = p.rows[2 * (first + shuffled[i]) + c];
    }
  }
  auto const ranker = rw::ranker(heads, borda(x, y) + rrf(x, y) + comb_mnz(x, y) + max(rank_score(y), 0));
  ranker.score(rw::row_major(rows, 2), rw::lists<>::single(n), s);
  ranker.score(rw::row_major(moved, 2), rw::lists<>::single(n), t);
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(t[i] == doctest::Approx(s[shuffled[i]]).epsilon(1e-12));
  }
}

TEST_CASE("value/adjust: masked items take no part and get minus infinity") {
  column const rows{1, 0, 100, 0, 3, 0, 5, 0};
  std::vector<int> const mask{1, 0, 1, 1};
  column s(4);
  auto const ranker = rw::ranker(heads, min_max(x) + borda(x));
  ranker.score(rw::row_major(rows, 2), rw::lists<>::single(4), s, {.mask = mask});
  CHECK(s == column{0, out, 0.5 + 1, 1 + 2});
  // All masked, and lists without an item.
  std::vector<int> const nobody(4, 0);
  ranker.score(rw::row_major(rows, 2), rw::lists_of_sizes(std::vector{0, 4, 0}), s, {.mask = nobody});
  CHECK(s == column(4, out));
}

TEST_CASE("value/adjust: a list with NaN or infinity is flagged, the others are not") {
  column rows{1, 0, 2, 0, 3, 0, 4, 0, 5, 0};
  auto const lists = rw::lists_of_sizes(std::vector{2, 3});
  auto const ranker = rw::ranker(heads, rw::weight<"w">(2) * z_score(x) + 0.5 * y);
  for (double const bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    rows[6] = bad;
    column s(5), by_logit(10, -1);
    rw::status st;
    ranker.score(rw::row_major(rows, 2), lists, s, {.errors = st});
    CHECK(st.code == rw::errc::not_finite);
    CHECK(st.where == 1);
    CHECK(s[0] == doctest::Approx(-2));
    CHECK(std::isnan(s[2]));
    CHECK(std::isnan(s[4]));
    column const seeds(5, 1);
    auto const w = ranker.gradient(rw::row_major(rows, 2), lists, seeds, rw::row_major(by_logit, 2), ranker.weights(),
                                   {.errors = st});
    CHECK(st.code == rw::errc::not_finite);
    CHECK(st.where == 1);
    CHECK(std::isfinite(w.get<"w">()));
    CHECK(by_logit[1] == 0.5);
    CHECK(std::all_of(by_logit.begin() + 4, by_logit.end(), [](double g) { return g == 0; }));
    auto const top = ranker.top_k<2>(rw::row_major(rows, 2), lists, {.errors = st});
    CHECK(st.code == rw::errc::not_finite);
    CHECK(top[0].size() == 2);
    CHECK(top[1].empty());
  }
}

TEST_CASE("value/adjust: huge and tiny values") {
  column rows;
  for (double const v : {1e15, 1e15 + 1, 1e15 + 2, 1e15 + 4}) {
    rows.insert(rows.end(), {v, 0});
  }
  column s(4);
  rw::ranker(heads, z_score(x)).score(rw::row_major(rows, 2), rw::lists<>::single(4), s);
  double const sd = std::sqrt(2.1875);
  CHECK(s[0] == doctest::Approx(-1.75 / sd));
  CHECK(s[3] == doctest::Approx(2.25 / sd));
  std::vector<float> const equal{0.1f, 0, 0.1f, 0, 0.1f, 0};
  std::vector<float> t(3);
  rw::ranker(heads, z_score(x) + min_max(x)).score(rw::row_major(equal, 2), rw::lists<>::single(3), t);
  CHECK(t == std::vector<float>(3, 0));
}

TEST_CASE("value/adjust: an offset that takes all digits of the mean costs z-scores none, nor their derivatives") {
  auto const ranker = rw::ranker(rw::heads(a), z_score(x));
  auto const check = [&](auto const& executor, float offset, std::vector<float> rows, column const& expected,
                         column const& by_logit) {
    CAPTURE(offset);
    for (float& one : rows) {
      one += offset;
    }
    std::size_t const n = rows.size();
    auto const one = rw::lists<>::single(n);
    std::vector<float> s(n), seeds(n), g(n);
    seeds[0] = 1;
    ranker.score(executor, rw::row_major(rows, 1), one, s);
    ranker.gradient(executor, rw::row_major(rows, 1), one, seeds, rw::row_major(g, 1), ranker.weights());
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(i);
      CHECK(std::abs(static_cast<double>(s[i]) - expected[i]) <= 1e-6);
      CHECK(std::abs(static_cast<double>(g[i]) - by_logit[i]) <= 1e-6);
    }
  };
  auto const everywhere = [&](auto const& executor) {
    check(executor, 16777216, {0, 2}, {-1, 1}, {0, 0}); // two items are at -1 and 1, wherever they are
    // The mean is 5, the squares are 25, 9, 1 and 49; dz_0/dx_j = (1[j = 0] - 1/4 - z_0 z_j / 4) / sd.
    double const sd = std::sqrt(21.0);
    for (float const offset : {0.0f, 16777216.0f, -16777228.0f}) {
      check(executor, offset, {0, 2, 6, 12}, {-5 / sd, -3 / sd, 1 / sd, 7 / sd},
            {(0.75 - 25.0 / 84) / sd, (-0.25 - 15.0 / 84) / sd, (-0.25 + 5.0 / 84) / sd, (-0.25 + 35.0 / 84) / sd});
    }
  };
  everywhere(rw::exec::scalar{});
  everywhere(rw::exec::simd{});
  everywhere(rw::exec::emulated<4>{});
}

TEST_CASE("value/adjust: gradients through adjusters are finite differences") {
  // In one sum, which is compiled once; every adjuster has a weight above it and one below.
  auto const z = rw::weight<"z">(2) * z_score(rw::weight<"a">(0.7) * x + y * x);
  auto const span = rw::weight<"span">(1.5) * min_max(rw::weight<"b">(0.6) * x + 1 * y) + 0.3 * y;
  auto const sums = rw::weight<"mnz">(2) * comb_mnz(x, rw::weight<"c">(0.7) * x * y) + comb_sum(y, x);
  auto const inside = z_score(min_max(x) * rw::weight<"d">(0.3) + 1 * y) * max(x, 0.5);
  auto const decayed = diversity(rw::weight<"e">(0.7) * x * y, author, {.decay = 0.6, .floor = 0.1});
  for (std::uint64_t seed = 31; seed < 36; ++seed) {
    check_gradient(z + span + sums + inside + decayed, seed);
  }
}

TEST_CASE("value/adjust: single items write no more of a scratch column than they are") {
  // Where lists share columns, as they do on the threads of a device, the rest belongs to others.
  support::random random(70);
  for (std::size_t const n : {1u, 2u, 3u, 5u, 31u, 32u, 33u, 100u}) {
    CAPTURE(n);
    std::size_t const stride = 3 * n;
    column values(3 * stride, -7);
    std::vector<std::uint32_t> indices(5 * stride, 77);
    std::vector<std::uint64_t> ids(n);
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = random.uniform(0, 1);
      ids[i] = random.below(2 * n); // many of their own
    }
    column const before(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
    rw::value::detail::diversity const decayed{{.decay = 0.5, .floor = 0.25}};
    decayed(rw::value::adjusted_list<double>{
        n, values.data(), stride, values.data() + stride, indices.data(), {ids.data(), sizeof ids[0]}, 0});
    column const expected = naive_diversity(before, ids, 0.5, 0.25);
    for (std::size_t i = 0; i < values.size(); ++i) {
      bool const own = i % stride < n;
      CHECK((own ? i >= n || std::abs(values[i] - expected[i]) <= 1e-12 : values[i] == -7));
    }
    for (std::size_t i = 0; i < indices.size(); ++i) {
      CHECK((i % stride < n || indices[i] == 77));
    }
  }
}

TEST_CASE("value/adjust: derivatives over lists that were placed once, with the caller's workspace") {
  problem const p = random_problem(60);
  auto const lists = rw::lists_of_sizes(p.sizes);
  auto const ids = rw::columns(rw::named<"author">(p.ids));
  auto const rows = rw::row_major(p.rows, 2);
  auto const ranker = rw::ranker(heads, rw::weight<"w">(2) * max(z_score(x), -3) + diversity(max(y, 0), author));
  column const seeds(p.items(), 1);
  column first(p.rows.size(), -1), second(p.rows.size(), -1);
  auto const w = ranker.weights();
  auto const expected = ranker.gradient(rows, ids, lists, seeds, rw::row_major(first, 2), w);
  rw::workspace memory;
  auto const placed = rw::place_lists(rw::exec::simd{}, lists);
  auto const found = ranker.gradient(rows, ids, placed, seeds, rw::row_major(second, 2), w, memory);
  CHECK(found.get<"w">() == expected.get<"w">());
  CHECK(expected.get<"w">() != 0);
  CHECK(second == first);
  CHECK(ranker.gradient(rows, ids, lists, seeds, w, memory).get<"w">() == expected.get<"w">());
  std::byte few[64];
  rw::workspace small_one{std::span<std::byte>(few)};
  rw::status st;
  second.assign(second.size(), -7);
  auto const nothing = ranker.gradient(rw::exec::simd{}, rows, ids, lists, seeds, rw::row_major(second, 2), w,
                                       small_one, {.errors = st});
  CHECK(st.code == rw::errc::workspace_too_small);
  CHECK(nothing.get<"w">() == 0);
  CHECK(second == column(second.size(), -7));
}

TEST_CASE("value/adjust: derivatives over lists allocate nothing once the workspace has its size") {
  problem const p = random_problem(40);
  auto const lists = rw::lists_of_sizes(p.sizes);
  auto const ids = rw::columns(rw::named<"author">(p.ids));
  auto const rows = rw::row_major(p.rows, 2);
  auto const ranker = rw::ranker(heads, rw::weight<"w">(2) * max(z_score(x), -3) + diversity(max(y, 0), author));
  column const seeds(p.items(), 1);
  column g(p.rows.size());
  auto const w = ranker.weights();
  auto const expected = ranker.gradient(rows, ids, lists, seeds, rw::row_major(g, 2), w);
  auto const derive = [&](rw::workspace& memory, rw::on_error errors = {}) {
    return ranker.gradient(rows, ids, lists, seeds, rw::row_major(g, 2), w, memory, {.errors = errors}).get<"w">() ==
           expected.get<"w">();
  };
  rw::workspace grown;
  CHECK(derive(grown));
  CHECK(support::allocations_of([&] { derive(grown); }) == 0);
  std::size_t const bytes = ranker.gradient_workspace_bytes<rw::exec::simd, double>(lists);
  rw::workspace sized(bytes);
  CHECK(support::allocations_of([&] { CHECK(derive(sized)); }) == 0);
  alignas(rw::workspace::alignment) static std::byte own[1 << 16];
  REQUIRE(bytes <= sizeof own);
  rw::workspace enough{std::span(own).first(bytes)};
  CHECK(derive(enough));
  rw::workspace less{std::span(own).first(bytes - 1)};
  rw::status st;
  g.assign(g.size(), -7);
  CHECK_FALSE(derive(less, st));
  CHECK(st.code == rw::errc::workspace_too_small);
  CHECK(g == column(g.size(), -7));
}

TEST_CASE("value/adjust: shapes and ids are checked before anything is written") {
  column const rows(8, 1);
  column s(4, -7);
  std::vector<int> const three(3);
  rw::status st;
  auto const ranker = rw::ranker(heads, diversity(x, author));
  auto const one = rw::lists<>::single(4);
  auto const score = [&](auto const& table, auto const& ids, auto const& lists) {
    ranker.score(table, rw::columns(rw::named<"author">(ids)), lists, s, {.errors = st});
    return st.code;
  };
  std::vector<int> const four(4);
  CHECK(score(rw::row_major(rows, 2), three, one) == rw::errc::size_mismatch);
  CHECK(score(rw::row_major(rows, 2), four, rw::lists<>::single(3)) == rw::errc::offsets_overrun);
  CHECK(score(rw::row_major(rows, 4), four, one) == rw::errc::wrong_shape);
  CHECK(s == column(4, -7));
  auto const bad = rw::ranker(heads, diversity(x, author, {.decay = 1.5}));
  bad.score(rw::row_major(rows, 2), rw::columns(rw::named<"author">(four)), one, s, {.errors = st});
  CHECK(st.code == rw::errc::out_of_range);
  auto const negative = rw::ranker(heads, rrf(rw::rank_constant{-1}, x, y));
  negative.score(rw::row_major(rows, 2), one, s, {.errors = st});
  CHECK(st.code == rw::errc::out_of_range);
  CHECK(std::string(st.argument) == "k of rrf (more than -1)");
  CHECK(s == column(4, -7));
}

TEST_CASE("value/adjust: nothing is allocated once the workspace has its size") {
  problem const p = random_problem(40);
  auto const lists = rw::lists_of_sizes(p.sizes);
  auto const ids = rw::columns(rw::named<"author">(p.ids));
  auto const ranker = rw::ranker(heads, z_score(max(x, 0)) + diversity(max(y, 0), author));
  rw::workspace memory(ranker.workspace_bytes<rw::exec::simd, double>(lists));
  column s(p.items());
  auto const w = ranker.weights();
  std::vector<int> const mask(p.items(), 1);
  CHECK(support::allocations_of(
            [&] { ranker.score(rw::row_major(p.rows, 2), ids, lists, s, w, memory, {.mask = mask}); }) == 0);
  std::byte few[64];
  rw::workspace small_one{std::span<std::byte>(few)};
  rw::status st;
  ranker.score(rw::row_major(p.rows, 2), ids, lists, s, w, small_one, {.errors = st});
  CHECK(st.code == rw::errc::workspace_too_small);
}

} // namespace adjust_test
