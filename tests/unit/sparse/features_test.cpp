#include <rankwise/backend/parallel.hpp>
#include <rankwise/sparse/features.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

// A batch with one feature of every kind; large enough that threads share it.
struct inputs {
  std::vector<std::int64_t> ids;
  std::vector<float> numbers, table;
  std::vector<std::int32_t> bag;
  std::vector<std::size_t> offsets;
  std::string text;
  std::vector<std::size_t> pieces;
  sparse::boundaries<float> edges{std::vector<float>{-0.5f, 0, 0.5f}};

  inputs() {
    support::random r(77);
    for (int i = 0; i < 60000; ++i) {
      ids.push_back(static_cast<std::int64_t>(r.bits()));
    }
    numbers = r.uniforms<float>(50001, -1, 1);
    table = r.uniforms<float>(100 * 16, -1, 1);
    offsets = r.offsets<std::size_t>(20000, 0, 5);
    for (std::size_t i = 0; i < offsets.back(); ++i) {
      bag.push_back(static_cast<std::int32_t>(r.below(100)));
    }
    pieces = r.offsets<std::size_t>(3000, 0, 40);
    for (std::size_t i = 0; i < pieces.back(); ++i) {
      text.push_back(static_cast<char>(r.below(256)));
    }
  }
};

struct outputs {
  std::vector<std::int64_t> hashed = std::vector<std::int64_t>(60000, -1);
  std::vector<std::int32_t> several = std::vector<std::int32_t>(4 * 60000, -1);
  std::vector<std::uint8_t> buckets = std::vector<std::uint8_t>(50001, 99);
  std::vector<float> pooled = std::vector<float>(20000 * 16, 99.0f);
  std::vector<std::uint64_t> words = std::vector<std::uint64_t>(3000, 99);

  friend bool operator==(outputs const&, outputs const&) = default;
};

template <class Executor>
outputs fused(Executor executor, inputs const& in) {
  outputs out;
  CHECK(sparse::run_features(
      executor, {},
      sparse::map_ids(sparse::chain(sparse::hash_id{}, sparse::modulo{1000}, sparse::table{5}), in.ids, out.hashed),
      sparse::map_ids(sparse::multi_hash(500), in.ids, rw::row_major(out.several, 4)),
      sparse::map_buckets(in.edges, in.numbers, out.buckets),
      sparse::pool(sparse::mean{}, rw::row_major(in.table, 16), in.bag, rw::lists(in.offsets),
                   rw::row_major(out.pooled, 16)),
      sparse::map_ids(sparse::hash_text{}, sparse::strings(in.text, rw::lists(in.pieces)), out.words)));
  return out;
}

} // namespace

TEST_CASE("one fused pass gives what the features give one by one, on any number of threads") {
  inputs const in;
  outputs expected;
  for (std::size_t i = 0; i < in.ids.size(); ++i) {
    auto const id = static_cast<std::uint64_t>(in.ids[i]);
    expected.hashed[i] = static_cast<std::int64_t>(sparse::table{5}(sparse::hash_id{}(id) % 1000));
    for (std::size_t j = 0; j < 4; ++j) {
      expected.several[4 * i + j] = static_cast<std::int32_t>(sparse::multi_hash(500)(id, j));
    }
  }
  sparse::bucketise(in.numbers, in.edges, expected.buckets);
  sparse::reduce(sparse::mean{}, rw::row_major(in.table, 16), in.bag, rw::lists(in.offsets),
                 rw::row_major(expected.pooled, 16));
  for (std::size_t i = 0; i < 3000; ++i) {
    expected.words[i] = sparse::hash_bytes(in.text.data() + in.pieces[i], in.pieces[i + 1] - in.pieces[i]);
  }
  CHECK(fused(rw::exec::simd{}, in) == expected);
  for (int threads : {1, 2, 8}) {
    CAPTURE(threads);
    CHECK(fused(rw::exec::parallel{.threads = threads}, in) == expected);
  }
}

TEST_CASE("a feature that does not fit keeps all of them from being written") {
  std::vector<std::int64_t> const ids{1, 2, 3};
  std::vector<std::int64_t> first(3, 9), second(2, 9);
  rw::status s;
  CHECK(!sparse::run_features(rw::exec::simd{}, s, sparse::map_ids(sparse::modulo{2}, ids, first),
                              sparse::map_ids(sparse::modulo{2}, ids, second)));
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(!sparse::run_features(rw::exec::simd{}, s, sparse::map_ids(sparse::modulo{2}, ids, first),
                              sparse::map_ids(sparse::modulo{0}, ids, first)));
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(first == std::vector<std::int64_t>(3, 9));
  CHECK(second == std::vector<std::int64_t>(2, 9));
  std::vector<float> const prices{1, 2, 3};
  std::vector<float> const many(200, 1.5f);
  sparse::boundaries<float> const edges(many);
  std::vector<std::int8_t> narrow(3, 9); // holds no bucket 200
  CHECK(!sparse::run_features(rw::exec::simd{}, s, sparse::map_ids(sparse::modulo{2}, ids, first),
                              sparse::map_buckets(edges, prices, narrow)));
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(first == std::vector<std::int64_t>(3, 9));
  CHECK(narrow == std::vector<std::int8_t>(3, 9));
  CHECK(sparse::run_features(rw::exec::simd{}, s, sparse::map_ids(sparse::modulo{2}, first, first))); // in place
  CHECK(first == std::vector<std::int64_t>(3, 1));
}

TEST_CASE("ids that the output overlaps other than in place are reported, and nothing is written") {
  std::vector<std::int64_t> numbers(5000);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<std::int64_t>(i);
  }
  auto const before = numbers;
  std::span<std::int64_t> const ids(numbers.data(), 1000), next(numbers.data() + 1, 1000), four(numbers.data(), 4000);
  rw::status s;
  CHECK(!sparse::run_features(rw::exec::simd{}, s, sparse::map_ids(sparse::modulo{100}, ids, next)));
  CHECK(s.code == rw::errc::aliasing);
  CHECK(
      !sparse::run_features(rw::exec::simd{}, s, sparse::map_ids(sparse::multi_hash(9), ids, rw::row_major(four, 4))));
  CHECK(s.code == rw::errc::aliasing);
  CHECK(numbers == before);
}
