#include <rankwise/sparse/id.hpp>
#include <rankwise/sparse/ragged.hpp>
#include <rankwise/sparse/segment.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/problem.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

struct batch {
  std::size_t rows = 23;
  std::size_t width;
  std::vector<double> table, weights;
  std::vector<int> indices, offsets;

  batch(std::uint64_t seed, std::size_t columns, std::size_t longest = 9) : width(columns) {
    support::random r(seed);
    table = r.uniforms<double>(rows * width, -1, 1);
    offsets = r.offsets<int>(11, 0, longest);
    auto const n = static_cast<std::size_t>(offsets.back());
    for (std::size_t i = 0; i < n; ++i) {
      indices.push_back(static_cast<int>(r.below(rows)));
    }
    weights = r.uniforms<double>(n, 0, 2);
  }
  std::size_t segments() const { return offsets.size() - 1; }
};

template <class Reduction>
std::vector<double> reference(batch const& b, std::vector<double> const& table, std::vector<double> const& weights) {
  std::vector<double> out(b.segments() * b.width, 0);
  for (std::size_t s = 0; s < b.segments(); ++s) {
    double n = 0;
    double total = 0;
    for (int i = b.offsets[s]; i < b.offsets[s + 1]; ++i) {
      auto const at = static_cast<std::size_t>(i);
      n += 1;
      total += weights[at];
      for (std::size_t k = 0; k < b.width; ++k) {
        out[s * b.width + k] += weights[at] * table[static_cast<std::size_t>(b.indices[at]) * b.width + k];
      }
    }
    double const d = std::is_same_v<Reduction, sparse::sum> ? 1 : std::is_same_v<Reduction, sparse::mean> ? n : total;
    for (std::size_t k = 0; k < b.width; ++k) {
      out[s * b.width + k] = n == 0 || d == 0 ? 0 : out[s * b.width + k] / d;
    }
  }
  return out;
}

} // namespace

TEST_CASE_TEMPLATE("the worked example", T, float, double) {
  std::vector<T> const e{1, 2, 3, 4, 5, 6};
  std::vector<std::int64_t> const idx{0, 2, 1, 1, 0};
  std::vector<T> const w{1, T(0.5), 2, 1, 3};
  std::vector<std::size_t> const offsets{0, 2, 5};
  std::vector<T> out(4);
  sparse::reduce(sparse::sum{}, rw::row_major(e, 2), idx, rw::lists(offsets), rw::row_major(out, 2), {.weights = w});
  CHECK(out == std::vector<T>{T(3.5), 5, 12, 18});
  sparse::reduce(sparse::mean{}, rw::row_major(e, 2), idx, rw::lists(offsets), rw::row_major(out, 2), {.weights = w});
  CHECK(out == std::vector<T>{T(1.75), T(2.5), 4, 6});
  sparse::reduce(sparse::weighted_mean{}, rw::row_major(e, 2), idx, rw::lists(offsets), rw::row_major(out, 2),
                 {.weights = w});
  CHECK(out[0] == doctest::Approx(3.5 / 1.5));
  CHECK(out[3] == doctest::Approx(3));
}

TEST_CASE_TEMPLATE("every width, with and without weights, on every executor; the same bits each time", Reduction,
                   sparse::sum, sparse::mean, sparse::weighted_mean) {
  for (std::size_t width : {1u, 2u, 7u, 16u, 33u, 64u, 131u}) {
    CAPTURE(width);
    batch const b(width, width, width == 7 ? 400 : 9); // longer than a block of coefficients, once
    std::vector<double> const ones(b.indices.size(), 1);
    auto const plain = reference<Reduction>(b, b.table, ones);
    auto const weighed = reference<Reduction>(b, b.table, b.weights);
    support::for_each_executor([&](auto executor) {
      std::vector<double> out(plain.size(), 99);
      sparse::reduce(executor, Reduction{}, rw::row_major(b.table, width), b.indices, rw::lists(b.offsets),
                     rw::row_major(out, width));
      std::vector<double> with(plain.size(), 99);
      sparse::reduce(executor, Reduction{}, rw::row_major(b.table, width), b.indices, rw::lists(b.offsets),
                     rw::row_major(with, width), {.weights = b.weights});
      for (std::size_t i = 0; i < out.size(); ++i) {
        CAPTURE(i);
        CHECK(support::near(out[i], plain[i], 1e-12));
        CHECK(support::near(with[i], weighed[i], 1e-12));
      }
    });
  }
}

