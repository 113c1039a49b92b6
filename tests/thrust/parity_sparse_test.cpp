#include "parity.hpp"

#include <rankwise/sparse/features.hpp>
#include <rankwise/sparse/inverted.hpp>

#include "../support/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace parity_sparse_test {

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

template <class Executor, class C>
auto rows(C& c, std::size_t width) {
  using T = std::remove_pointer_t<decltype(thrust::raw_pointer_cast(c.data()))>;
  return rw::matrix<T, rw::layout::row_major, Executor::where>{thrust::raw_pointer_cast(c.data()), c.size() / width,
                                                               width, static_cast<std::ptrdiff_t>(width), 1};
}

/// Bits, so that NaN is NaN.
template <class T>
bool same(std::vector<T> const& a, std::vector<T> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Equal but for rounding: of numbers one by one, compilers choose whether a product and a sum round once.
template <class T>
bool near(std::vector<T> const& a, std::vector<T> const& b) {
  constexpr T bound = sizeof(T) == 4 ? T(2e-5) : T(2e-14); // sums of 300 terms up to 2
  bool ok = a.size() == b.size();
  for (std::size_t i = 0; ok && i < a.size(); ++i) {
    ok = std::abs(a[i] - b[i]) <= bound * (1 + std::abs(b[i])) || (std::isnan(a[i]) && std::isnan(b[i]));
  }
  return ok;
}

template <class T>
struct batch {
  static constexpr std::size_t table_rows = 19;
  std::size_t width;
  std::vector<T> table, upstream;
  std::vector<double> weights;
  std::vector<std::int32_t> indices;
  std::vector<std::size_t> offsets{0};

  explicit batch(std::size_t columns) : width(columns) {
    support::random r(columns);
    table = r.uniforms<T>(table_rows * width, -1, 1);
    for (std::size_t size : {0u, 3u, 1u, 0u, 300u, 7u, 2u, 0u}) {
      offsets.push_back(offsets.back() + size);
    }
    for (std::size_t i = 0; i < offsets.back(); ++i) {
      indices.push_back(static_cast<std::int32_t>(r.below(table_rows - 1))); // nobody asks for the last
    }
    weights = r.uniforms<double>(indices.size(), 0, 2);
    weights[offsets[6]] = -weights[offsets[6] + 1]; // a segment whose weights add up to 0
    table[0] = std::numeric_limits<T>::quiet_NaN();
    upstream = r.uniforms<T>((offsets.size() - 1) * width, -1, 1);
  }
};

template <class T>
struct result {
  std::vector<T> out, by_rows, by_weights;
};

template <class T, class Reduction, class Executor>
result<T> reduced(Executor executor, Reduction reduction, batch<T> const& b, bool weighted) {
  auto const table = parity::sent<Executor>(b.table);
  auto const indices = parity::sent<Executor>(b.indices);
  auto const weights = parity::sent<Executor>(b.weights);
  auto const upstream = parity::sent<Executor>(b.upstream);
  parity::storage<Executor, T> out(b.upstream.size(), T(9)), by_rows(b.table.size(), T(9)),
      by_weights(b.indices.size(), T(9));
  rw::lists const segments(b.offsets);
  sparse::segment_options opts;
  if (weighted) {
    opts.weights = weights;
  }
  auto const e = rows<Executor>(table, b.width);
  auto const o = rows<Executor>(out, b.width);
  auto const g = rows<Executor>(upstream, b.width);
  sparse::reduce(executor, reduction, e, indices, segments, o, opts);
  auto const ids = sparse::inverse(b.indices, segments, b.table_rows).on(executor);
  sparse::reduce_backward(executor, reduction, g, ids, segments, rows<Executor>(by_rows, b.width), opts);
  sparse::reduce_backward_weights(executor, reduction, e, indices, segments, o, g, by_weights, opts);
  return {parity::fetched(out), parity::fetched(by_rows), parity::fetched(by_weights)};
}

template <class T, class Reduction, class Executor>
void check_reduction(Executor executor, Reduction reduction) {
  for (std::size_t width : {1u, 5u, 16u}) {
    for (bool weighted : {false, true}) {
      CAPTURE(width);
      CAPTURE(weighted);
      batch<T> const b(width);
      auto const expected = reduced<T>(rw::exec::scalar{}, reduction, b, weighted);
      auto const found = reduced<T>(executor, reduction, b, weighted);
      CHECK((weighted ? near(found.out, expected.out) : same(found.out, expected.out)));
      CHECK(near(found.by_rows, expected.by_rows));
      CHECK(near(found.by_weights, expected.by_weights));
      CHECK(found.out[0] == 0); // nobody in the first segment
      CHECK(found.by_rows.back() == 0);
      auto const again = reduced<T>(executor, reduction, b, weighted);
      CHECK(same(again.out, found.out));
      CHECK(same(again.by_rows, found.by_rows));
      CHECK(same(again.by_weights, found.by_weights));
    }
  }
}

} // namespace

