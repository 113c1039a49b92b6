#include <rankwise/sparse/id.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

TEST_CASE("modulo takes ids as unsigned; tables keep 52 bits") {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  CHECK(sparse::modulo{10}(static_cast<std::uint64_t>(least)) == 8); // 9223372036854775808
  CHECK(sparse::modulo{10}(static_cast<std::uint64_t>(std::int64_t{-1})) == 5);
  CHECK(sparse::table{3}(5) == (std::uint64_t{3} << 52) + 5);
  CHECK(sparse::table{4095}(~std::uint64_t{0}) == ~std::uint64_t{0});
  CHECK(sparse::table::id_of(sparse::table{7}(static_cast<std::uint64_t>(least) + 9)) == 9);
  CHECK(sparse::table::table_of(sparse::table{7}(1)) == 7);
  CHECK(sparse::modulo{0}.check().code == rw::errc::out_of_range);
  CHECK(sparse::table{4096}.check().code == rw::errc::out_of_range);
}

TEST_CASE("primes") {
  // trial division in Python
  CHECK(sparse::largest_prime_up_to(29000) == 28979);
  CHECK(sparse::largest_prime_up_to(47000) == 46997);
  CHECK(sparse::largest_prime_up_to(29) == 29);
  CHECK(sparse::largest_prime_up_to(4) == 3);
  CHECK(sparse::largest_prime_up_to(2) == 2);
  CHECK(sparse::largest_prime_up_to(1) == 0);
  CHECK(sparse::largest_prime_up_to(83u * 4294967296u) == 356482285547u);
}

TEST_CASE("multi-hash: the formula, for ids at both ends") {
  support::random r(8);
  constexpr std::uint64_t buckets[4]{1000, 1, 37, 1u << 20};
  sparse::multi_hash const hash(buckets[0], buckets[1], buckets[2], buckets[3]);
  CHECK(hash.check().ok());
  std::vector<std::int64_t> ids{0, 1, -1, std::numeric_limits<std::int64_t>::min(),
                                std::numeric_limits<std::int64_t>::max()};
  for (int k = 0; k < 100; ++k) {
    ids.push_back(static_cast<std::int64_t>(r.bits()));
  }
  for (std::int64_t const id : ids) {
    CAPTURE(id);
    for (std::size_t j = 0; j < 4; ++j) {
      auto const p = static_cast<std::int64_t>(hash.prime(j));
      auto const product = static_cast<std::int64_t>(static_cast<std::uint64_t>(id) * (2 * j + 1));
      auto const expected = ((product % p + p) % p) % static_cast<std::int64_t>(buckets[j]);
      CHECK(hash(static_cast<std::uint64_t>(id), j) == static_cast<std::uint64_t>(expected));
    }
  }
  CHECK(sparse::multi_hash(0).check().code == rw::errc::out_of_range);
  CHECK(sparse::multi_hash(5, 5, 5, (std::uint64_t{1} << 32) + 1).check().where == 3);
}

TEST_CASE("chains run in order and report the first bad link") {
  auto const chain = sparse::chain(sparse::hash_id{}, sparse::modulo{100}, sparse::table{2});
  CHECK(chain(std::uint64_t{7}) == sparse::table{2}(sparse::modulo{100}(sparse::hash_id{}(7))));
  CHECK(chain.check().ok());
  CHECK(sparse::chain(sparse::hash_id{}, sparse::modulo{0}, sparse::table{2}).check().code == rw::errc::out_of_range);
}

TEST_CASE("strings are pieces of one text") {
  std::string const text = "reddressabc";
  std::vector<std::size_t> const offsets{0, 3, 8, 8, 11};
  sparse::strings const words(text, rw::lists(offsets));
  CHECK(words.size() == 4);
  CHECK(words[1] == "dress");
  CHECK(words[2].empty());
  CHECK(sparse::hash_text{}(words[3]) == 0x44bc2cf5ad770999u);
  rw::status s;
  sparse::strings const wrong(std::string("short"), rw::lists(offsets), s);
  CHECK(s.code == rw::errc::offsets_overrun);
  CHECK(wrong.size() == 0);
}