TEST_CASE_TEMPLATE("derivatives by rows and by weights are finite differences", Reduction, sparse::sum, sparse::mean,
                   sparse::weighted_mean) {
  batch const b(5, 3, 6);
  std::size_t const n = b.indices.size();
  auto const upstream = support::random(6).uniforms<double>(b.segments() * 3, -1, 1);
  auto const groups = rw::lists(b.offsets);
  auto const value = [&](std::vector<double> const& table, std::vector<double> const& weights) {
    auto const out = reference<Reduction>(b, table, weights);
    double sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      sum += out[i] * upstream[i];
    }
    return sum;
  };
  std::vector<double> out(b.segments() * 3), rows(b.table.size(), 99), weights(n, 99);
  sparse::inverse const ids(b.indices, groups, b.rows);
  sparse::reduce(Reduction{}, rw::row_major(b.table, 3), b.indices, groups, rw::row_major(out, 3),
                 {.weights = b.weights});
  sparse::reduce_backward(Reduction{}, rw::row_major(upstream, 3), ids, groups, rw::row_major(rows, 3),
                          {.weights = b.weights});
  sparse::reduce_backward_weights(Reduction{}, rw::row_major(b.table, 3), b.indices, groups, rw::row_major(out, 3),
                                  rw::row_major(upstream, 3), weights, {.weights = b.weights});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    CHECK(support::near(rows[i], support::difference([&](auto const& t) { return value(t, b.weights); }, b.table, i),
                        1e-9));
  }
  for (std::size_t i = 0; i < n; ++i) {
    CAPTURE(i);
    CHECK(support::near(
        weights[i], support::difference([&](auto const& w) { return value(b.table, w); }, b.weights, i, 1e-4), 1e-7));
  }
  // Rows that were touched alone: unique ids first.
  auto const u = sparse::unique(b.indices);
  std::vector<double> touched(u.ids.size() * 3);
  sparse::reduce_backward(Reduction{}, rw::row_major(upstream, 3), sparse::inverse(u.reverse, groups, u.ids.size()),
                          groups, rw::row_major(touched, 3), {.weights = b.weights});
  for (std::size_t k = 0; k < u.ids.size(); ++k) {
    CHECK(touched[3 * k + 1] == rows[3 * static_cast<std::size_t>(u.ids[k]) + 1]);
  }
}

TEST_CASE("weights that add up to 0: no value, no gradient") {
  std::vector<double> const e{1, 2};
  std::vector<int> const idx{0, 1};
  std::vector<double> const w{1, -1}, upstream{1};
  std::vector<double> out{9}, g{9, 9}, gw{9, 9};
  auto const one = rw::lists<>::single(2);
  sparse::reduce(sparse::weighted_mean{}, rw::row_major(e, 1), idx, one, rw::row_major(out, 1), {.weights = w});
  sparse::reduce_backward(sparse::weighted_mean{}, rw::row_major(upstream, 1), sparse::inverse(idx, one, 2), one,
                          rw::row_major(g, 1), {.weights = w});
  sparse::reduce_backward_weights(sparse::weighted_mean{}, rw::row_major(e, 1), idx, one, rw::row_major(out, 1),
                                  rw::row_major(upstream, 1), gw, {.weights = w});
  CHECK(out[0] == 0);
  CHECK(g == std::vector<double>{0, 0});
  CHECK(gw == std::vector<double>{0, 0});
  rw::status s;
  sparse::reduce_backward_weights(sparse::weighted_mean{}, rw::row_major(e, 1), idx, one,
                                  rw::row_major(gw.data(), 1, 1), rw::row_major(upstream, 1), gw,
                                  {.weights = w, .errors = s});
  CHECK(s.code == rw::errc::aliasing); // gradients over the means that they are made of
}

