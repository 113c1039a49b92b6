// Crosses, cut-offs, unique ids and inverses in device memory: the same bits as on the host.
#include "counting_allocator.hpp"
#include "parity.hpp"

#include <rankwise/sparse/id.hpp>
#include <rankwise/sparse/ragged.hpp>
#include <rankwise/sparse/segment.hpp>

#include "../support/random.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

namespace parity_ragged_test {

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

template <class T>
std::vector<T> copy(rw::storage<T> const& s) {
  return {s.begin(), s.end()};
}
template <class C>
auto copy(C const& c) {
  return parity::fetched(c);
}

/// Two features of 60 rows, empty ones among them, first and last too; ids of both signs.
struct features {
  std::vector<std::int64_t> first;
  std::vector<std::uint32_t> second;
  std::vector<float> weights;
  std::vector<int> first_rows;
  std::vector<std::size_t> second_rows;

  features() {
    support::random r(31);
    first_rows = r.offsets<int>(60, 0, 6);
    second_rows = r.offsets<std::size_t>(60, 0, 9);
    for (int i = 0; i < first_rows.back(); ++i) {
      first.push_back(static_cast<std::int64_t>(r.bits()));
    }
    for (std::size_t i = 0; i < second_rows.back(); ++i) {
      second.push_back(static_cast<std::uint32_t>(r.bits()));
    }
    first[0] = -1;
    first[1] = std::numeric_limits<std::int64_t>::min();
    weights = r.uniforms<float>(first.size(), -1, 2);
    weights[1] = std::numeric_limits<float>::infinity();
  }
};

template <class Executor>
auto crossed(Executor executor, features const& f, bool weighted) {
  auto const a = parity::sent<Executor>(f.first);
  auto const b = parity::sent<Executor>(f.second);
  auto const w = parity::sent<Executor>(f.weights);
  sparse::cross_options opts;
  opts.seed = 9;
  if (weighted) {
    opts.first_weights = w;
  }
  auto const c = sparse::cross(executor, a, rw::lists(f.first_rows), b, rw::lists(f.second_rows), opts);
  return std::tuple(copy(c.ids), copy(c.weights), copy(c.offsets));
}

template <class Executor>
auto cut(Executor executor, features const& f, std::size_t count, sparse::side side) {
  auto const from = parity::sent<Executor>(f.first);
  auto const kept = sparse::cut_off(executor, rw::lists(f.first_rows), count, side);
  parity::storage<Executor, float> taken(kept.items.size(), 9.0f);
  kept.take(executor, from, taken);
  return std::tuple(copy(kept.items), copy(kept.offsets), copy(taken));
}

template <class Id, class Executor>
auto different(Executor executor, std::vector<Id> const& ids) {
  auto const u = sparse::unique(executor, parity::sent<Executor>(ids));
  return std::pair(copy(u.ids), copy(u.reverse));
}

/// What the kernels read: on these systems the host may look.
template <class Inverse>
auto content(Inverse const& made) {
  auto const v = made.view();
  using numbers = std::vector<std::size_t>;
  return std::tuple(numbers(v.offsets, v.offsets + made.rows() + 1), numbers(v.positions, v.positions + made.items()),
                    numbers(v.segments, v.segments + made.items()));
}

template <class Executor>
void check(Executor executor) {
  features const f;
  rw::exec::scalar const host;
  for (bool weighted : {false, true}) {
    CHECK(crossed(executor, f, weighted) == crossed(host, f, weighted));
    CHECK(crossed(executor, f, weighted) == crossed(rw::exec::simd{}, f, weighted));
  }
  for (sparse::side const side : {sparse::side::left, sparse::side::right}) {
    for (std::size_t count : {0u, 1u, 4u, 100u}) {
      CAPTURE(count);
      CHECK(cut(executor, f, count, side) == cut(host, f, count, side));
    }
  }

  support::random r(5);
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 3000; ++i) {
    ids.push_back(static_cast<std::int64_t>(r.below(i % 3 == 0 ? 5 : 900) * 0x0123'4567'89ab'cdef)); // wraps
  }
  ids[7] = std::numeric_limits<std::int64_t>::min();
  ids[8] = std::numeric_limits<std::int64_t>::max();
  ids[9] = ids[7];
  ids[10] = -1;
  CHECK(different(executor, ids) == different(host, ids));
  CHECK(different(executor, ids) == different(executor, ids));
  std::vector<std::uint32_t> const top{0xffffffffu, 0u, 0x80000000u, 0xffffffffu, 0u};
  CHECK(different(executor, top) == different(host, top));
  CHECK(different(executor, std::vector<std::uint32_t>{}).first.empty());
  CHECK(different(executor, std::vector<std::uint32_t>{7}) == different(host, std::vector<std::uint32_t>{7}));
  CHECK(different(executor, std::vector<std::uint32_t>(40, 7)).first.size() == 1);

  // Indices through a policy on the way, rows that nobody names, and more rows than ids.
  std::vector<int> const segments = r.offsets<int>(50, 0, 12);
  std::vector<std::int32_t> index;
  for (int i = 0; i < segments.back(); ++i) {
    index.push_back(static_cast<std::int32_t>(r.below(17)));
  }
  auto const there = parity::sent<Executor>(index);
  for (std::size_t rows : {17u, 4000u}) {
    CHECK(content(sparse::inverse(executor, there, rw::lists(segments), rows)) ==
          content(sparse::inverse(index, rw::lists(segments), rows)));
  }
  sparse::modulo const modulo{5};
  CHECK(content(sparse::inverse(executor, sparse::mapped(modulo, there), rw::lists(segments), 6)) ==
        content(sparse::inverse(sparse::mapped(modulo, index), rw::lists(segments), 6)));
  auto const none =
      sparse::inverse(executor, parity::sent<Executor>(std::vector<int>{}), rw::lists<>::uniform(3, 0), 2);
  CHECK(none.ready());
  CHECK(none.items() == 0);
}

} // namespace

TEST_CASE("ragged features: Thrust and the host give the same bits") {
  check(rw::exec::thrust{});
}

TEST_CASE("ragged features in host memory through Thrust") {
  check(rw::exec::thrust_on_host(thrust::cpp::par));
}

TEST_CASE("ragged features: containers choose the device, all that is wrong is reported") {
  std::vector<std::int64_t> const ids{4, 4, -2};
  thrust::device_vector<std::int64_t> const a = ids;
  rw::lists const rows = rw::lists<>::uniform(1, 3);
  //{ ragged
  auto const pairs = sparse::cross(a, rows, a, rows); // device memory: exec::thrust
  auto const different = sparse::unique(a);
  auto const last = sparse::cut_off(rw::exec::thrust{}, rows, 2, sparse::side::right); // no column says where
  thrust::device_vector<std::int64_t> kept(last.items.size());
  last.take(a, kept);
  //} ragged
  CHECK(copy(pairs.ids) == copy(sparse::cross(ids, rows, ids, rows).ids));
  CHECK(pairs.weights.empty());
  CHECK(pairs.rows().items() == 9);
  CHECK(copy(different.ids) == std::vector<std::int64_t>{4, -2});
  CHECK(copy(different.reverse) == std::vector<std::size_t>{0, 0, 1});
  CHECK(copy(kept) == std::vector<std::int64_t>{4, -2});
  CHECK(content(sparse::inverse(different.reverse, rows, 2)) ==
        content(sparse::inverse(std::vector<int>{0, 0, 1}, rows, 2)));

  rw::status s;
  std::vector<float> const on_host(3, 1.0f);
  CHECK(sparse::cross(a, rows, a, rows, {.first_weights = on_host, .errors = s}).ids.empty());
  CHECK(s.code == rw::errc::wrong_memory);
  CHECK(sparse::cross(a, rows, a, rw::lists<>::uniform(3, 1), {.errors = s}).ids.empty());
  CHECK(s.code == rw::errc::size_mismatch);
  thrust::device_vector<std::int64_t> to(2, 9);
  last.take(thrust::device_vector<std::int64_t>(2), to, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(s.where == 1);
  CHECK(s.found == 2);
  CHECK(to[0] == 9);
  s = {};
  thrust::device_vector<std::int64_t> too_long(3);
  last.take(a, too_long, s);
  CHECK(s.code == rw::errc::size_mismatch);
  auto const failed = sparse::inverse(a, rows, 4, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(s.where == 0);
  CHECK(!failed.ready());
  double two[2] = {7, 7};
  CHECK(sparse::unique(rw::exec::thrust{}.leaving(two), a).ids.size() == 2);
  CHECK(two[0] == 7);
}

TEST_CASE("the allocator in a policy serves the sorting") {
  std::vector<std::uint32_t> const ids{4, 9, 4, 4, 2, 9};
  using parity::counting_allocator;
  counting_allocator::reset();
  counting_allocator allocator;
  rw::exec::thrust const executor{thrust::device(allocator)};
  CHECK(different(executor, ids) == different(rw::exec::scalar{}, ids));
  CHECK(counting_allocator::given_out >= ids.size() * 4 * sizeof(std::size_t));
  CHECK(counting_allocator::given_out == counting_allocator::given_back);
}

} // namespace parity_ragged_test