TEST_CASE_TEMPLATE("segments: scalar and Thrust agree forward and backward, each time with the same bits", Reduction,
                   sparse::sum, sparse::mean, sparse::weighted_mean) {
  check_reduction<float>(rw::exec::thrust{}, Reduction{});
}

TEST_CASE("segments in host memory, in double") {
  check_reduction<double>(rw::exec::thrust_on_host(thrust::cpp::par), sparse::weighted_mean{});
}

TEST_CASE("segments: containers choose the device, ids are mapped on the way, bad ones are named") {
  batch<float> const b(4);
  thrust::device_vector<float> const table = b.table;
  thrust::device_vector<std::int32_t> indices = b.indices;
  thrust::device_vector<float> out(b.upstream.size(), 9.0f);
  rw::lists const segments(b.offsets);
  auto const e = rows<rw::exec::thrust<>>(table, 4);
  auto const o = rows<rw::exec::thrust<>>(out, 4);
  sparse::reduce(sparse::mean{}, e, indices, segments, o);
  CHECK(same(parity::fetched(out), reduced<float>(rw::exec::scalar{}, sparse::mean{}, b, false).out));

  std::vector<float> expected(b.upstream.size());
  auto const modulo = sparse::modulo{7};
  sparse::reduce(sparse::sum{}, rw::row_major(b.table, 4), sparse::mapped(modulo, b.indices), segments,
                 rw::row_major(expected, 4));
  sparse::reduce(sparse::sum{}, e, sparse::mapped(modulo, indices), segments, o);
  CHECK(same(parity::fetched(out), expected));

  indices[5] = 19;
  indices[7] = -1;
  rw::status s;
  sparse::reduce(sparse::sum{}, e, indices, segments, o, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(s.where == 5);
  CHECK(s.expected == 19);
  CHECK(s.found == 19);
  CHECK(same(parity::fetched(out), expected)); // nothing was written
  double two[2] = {7, 7};
  sparse::reduce(rw::exec::thrust{}.leaving(two), sparse::sum{}, e, indices, segments, o, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(two[0] == 7);
}

namespace {

template <class Executor, class T>
std::vector<std::int32_t> bucketised(Executor executor, std::vector<T> const& values, std::vector<T> const& edges) {
  auto const there = parity::sent<Executor>(values);
  parity::storage<Executor, std::int32_t> out(values.size(), 9);
  sparse::bucketise(executor, there, edges, out);
  return parity::fetched(out);
}

/// All of them in one pass: hashes, modulo, four hashes, buckets, bags.
template <class Executor>
auto features(Executor executor, batch<float> const& b) {
  std::vector<std::int64_t> const raw(b.indices.begin(), b.indices.end());
  auto const ids = parity::sent<Executor>(raw);
  auto const numbers = parity::sent<Executor>(b.weights);
  auto const table = parity::sent<Executor>(b.table);
  parity::storage<Executor, std::uint64_t> hashed(raw.size()), four(4 * raw.size());
  parity::storage<Executor, std::int32_t> buckets(raw.size());
  parity::storage<Executor, float> bags(b.upstream.size());
  sparse::boundaries<double> const edges(std::vector<double>{0.5, 1, 1.5});
  rw::lists const segments(b.offsets);
  sparse::hash_id const hash{3};
  bool const ran = sparse::run_features(
      executor, {}, sparse::map_ids(sparse::chain(hash, sparse::modulo{1000}, sparse::table{7}), ids, hashed),
      sparse::map_ids(sparse::multi_hash{100}, ids, rows<Executor>(four, 4)),
      sparse::map_buckets(edges, numbers, buckets),
      sparse::pool(sparse::mean{}, rows<Executor>(table, b.width),
                   sparse::mapped(sparse::chain(hash, sparse::modulo{b.table_rows}), ids), segments,
                   rows<Executor>(bags, b.width)));
  CHECK(ran);
  return std::tuple(parity::fetched(hashed), parity::fetched(four), parity::fetched(buckets), parity::fetched(bags));
}

} // namespace

TEST_CASE_TEMPLATE("bucketise: scalar and Thrust give the same buckets", T, float, double) {
  std::vector<T> values = support::random(3).uniforms<T>(1000, -1, 2);
  values[1] = std::numeric_limits<T>::quiet_NaN();
  values[2] = std::numeric_limits<T>::infinity();
  values[3] = -std::numeric_limits<T>::infinity();
  for (std::size_t n : {0u, 1u, 3u, 64u, 200u}) {
    CAPTURE(n);
    std::vector<T> edges;
    for (std::size_t k = 0; k < n; ++k) {
      edges.push_back(static_cast<T>(k) / static_cast<T>(n));
    }
    if (n != 0) {
      values[4] = edges[n / 2];
    }
    auto const found = bucketised(rw::exec::thrust{}, values, edges);
    CHECK(found == bucketised(rw::exec::scalar{}, values, edges));
    CHECK(found == bucketised(rw::exec::simd{}, values, edges));
    CHECK(found[1] == static_cast<std::int32_t>(n)); // NaN
  }
}

TEST_CASE("features of one pass: scalar and Thrust give the same bits") {
  batch<float> b(3);
  b.table[0] = 0; // tuples compare numbers
  CHECK(features(rw::exec::thrust{}, b) == features(rw::exec::scalar{}, b));
}

TEST_CASE("one query of words against many products: scalar and Thrust agree") {
  batch<float> const b(1);
  std::vector<std::int32_t> const words{1, 4, 11, 17};
  std::vector<float> const how_much{0.5f, 2, 1, 0.25f};
  sparse::query_table<float> const query(sparse::as_bag(words, how_much), 18);
  std::vector<float> const weights(b.weights.begin(), b.weights.end());
  rw::lists const products(b.offsets);
  std::vector<float> expected(products.size(), 9);
  query.scores(rw::exec::scalar{}, b.indices, weights, products, expected);
  thrust::device_vector<std::int32_t> const their_words = b.indices;
  thrust::device_vector<float> const their_weights = weights;
  thrust::device_vector<float> out(products.size(), 9.0f);
  rw::exec::thrust const device;
  query.scores(device, their_words, their_weights, products, out);
  CHECK(near(parity::fetched(out), expected));
  CHECK(expected[4] > 1);
  CHECK(out[0] == 0);
  rw::status s;
  query.scores(device, their_words, thrust::device_vector<float>(3), products, out, s);
  CHECK(s.code == rw::errc::offsets_overrun);
}

TEST_CASE("bags on a device: the page's example") {
  std::vector<float> const e{1, 2, 3, 4, 5, 6};
  std::vector<int> const index{0, 2, 1};
  std::vector<std::size_t> const offsets{0, 2, 3};
  thrust::device_vector<float> const table_numbers = e;
  thrust::device_vector<int> const index_there = index;
  thrust::device_vector<float> sums(4), slopes(6);
  auto const table = rows<rw::exec::thrust<>>(table_numbers, 2);
  auto const out = rows<rw::exec::thrust<>>(sums, 2);
  auto const gradient = rows<rw::exec::thrust<>>(slopes, 2);
  rw::lists const bags(offsets);
  //{ device
  sparse::reduce(sparse::mean{}, table, index_there, bags, out); // device memory: exec::thrust
  sparse::inverse const ids(index_there, bags, 3);               // once per batch
  sparse::reduce_backward(sparse::mean{}, out, ids, bags, gradient);
  //} device
  CHECK(parity::fetched(sums) == std::vector<float>{3, 4, 3, 4});
  CHECK(parity::fetched(slopes) == std::vector<float>{1.5f, 2, 3, 4, 1.5f, 2});
}

} // namespace parity_sparse_test