TEST_CASE_TEMPLATE("a weighted mean does not depend on the unit of its weights", T, float, double) {
  std::vector<T> const e{1, 2, 3, 4, 5, 6}, upstream{1, -2, T(0.5), 1};
  std::vector<int> const idx{0, 2, 1, 1, 0};
  auto const groups = rw::lists_of_sizes({2, 3});
  for (double const unit : {1.0, 1e-50, 1e-39, 1e50, 1e-200, 5.9e307, 1e-300}) {
    CAPTURE(unit);
    std::vector<double> const w{1 * unit, 0.5 * unit, 2 * unit, 1 * unit, 3 * unit};
    std::vector<T> out(4), g(6);
    std::vector<double> gw(5);
    sparse::reduce(sparse::weighted_mean{}, rw::row_major(e, 2), idx, groups, rw::row_major(out, 2), {.weights = w});
    sparse::reduce_backward(sparse::weighted_mean{}, rw::row_major(upstream, 2), sparse::inverse(idx, groups, 3),
                            groups, rw::row_major(g, 2), {.weights = w});
    sparse::reduce_backward_weights(sparse::weighted_mean{}, rw::row_major(e, 2), idx, groups, rw::row_major(out, 2),
                                    rw::row_major(upstream, 2), gw, {.weights = w});
    // By hand: (e_0 + e_2 / 2) / 1.5 and (2 e_1 + e_1 + 3 e_0) / 6.
    std::vector<double> const mean{3.5 / 1.5, 5 / 1.5, 2, 3};
    std::vector<double> const by_row{1 / 1.5 + 0.25, -2 / 1.5 + 0.5, 0.25, 0.5, 0.5 / 1.5, -1 / 1.5};
    std::vector<double> const by_weight{4 / 3.0 / 1.5, -8 / 3.0 / 1.5, 0.25, 0.25, -0.25};
    double const close = 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
    for (std::size_t k = 0; k < mean.size(); ++k) {
      CHECK(out[k] == doctest::Approx(mean[k]).epsilon(close));
    }
    for (std::size_t k = 0; k < by_row.size(); ++k) {
      CHECK(g[k] == doctest::Approx(by_row[k]).epsilon(close));
    }
    for (std::size_t k = 0; k < by_weight.size(); ++k) {
      CHECK(gw[k] * unit == doctest::Approx(by_weight[k]).epsilon(2 * close));
    }
  }
}

