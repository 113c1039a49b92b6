#ifndef RANKWISE_SPARSE_HASH_HPP
#define RANKWISE_SPARSE_HASH_HPP

#include <rankwise/core/config.hpp>

#include <cstddef>
#include <cstdint>

/// XXH64 (Yann Collet, the xxHash specification, version 0.1.1): a published 64-bit hash of byte strings, the same on
/// every machine.
namespace rankwise::inline RANKWISE_ABI::sparse {

namespace detail {

inline constexpr std::uint64_t xxh_prime1 = 0x9E3779B185EBCA87u;
inline constexpr std::uint64_t xxh_prime2 = 0xC2B2AE3D27D4EB4Fu;
inline constexpr std::uint64_t xxh_prime3 = 0x165667B19E3779F9u;
inline constexpr std::uint64_t xxh_prime4 = 0x85EBCA77C2B2AE63u;
inline constexpr std::uint64_t xxh_prime5 = 0x27D4EB2F165667C5u;

RANKWISE_FN std::uint64_t rotate_left(std::uint64_t x, int n) {
  return (x << n) | (x >> (64 - n));
}

/// `Bytes` of memory as a number, lowest byte first on every machine.
template <int Bytes, class Byte>
RANKWISE_FN std::uint64_t little_endian(Byte const* p) {
  std::uint64_t x = 0;
  for (int b = 0; b < Bytes; ++b) {
    x |= static_cast<std::uint64_t>(static_cast<unsigned char>(p[b])) << (8 * b);
  }
  return x;
}

RANKWISE_FN std::uint64_t xxh_round(std::uint64_t lane, std::uint64_t input) {
  return rotate_left(lane + input * xxh_prime2, 31) * xxh_prime1;
}

RANKWISE_FN std::uint64_t xxh_merge(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ xxh_round(0, lane)) * xxh_prime1 + xxh_prime4;
}

RANKWISE_FN std::uint64_t xxh_eight(std::uint64_t hash, std::uint64_t input) {
  return rotate_left(hash ^ xxh_round(0, input), 27) * xxh_prime1 + xxh_prime4;
}

RANKWISE_FN std::uint64_t xxh_finish(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * xxh_prime2;
  hash = (hash ^ (hash >> 29)) * xxh_prime3;
  return hash ^ (hash >> 32);
}

} // namespace detail

/// Of `size` bytes: char, unsigned char or std::byte.
template <class Byte>
RANKWISE_FN std::uint64_t hash_bytes(Byte const* bytes, std::size_t size, std::uint64_t seed = 0) {
  static_assert(sizeof(Byte) == 1, "[rankwise] hash_bytes takes bytes");
  using namespace detail;
  std::size_t at = 0;
  std::uint64_t hash = seed + xxh_prime5;
  if (size >= 32) {
    std::uint64_t lane[4] = {seed + xxh_prime1 + xxh_prime2, seed + xxh_prime2, seed, seed - xxh_prime1};
    for (; at + 32 <= size; at += 32) {
      for (std::size_t k = 0; k < 4; ++k) {
        lane[k] = xxh_round(lane[k], little_endian<8>(bytes + at + 8 * k));
      }
    }
    hash = rotate_left(lane[0], 1) + rotate_left(lane[1], 7) + rotate_left(lane[2], 12) + rotate_left(lane[3], 18);
    for (std::uint64_t const l : lane) {
      hash = xxh_merge(hash, l);
    }
  }
  hash += size;
  for (; at + 8 <= size; at += 8) {
    hash = xxh_eight(hash, little_endian<8>(bytes + at));
  }
  if (at + 4 <= size) {
    hash = rotate_left(hash ^ (little_endian<4>(bytes + at) * xxh_prime1), 23) * xxh_prime2 + xxh_prime3;
    at += 4;
  }
  for (; at < size; ++at) {
    hash = rotate_left(hash ^ (little_endian<1>(bytes + at) * xxh_prime5), 11) * xxh_prime1;
  }
  return xxh_finish(hash);
}

/// Of two numbers: the hash of their sixteen bytes, each number lowest byte first.
RANKWISE_FN std::uint64_t hash_pair(std::uint64_t first, std::uint64_t second, std::uint64_t seed = 0) {
  using namespace detail;
  return xxh_finish(xxh_eight(xxh_eight(seed + xxh_prime5 + 16, first), second));
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
