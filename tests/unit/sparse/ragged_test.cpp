#include <rankwise/backend/parallel.hpp>
#include <rankwise/sparse/ragged.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

template <class T>
std::vector<T> copy(rw::storage<T> const& s) {
  return {s.begin(), s.end()};
}

} // namespace

TEST_CASE("cross: all pairs of a row, hashes of both ids, products of weights") {
  std::vector<std::int64_t> const a{1, 2, 3, -1};
  std::vector<int> const b{10, 20, 30};
  std::vector<int> const a_rows{0, 2, 3, 4};
  std::vector<std::size_t> const b_rows{0, 2, 2, 3};
  std::vector<float> const wa{2, 3, 4, 5}, wb{0.5f, 1, 7};
  auto const c = sparse::cross(a, rw::lists(a_rows), b, rw::lists(b_rows), {.first_weights = wa, .second_weights = wb});
  CHECK(copy(c.offsets) == std::vector<std::size_t>{0, 4, 4, 5});
  CHECK(copy(c.ids) == std::vector<std::uint64_t>{sparse::hash_pair(1, 10), sparse::hash_pair(1, 20),
                                                  sparse::hash_pair(2, 10), sparse::hash_pair(2, 20),
                                                  sparse::hash_pair(~std::uint64_t{0}, 30)});
  CHECK(copy(c.weights) == std::vector<double>{1, 2, 1.5, 3, 35});
  CHECK(c.rows().size() == 3);
  CHECK(sparse::cross(a, rw::lists(a_rows), b, rw::lists(b_rows)).weights.empty());
  CHECK(copy(sparse::cross(a, rw::lists(a_rows), b, rw::lists(b_rows), {.second_weights = wb}).weights) ==
        std::vector<double>{0.5, 1, 0.5, 1, 7});
}

TEST_CASE("cross: rows that do not pair up are reported") {
  std::vector<int> const a{1, 2}, rows{0, 1, 2};
  rw::status s;
  CHECK(sparse::cross(a, rw::lists(rows), a, rw::lists<>::single(2), {.errors = s}).ids.empty());
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(sparse::cross(a, rw::lists<>::single(3), a, rw::lists<>::single(2), {.errors = s}).ids.empty());
  CHECK(s.code == rw::errc::offsets_overrun);
}

TEST_CASE("cross: more pairs than a size can say are reported before anything is made") {
  int const id = 1;
  constexpr std::size_t many = std::size_t{1} << 40; // the same id again and again
  rw::status s;
  auto const c = sparse::cross(rw::strided(&id, many, 0), rw::lists<>::single(many), rw::strided(&id, many, 0),
                               rw::lists<>::single(many), {.errors = s});
  CHECK(s.code == rw::errc::list_too_long);
  CHECK(s.where == 0);
  CHECK(c.ids.empty());
  CHECK(c.rows().empty());
  // Each row by itself fits, not all of them together.
  constexpr std::size_t half = std::size_t{1} << 32;
  std::vector<std::size_t> const ends{0, half, 2 * half}, others{0, half - 1, 2 * half - 2};
  sparse::cross(rw::strided(&id, 2 * half, 0), rw::lists(ends), rw::strided(&id, 2 * half - 2, 0), rw::lists(others),
                {.errors = s});
  CHECK(s.code == rw::errc::list_too_long);
  CHECK(s.where == 1);
  s = {};
  sparse::cross(std::vector<int>{}, rw::lists<>::single(0), rw::strided(&id, many, 0), rw::lists<>::single(many),
                {.errors = s});
  CHECK(s.ok());
}

TEST_CASE("an executor may come first") {
  support::random r(8);
  auto const offsets = r.offsets<int>(2000, 0, 5);
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < offsets.back(); ++i) {
    ids.push_back(r.bits() >> 58);
  }
  auto const weights = r.uniforms<double>(ids.size(), -1, 1);
  rw::lists const rows(offsets);
  auto const expected = sparse::cross(ids, rows, ids, rows, {.second_weights = weights});
  auto const stays = sparse::cut_off(rows, 2, sparse::side::right);
  auto const different = sparse::unique(ids);
  auto const check = [&](auto executor) {
    auto const c = sparse::cross(executor, ids, rows, ids, rows, {.second_weights = weights});
    CHECK(c.ids == expected.ids);
    CHECK(c.weights == expected.weights);
    CHECK(c.offsets == expected.offsets);
    auto const kept = sparse::cut_off(executor, rows, 2, sparse::side::right);
    CHECK(kept.items == stays.items);
    std::vector<double> taken(kept.items.size()), plain(kept.items.size());
    kept.take(executor, weights, taken);
    stays.take(weights, plain);
    CHECK(taken == plain);
    CHECK(sparse::unique(executor, ids).reverse == different.reverse);
  };
  support::for_each_executor(check);
  check(rw::exec::parallel{.threads = 3});
}

TEST_CASE("cut-off from the left and from the right") {
  std::vector<int> const offsets{0, 3, 3, 4, 8};
  std::vector<int> const ids{1, 2, 3, 4, 5, 6, 7, 8};
  auto const left = sparse::cut_off(rw::lists(offsets), 2);
  auto const right = sparse::cut_off(rw::lists(offsets), 2, sparse::side::right);
  CHECK(copy(left.offsets) == std::vector<std::size_t>{0, 2, 2, 3, 5});
  CHECK(copy(left.offsets) == copy(right.offsets));
  std::vector<int> out(5);
  left.take(ids, out);
  CHECK(out == std::vector<int>{1, 2, 4, 5, 6});
  right.take(ids, out);
  CHECK(out == std::vector<int>{2, 3, 4, 7, 8});
  CHECK(sparse::cut_off(rw::lists(offsets), 0).items.empty());
  CHECK(sparse::cut_off(rw::lists(offsets), 100).items.size() == 8);
  rw::status s;
  right.take(std::vector<int>{1, 2}, out, s);
  CHECK(s.code == rw::errc::out_of_range);
}

TEST_CASE("unique: order of appearance, reverse index, every integer") {
  std::vector<std::int64_t> const ids{7, std::numeric_limits<std::int64_t>::min(), 7, -1,
                                      0, std::numeric_limits<std::int64_t>::min()};
  auto const u = sparse::unique(ids);
  CHECK(copy(u.ids) == std::vector<std::int64_t>{7, std::numeric_limits<std::int64_t>::min(), -1, 0});
  CHECK(copy(u.reverse) == std::vector<std::size_t>{0, 1, 0, 2, 3, 1});
  CHECK(sparse::unique(std::vector<int>{}).ids.empty());
  support::random r(2);
  std::vector<std::uint32_t> many;
  for (int i = 0; i < 5000; ++i) {
    many.push_back(static_cast<std::uint32_t>(r.below(700) * 65536)); // the same low bits: they must not all collide
  }
  auto const v = sparse::unique(many);
  std::vector<std::uint32_t> sorted(v.ids.begin(), v.ids.end());
  std::sort(sorted.begin(), sorted.end());
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  for (std::size_t i = 0; i < many.size(); ++i) {
    CHECK(v.ids[v.reverse[i]] == many[i]);
  }
}
