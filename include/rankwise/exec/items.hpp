#ifndef RANKWISE_EXEC_ITEMS_HPP
#define RANKWISE_EXEC_ITEMS_HPP

#include <rankwise/exec/pack.hpp>

#include <cstddef>
#include <cstdint>

/// Item-wise passes that also add up: a formula over one item, or one pack of items, returns N numbers per item (a
/// loss, derivatives by shared parameters); the pass returns their sums, in double and in a fixed order.
namespace rankwise::inline RANKWISE_ABI {

/// N values per item.
template <class V, std::size_t N>
struct item_sums {
  V value[N];
};

/// The running totals of an item-wise pass. Items are added in order within blocks of a fixed length, blocks in order.
template <std::size_t N>
struct item_total {
  double value[N] = {};
  std::size_t first_flagged = static_cast<std::size_t>(-1);
  std::size_t flagged = 0;
  bool ran = true; ///< false: the call failed and nothing was written

  RANKWISE_FN void merge(item_total const& next) {
    for (std::size_t k = 0; k < N; ++k) {
      value[k] += next.value[k];
    }
    first_flagged = next.first_flagged < first_flagged ? next.first_flagged : first_flagged;
    flagged += next.flagged;
  }

  static constexpr item_total failed() {
    item_total t;
    t.ran = false;
    return t;
  }
};

namespace detail {

/// Items of a block, and packs of it that are added in the value type before the sum moves on in double.
inline constexpr std::size_t item_block = 1024;
inline constexpr std::size_t packs_in_value_type = 16;

constexpr std::size_t item_blocks(std::size_t items) {
  return (items + item_block - 1) / item_block;
}

/// Adds up what a kernel returns for the packs of a block. An item whose first number is not finite is flagged and adds
/// nothing; the kernel has cleared its outputs.
template <class V, std::size_t N>
class block_sums {
public:
  template <class Index>
  RANKWISE_FN void add(Index i, item_sums<V, N> x) {
    auto finite = math::is_finite(x.value[0]);
    if constexpr (!Index::full) {
      // Dead lanes count as finite zeros.
      auto const live = math::ops<V>::first(i.count);
      for (V& v : x.value) {
        v = math::select(live, v, V(0));
      }
      finite = math::is_finite(x.value[0]);
    }
    if (!math::all(finite)) {
      std::uint64_t bad = ~math::bits(finite);
      for (std::size_t lane = 0; lane < i.live(); ++lane) {
        if ((bad >> lane & 1) != 0) {
          total_.first_flagged = i.first + lane < total_.first_flagged ? i.first + lane : total_.first_flagged;
          ++total_.flagged;
        }
      }
      for (V& v : x.value) {
        v = math::select(finite, v, V(0));
      }
    }
    for (std::size_t k = 0; k < N; ++k) {
      sum_.value[k] += x.value[k];
    }
    if (++packs_ == packs_in_value_type) {
      move_on();
    }
  }

  RANKWISE_FN item_total<N> total() {
    move_on();
    return total_;
  }

private:
  RANKWISE_FN void move_on() {
    for (std::size_t k = 0; k < N; ++k) {
      total_.value[k] += static_cast<double>(math::reduce_add(sum_.value[k]));
      sum_.value[k] = V(0);
    }
    packs_ = 0;
  }

  item_sums<V, N> sum_{};
  item_total<N> total_;
  std::size_t packs_ = 0;
};

/// One block: items begin .. end-1.
template <class Executor, class V, std::size_t N, class Kernel>
RANKWISE_FLATTEN RANKWISE_FN item_total<N> sum_block(std::size_t begin, std::size_t end, Kernel const& kernel) {
  block_sums<V, N> sums;
  for_each_pack<V>(end - begin, [&](auto i) {
    i.first += begin;
    sums.add(i, kernel(i));
  });
  return sums.total();
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI

#endif
