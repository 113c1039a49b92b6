#include "device.hpp"

#include <rankwise/exec/scalar.hpp>
#include <rankwise/sparse/features.hpp>
#include <rankwise/sparse/inverted.hpp>
#include <rankwise/sparse/ragged.hpp>

#include <cstdint>
#include <limits>
#include <tuple>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

template <class Executor, class C>
auto rows(C& c, std::size_t width) {
  auto* const first = thrust::raw_pointer_cast(c.data());
  return rw::matrix<std::remove_pointer_t<decltype(first)>, rw::layout::row_major, Executor::where>{
      first, c.size() / width, width, static_cast<std::ptrdiff_t>(width), 1};
}

/// Ids of a table of 50 rows in segments of 0 to 200; one row is NaN.
struct batch {
  static constexpr std::size_t table_rows = 50;
  static constexpr std::size_t width = 20;
  std::vector<float> table, upstream, weights;
  std::vector<std::int64_t> ids;
  std::vector<std::size_t> offsets{0};

  batch() {
    support::random r(12);
    table = r.uniforms<float>(table_rows * width, -1, 1);
    for (std::size_t s = 0; s < 300; ++s) {
      offsets.push_back(offsets.back() + (s % 50 == 7 ? 200 : s % 5));
    }
    for (std::size_t i = 0; i < offsets.back(); ++i) {
      ids.push_back(static_cast<std::int64_t>(r.below(table_rows)));
    }
    weights = r.uniforms<float>(ids.size(), 0, 2);
    upstream = r.uniforms<float>(300 * width, -1, 1);
    std::fill_n(table.begin(), width, std::numeric_limits<float>::quiet_NaN());
  }
};

/// `copied`: the inverse is made on the host.
template <class Executor, class Reduction>
auto reduced(Executor executor, Reduction reduction, batch const& b, bool copied = false) {
  auto const table = device::sent<Executor, float>(b.table);
  auto const ids = device::sent<Executor, std::int64_t>(b.ids);
  auto const weights = device::sent<Executor, float>(b.weights);
  auto const upstream = device::sent<Executor, float>(b.upstream);
  device::storage<Executor, float> out(b.upstream.size(), 9.0f), by_rows(b.table.size(), 9.0f),
      by_weights(b.ids.size(), 9.0f);
  rw::lists const segments(b.offsets);
  sparse::segment_options opts;
  opts.weights = weights;
  auto const e = rows<Executor>(table, b.width);
  auto const o = rows<Executor>(out, b.width);
  auto const g = rows<Executor>(upstream, b.width);
  sparse::reduce(executor, reduction, e, ids, segments, o, opts);
  auto const inverse = copied ? sparse::inverse(b.ids, segments, b.table_rows).on(executor)
                              : sparse::inverse(executor, ids, segments, b.table_rows);
  sparse::reduce_backward(executor, reduction, g, inverse, segments, rows<Executor>(by_rows, b.width), opts);
  sparse::reduce_backward_weights(executor, reduction, e, ids, segments, o, g, by_weights, opts);
  return std::tuple(device::fetched(out), device::fetched(by_rows), device::fetched(by_weights));
}

template <class Reduction>
void check_reduction(std::string const& name, void* stream, Reduction reduction) {
  batch const b;
  auto const [out, by_rows, by_weights] = reduced(device::on(stream), reduction, b);
  auto const [out_here, by_rows_here, by_weights_here] = reduced(rw::exec::scalar{}, reduction, b);
  device::check(device::agrees(out, out_here, 1e-6), name + ": values");
  device::check(device::agrees(by_rows, by_rows_here, 1e-6), name + ": derivatives by rows");
  device::check(device::agrees(by_weights, by_weights_here, 1e-6), name + ": derivatives by weights");
  auto const again = reduced(device::on(stream), reduction, b, true);
  device::check(device::agrees(std::get<0>(again), out, 0), name + ": again, the same bits");
  device::check(device::agrees(std::get<1>(again), by_rows, 0), name + ": by an inverse from the host, the same bits");
}