TEST_CASE("ids out of range and wrong offsets are reported before anything is written") {
  std::vector<float> const e(6);
  std::vector<float> out(4, 9.0f);
  std::vector<std::size_t> const offsets{0, 1, 2};
  rw::status s;
  auto const run = [&](std::int64_t id) {
    std::vector<std::int64_t> const idx{0, id};
    sparse::reduce(sparse::sum{}, rw::row_major(e, 2), idx, rw::lists(offsets), rw::row_major(out, 2), {.errors = s});
  };
  for (std::int64_t const id : {std::int64_t{3}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                std::numeric_limits<std::int64_t>::max()}) {
    run(id);
    CHECK(s.code == rw::errc::out_of_range);
    CHECK(s.where == 1);
    CHECK(static_cast<std::int64_t>(s.found) == id);
  }
  sparse::reduce(sparse::sum{}, rw::row_major(e, 2), std::vector<int>{0}, rw::lists(offsets), rw::row_major(out, 2),
                 {.errors = s});
  CHECK(s.code == rw::errc::offsets_overrun);
  sparse::reduce(sparse::sum{}, rw::row_major(e, 3), std::vector<int>{0, 0}, rw::lists(offsets), rw::row_major(out, 2),
                 {.errors = s});
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK(out == std::vector<float>(4, 9.0f));
  sparse::inverse const failed(std::vector<int>{0, 9}, rw::lists(offsets), 3, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(!failed.ready());
}

TEST_CASE("NaN stays in its segment; ids mapped on the way") {
  float const missing = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> const e{1, missing, 4};
  std::vector<std::int64_t> const ids{300, 101, 2}; // modulo 3: 0, 2, 2
  std::vector<std::size_t> const offsets{0, 1, 3, 3};
  std::vector<float> out(3, 9.0f);
  sparse::reduce(sparse::mean{}, rw::row_major(e, 1), sparse::mapped(sparse::modulo{3}, ids), rw::lists(offsets),
                 rw::row_major(out, 1));
  CHECK(out == std::vector<float>{1, 4, 0});
  sparse::reduce(sparse::mean{}, rw::row_major(e, 1), std::vector<int>{0, 1, 2}, rw::lists(offsets),
                 rw::row_major(out, 1));
  CHECK(out[0] == 1);
  CHECK(std::isnan(out[1]));
  CHECK(out[2] == 0);
}

TEST_CASE("ids mapped by a policy with a bad parameter are reported, not divided by 0") {
  std::vector<float> const e{1, 2, 4};
  std::vector<std::int64_t> const ids{300, 101, 2};
  std::vector<std::size_t> const offsets{0, 1, 3};
  std::vector<float> out(2, 9.0f);
  rw::status s;
  auto const bad = sparse::mapped(sparse::chain(sparse::hash_id{}, sparse::modulo{0}), ids);
  sparse::reduce(sparse::sum{}, rw::row_major(e, 1), bad, rw::lists(offsets), rw::row_major(out, 1), {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(out == std::vector<float>(2, 9.0f));
  sparse::inverse const failed(bad, rw::lists(offsets), 3, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(!failed.ready());
}

TEST_CASE("an output over its weights is refused, and nothing is written") {
  std::vector<float> const table{1, 2, 3, 4};
  std::vector<float> out{0.5f, 0.5f, 0.5f, 0.5f};
  std::vector<int> const ids{0, 1, 2, 3};
  auto const lists = rw::lists<>::uniform(2, 2);
  auto const before = out;
  rw::status s;
  for (std::size_t at : {0u, 1u, 2u}) {
    sparse::reduce(sparse::sum{}, rw::row_major(table.data(), 4, 1), ids, lists, rw::row_major(out.data() + at, 2, 1),
                   {.weights = out, .errors = s});
    CHECK(s.code == rw::errc::aliasing);
  }
  auto const backwards = rw::strided(out.data() + 3, 4, -1);
  sparse::reduce(sparse::sum{}, rw::row_major(table.data(), 4, 1), ids, lists, rw::row_major(out.data(), 2, 1),
                 {.weights = backwards, .errors = s});
  CHECK(s.code == rw::errc::aliasing);
  std::vector<float> const seeds{1, 1};
  sparse::inverse const inverse(ids, lists, 4);
  sparse::reduce_backward(sparse::sum{}, rw::row_major(seeds.data(), 2, 1), inverse, lists,
                          rw::row_major(out.data(), 4, 1), {.weights = out, .errors = s});
  CHECK(s.code == rw::errc::aliasing);
  std::vector<float> const pooled{1, 1};
  sparse::reduce_backward_weights(sparse::sum{}, rw::row_major(table.data(), 4, 1), ids, lists,
                                  rw::row_major(pooled.data(), 2, 1), rw::row_major(seeds.data(), 2, 1), out,
                                  {.weights = out, .errors = s});
  CHECK(s.code == rw::errc::aliasing);
  CHECK(out == before);
  std::vector<float> two(2);
  sparse::reduce(sparse::sum{}, rw::row_major(table.data(), 4, 1), ids, lists, rw::row_major(two.data(), 2, 1),
                 {.weights = out, .errors = s});
  CHECK(s.ok());
  CHECK(two == std::vector<float>{1.5f, 3.5f});
}
