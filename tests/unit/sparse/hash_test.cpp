#include <rankwise/sparse/hash.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace sparse = rankwise::sparse;

TEST_CASE("XXH64 of texts of every path, as the reference implementation has them (python-xxhash)") {
  auto const of = [](std::string const& s, std::uint64_t seed = 0) {
    return sparse::hash_bytes(s.data(), s.size(), seed);
  };
  CHECK(of("") == 0xef46db3751d8e999u);
  CHECK(of("a") == 0xd24ec4f1a98c6e5bu);
  CHECK(of("abc") == 0x44bc2cf5ad770999u);
  CHECK(of("abc", 7) == 0x9e755206156676d7u);
  CHECK(of("The quick brown fox jumps over the lazy dog and more") == 0x4bad6082f5053f17u);
  // 0, 1, 2, ... of every length up to 100, folded: lengths mod 32, 8 and 4 all occur.
  std::string bytes;
  std::uint64_t all = 0;
  for (int n = 0; n <= 100; ++n) {
    all = all * 31 + of(bytes, static_cast<std::uint64_t>(n));
    bytes.push_back(static_cast<char>(n));
  }
  CHECK(all == 0x7e5f987ca8220abau);
}

TEST_CASE("numbers hash as their bytes, lowest first, on every machine and at compile time") {
  static_assert(sparse::hash_pair(1, 2) == 0x4b180fec3ef3d4acu);
  constexpr std::byte bytes[16]{std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0},
                                std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2}};
  static_assert(sparse::hash_bytes(bytes, 16) == sparse::hash_pair(1, 2));
  CHECK(sparse::hash_pair(1, 2, 5) == sparse::hash_bytes(bytes, 16, 5));
}
