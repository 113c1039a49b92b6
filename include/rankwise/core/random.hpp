#ifndef RANKWISE_CORE_RANDOM_HPP
#define RANKWISE_CORE_RANDOM_HPP

#include <rankwise/core/config.hpp>

#include <cstdint>

/// Random numbers without a state: a function of a seed and of what is drawn for (an item, a query, a round). The same
/// on every machine, in any order, on any number of threads.
namespace rankwise::inline RANKWISE_ABI {

/// Four numbers of 32 bits.
struct random_block {
  std::uint32_t word[4];

  friend constexpr bool operator==(random_block const&, random_block const&) = default;
};

/// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011): ten rounds over a counter of 128 bits with a key of 64.
RANKWISE_FN random_block philox(random_block counter, std::uint32_t key_low, std::uint32_t key_high) {
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const a = std::uint64_t{0xD2511F53u} * counter.word[0];
    std::uint64_t const b = std::uint64_t{0xCD9E8D57u} * counter.word[2];
    counter = {{static_cast<std::uint32_t>(b >> 32) ^ counter.word[1] ^ key_low, static_cast<std::uint32_t>(b),
                static_cast<std::uint32_t>(a >> 32) ^ counter.word[3] ^ key_high, static_cast<std::uint32_t>(a)}};
    key_low += 0x9E3779B9u;
    key_high += 0xBB67AE85u;
  }
  return counter;
}

/// 64 random bits for item `item` of stream `stream`.
RANKWISE_FN std::uint64_t random_bits(std::uint64_t seed, std::uint64_t item, std::uint64_t stream = 0) {
  random_block const r = philox({{static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32),
                                  static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)}},
                                static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  return (std::uint64_t{r.word[1]} << 32) | r.word[0];
}

/// In [0, 1), with 53 bits.
RANKWISE_FN double random_uniform(std::uint64_t seed, std::uint64_t item, std::uint64_t stream = 0) {
  return static_cast<double>(random_bits(seed, item, stream) >> 11) * 0x1p-53;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