template <class Executor>
auto features(Executor executor, batch const& b) {
  auto const ids = device::sent<Executor, std::int64_t>(b.ids);
  auto const numbers = device::sent<Executor, float>(b.weights);
  device::storage<Executor, std::uint64_t> hashed(b.ids.size()), four(4 * b.ids.size());
  device::storage<Executor, std::int32_t> buckets(b.ids.size());
  sparse::boundaries<float> const edges(std::vector<float>{0.5f, 1, 1.5f});
  sparse::run_features(executor, {},
                       sparse::map_ids(sparse::chain(sparse::hash_id{3}, sparse::modulo{1000}), ids, hashed),
                       sparse::map_ids(sparse::multi_hash{100}, ids, rows<Executor>(four, 4)),
                       sparse::map_buckets(edges, numbers, buckets));
  return std::tuple(device::fetched(hashed), device::fetched(four), device::fetched(buckets));
}

template <class Executor>
std::vector<float> query_scores(Executor executor, batch const& b) {
  std::vector<std::int64_t> const words{1, 4, 20, 33};
  std::vector<float> const how_much{0.5f, 2, 1, 0.25f};
  sparse::query_table<float> const query(sparse::as_bag(words, how_much), b.table_rows);
  auto const ids = device::sent<Executor, std::int64_t>(b.ids);
  auto const weights = device::sent<Executor, float>(b.weights);
  device::storage<Executor, float> out(b.offsets.size() - 1, 9.0f);
  query.scores(executor, ids, weights, rw::lists(b.offsets), out);
  return device::fetched(out);
}

/// Crosses, cut-offs and unique ids; `wait` for what the executor does.
template <class Executor, class Wait>
auto ragged(Executor executor, batch const& b, Wait wait) {
  std::vector<std::int64_t> raw = b.ids;
  for (std::size_t i = 0; i < raw.size(); i += 7) {
    raw[i] = -raw[i];
  }
  raw[3] = std::numeric_limits<std::int64_t>::min();
  raw[4] = std::numeric_limits<std::int64_t>::max();
  auto const ids = device::sent<Executor, std::int64_t>(raw);
  auto const weights = device::sent<Executor, float>(b.weights);
  rw::lists const rows(b.offsets);
  auto const three = rw::lists<>::uniform(rows.size(), 3);
  auto const others = device::sent<Executor, std::int64_t>(std::vector<std::int64_t>(raw.begin(), raw.begin() + 900));
  sparse::cross_options opts;
  opts.first_weights = weights;
  opts.seed = 5;
  auto const pairs = sparse::cross(executor, ids, rows, others, three, opts);
  auto const kept = sparse::cut_off(executor, pairs.rows(), 7, sparse::side::right);
  device::storage<Executor, float> taken(kept.items.size(), 9.0f);
  kept.take(executor, pairs.weights, taken);
  auto const different = sparse::unique(executor, ids);
  wait();
  return std::tuple(device::fetched(pairs.ids), device::fetched(pairs.weights), device::fetched(kept.items),
                    device::fetched(taken), device::fetched(different.ids), device::fetched(different.reverse));
}

device::add_family const sparse_features("sparse", [](void* stream) {
  check_reduction("sum of rows", stream, sparse::sum{});
  check_reduction("weighted mean of rows", stream, sparse::weighted_mean{});
  batch const b;
  device::check(features(device::on(stream), b) == features(rw::exec::scalar{}, b), "hashes and buckets");
  device::check(device::agrees(query_scores(device::on(stream), b), query_scores(rw::exec::scalar{}, b), 1e-6),
                "a query of words");

  auto const ragged_here = ragged(rw::exec::scalar{}, b, [] {});
  auto const wait = [&] { cudaStreamSynchronize(static_cast<cudaStream_t>(stream)); };
  device::check(ragged(device::restless(stream), b, wait) == ragged_here, "crosses, cut-offs and unique ids");
  device::check(ragged(device::restless(stream), b, wait) == ragged_here, "and again");

  auto const executor = device::on(stream);
  thrust::device_vector<std::int64_t> const bad = std::vector<std::int64_t>{0, 50, -1};
  thrust::device_vector<float> const table = b.table;
  thrust::device_vector<float> out(b.width, 9.0f);
  rw::status status;
  sparse::reduce(executor, sparse::sum{}, rows<device::executor_type>(table, b.width), bad, rw::lists<>::single(3),
                 rows<device::executor_type>(out, b.width), {.errors = status});
  device::check(status.code == rw::errc::out_of_range && status.where == 1 && status.found == 50 && out[0] == 9.0f,
                "an index that names no row");
  status = {};
  device::check(!sparse::inverse(executor, bad, rw::lists<>::single(3), batch::table_rows, status).ready() &&
                    status.code == rw::errc::out_of_range && status.where == 1,
                "an inverse of such");
});

} // namespace
