#ifndef RANKWISE_STAT_RESAMPLE_HPP
#define RANKWISE_STAT_RESAMPLE_HPP

#include <rankwise/math/value.hpp>
#include <rankwise/stat/order.hpp>
#include <rankwise/stat/rows.hpp>

#include <cstddef>
#include <cstdint>

/// Resampling by counter: what replicate r draws depends on the seed, on r and on the number of items alone, so any
/// executor and any number of threads has the same bits. Nothing here is needed to use the tests that resample.
namespace rankwise::inline RANKWISE_ABI::stat::detail {

/// Philox blocks first .. first+width-1 of a replicate, word by word: loops that compilers turn into registers.
struct philox_row {
  static constexpr std::size_t width = 16;
  std::uint32_t word[4][width];
};

template <class Isa>
void draw_row(philox_row& row, std::uint64_t seed, std::uint64_t first, std::uint64_t replicate) {
  constexpr std::size_t width = philox_row::width;
  for (std::size_t l = 0; l < width; ++l) {
    row.word[0][l] = static_cast<std::uint32_t>(first + l);
    row.word[1][l] = static_cast<std::uint32_t>((first + l) >> 32);
    row.word[2][l] = static_cast<std::uint32_t>(replicate);
    row.word[3][l] = static_cast<std::uint32_t>(replicate >> 32);
  }
  std::uint32_t key_low = static_cast<std::uint32_t>(seed);
  std::uint32_t key_high = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) { // core/random.hpp, for `width` counters at once
    for (std::size_t l = 0; l < width; ++l) {
      std::uint64_t const a = std::uint64_t{0xD2511F53u} * row.word[0][l];
      std::uint64_t const b = std::uint64_t{0xCD9E8D57u} * row.word[2][l];
      row.word[0][l] = static_cast<std::uint32_t>(b >> 32) ^ row.word[1][l] ^ key_low;
      row.word[1][l] = static_cast<std::uint32_t>(b);
      row.word[2][l] = static_cast<std::uint32_t>(a >> 32) ^ row.word[3][l] ^ key_high;
      row.word[3][l] = static_cast<std::uint32_t>(a);
    }
    key_low += 0x9E3779B9u;
    key_high += 0xBB67AE85u;
  }
}

/// Calls f(items, count) for n items drawn with replacement from 0 .. n-1, up to 64 at a time. An item's probability is
/// 1/n to within 2^-32 for up to 65,536 items, and to within 2^-64 for more; n is below 2^32.
template <class Isa, class F>
void for_each_drawn(std::uint64_t seed, std::uint64_t replicate, std::size_t n, F f) {
  constexpr std::size_t width = philox_row::width;
  philox_row row;
  std::uint32_t item[4 * width];
  bool const few = n <= 65536;
  std::size_t const per_row = few ? 4 * width : 2 * width;
  std::uint64_t block = 0;
  for (std::size_t done = 0; done < n; done += per_row, block += width) {
    draw_row<Isa>(row, seed, block, replicate);
    if (few) {
      for (std::size_t k = 0; k < 4; ++k) {
        for (std::size_t l = 0; l < width; ++l) {
          item[k * width + l] = static_cast<std::uint32_t>((std::uint64_t{row.word[k][l]} * n) >> 32);
        }
      }
    } else {
      for (std::size_t k = 0; k < 2; ++k) {
        for (std::size_t l = 0; l < width; ++l) {
          std::uint64_t const low = (std::uint64_t{row.word[2 * k][l]} * n) >> 32;
          item[k * width + l] = static_cast<std::uint32_t>((std::uint64_t{row.word[2 * k + 1][l]} * n + low) >> 32);
        }
      }
    }
    f(item, n - done < per_row ? n - done : per_row);
  }
}

/// Calls f(replicate) for 0 .. replicates-1 on the threads of an executor. A replicate is heavy: as many items as an
/// executor hands to a thread at a time stand for one.
template <class Executor, class F>
void for_each_replicate(Executor const& executor, std::size_t replicates, F f) {
  constexpr std::size_t share = 16384;
  executor.for_each_block(replicates * share, share, [&](std::size_t begin, std::size_t) { f(begin / share); });
}

/// Quantile q of sorted keys, on the line between neighbours (type 7 of Hyndman and Fan 1996: numpy, R).
RANKWISE_HOST_FN double sorted_quantile(std::uint64_t const* keys, std::size_t count, double q) {
  if (count == 0) {
    return math::ops<double>::quiet_nan;
  }
  double const at = q * static_cast<double>(count - 1);
  auto const below = static_cast<std::size_t>(at);
  double const low = number_of(keys[below]);
  double const high = number_of(keys[below + 1 < count ? below + 1 : below]);
  double const part = at - static_cast<double>(below);
  double const between = low + part * (high - low);
  return between - between == 0 ? between : low * (1 - part) + high * part; // the two may be far apart
}

} // namespace rankwise::inline RANKWISE_ABI::stat::detail

#endif
