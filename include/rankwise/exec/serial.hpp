#ifndef RANKWISE_EXEC_SERIAL_HPP
#define RANKWISE_EXEC_SERIAL_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/core/workspace.hpp>
#include <rankwise/exec/executor.hpp>
#include <rankwise/exec/items.hpp>
#include <rankwise/exec/pass.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// The loops of the executors that use one thread, and the pieces that the threaded one shares with them.
namespace rankwise::inline RANKWISE_ABI::detail {

RANKWISE_HOST_FN std::size_t round_up(std::size_t n, std::size_t unit) {
  return (n + unit - 1) / unit * unit;
}

/// At least n: a power of two from `least` on, or a multiple of `most`. Steps of that size from a multiple of `most` on
/// do not cross one of its multiples before they have gone through `most`, or all of n.
RANKWISE_HOST_FN std::size_t round_within(std::size_t n, std::size_t least, std::size_t most) {
  return n == 0 ? 0 : n > most ? round_up(n, most) : std::bit_ceil(n < least ? least : n);
}

/// Memory for the scratch columns of one thread. Columns are padded to cache lines, so that a pack at the end of a list
/// stays within its own. The first 512 bytes of a column lie in one page where the memory begins at a multiple of 512:
/// the few items that a pass collects stand there, and a register that straddles two pages costs dozens of cycles.
/// `LongestBegun` items has the longest list that is begun before another is finished; 0: none is.
template <class V, class Columns, std::size_t LongestBegun>
struct scratch_size {
  using scalar = math::scalar_t<V>;
  static constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  std::size_t stride;

  constexpr explicit scratch_size(std::size_t longest) : stride(round_within(longest + width, 16, 128)) {
    stride += stride % 512 == 0 ? 128 : 0; // columns that begin at the same place of a page are in each other's way
  }

  /// Of the columns for a list that is begun before another is finished; they follow the others.
  static constexpr std::size_t begun_stride(std::size_t of_others) {
    if constexpr (LongestBegun == 0) {
      return 0;
    } else {
      constexpr std::size_t most = round_up(LongestBegun + width, 128);
      return of_others < most ? of_others : most;
    }
  }
  constexpr std::size_t values() const { return Columns::values * (stride + begun_stride(stride)); }
  constexpr std::size_t indices() const { return Columns::indices * (stride + begun_stride(stride)); }
  constexpr std::size_t bytes() const {
    return round_within(values() * sizeof(scalar) + indices() * sizeof(std::uint32_t), workspace::alignment,
                        workspace::page_part);
  }
  list_scratch<scalar> at(std::byte* memory) const {
    auto* const v = reinterpret_cast<scalar*>(memory);
    return {v, reinterpret_cast<std::uint32_t*>(memory + values() * sizeof(scalar)), stride};
  }
};

template <class Pass>
inline constexpr std::size_t longest_begun_by = 0;
template <class Pass>
  requires requires {
    requires Pass::in_halves;
  }
inline constexpr std::size_t longest_begun_by<Pass> = Pass::longest_begun;

template <class Pass>
using scratch_size_of = scratch_size<typename Pass::vector, typename Pass::scratch, longest_begun_by<Pass>>;

/// The scratch columns of a pass on one thread: in the workspace, or where a constant is computed, in storage.
template <class Size, class Isa = arch::native>
class thread_scratch {
public:
  using scalar = typename Size::scalar;

  constexpr thread_scratch(std::size_t longest, workspace* memory, on_error const& errors) {
    Size const size(longest);
    if (std::is_constant_evaluated()) {
      values_.resize(size.values());
      indices_.resize(size.indices());
      columns_ = {values_.data(), indices_.data(), size.stride};
    } else {
      std::byte* const bytes = memory->host(size.bytes());
      fits_ = bytes != nullptr || size.bytes() == 0;
      if (fits_) {
        columns_ = size.at(bytes);
      } else {
        deliver({errc::workspace_too_small, "workspace", status::nowhere, size.bytes(), memory->size()}, errors);
      }
    }
  }
  /// False: the workspace is too small, and that was reported.
  constexpr bool fits() const { return fits_; }
  constexpr list_scratch<scalar> columns() const { return columns_; }

private:
  storage<scalar> values_;
  storage<std::uint32_t> indices_;
  list_scratch<scalar> columns_{};
  bool fits_ = true;
};

/// Lists first .. last-1 of a chunk.
template <class Pass>
RANKWISE_HOST_FN pass_total run_chunk(Pass const& pass, std::size_t first, std::size_t last,
                                      list_scratch<typename Pass::scalar> scratch) {
  pass_total total;
  if constexpr (requires { requires Pass::in_halves; }) {
    using columns = typename Pass::scratch;
    list_scratch<typename Pass::scalar> const apart{scratch.values + columns::values * scratch.stride,
                                                    scratch.indices + columns::indices * scratch.stride,
                                                    scratch_size_of<Pass>::begun_stride(scratch.stride)};
    typename Pass::begun_list begun{}; // of list l - 1, which has its numbers apart or not
    bool is_apart = false;
    for (std::size_t l = first; l <= last; ++l) {
      typename Pass::begun_list next{};
      if (l < last) {
        next = pass.begin(l, is_apart ? scratch : apart);
      }
      if (l > first) {
        total.add(pass.finish(l - 1, begun, is_apart ? apart : scratch), l - 1);
      }
      begun = next;
      is_apart = next.holds && !is_apart; // what was not begun may be too long for the columns apart
    }
  } else {
    for (std::size_t l = first; l < last; ++l) {
      total.add(pass(l, scratch), l);
    }
  }
  return total;
}

/// Lists first .. last-1, added up in the fixed order. The executor is a parameter for its instruction set's sake.
template <class Executor, class Pass>
RANKWISE_FLATTEN constexpr pass_total run_lists(Pass const& pass, std::size_t first, std::size_t last,
                                                list_scratch<typename Pass::scalar> scratch) {
  pass_total total;
  for (std::size_t begin = first; begin < last; begin += pass_total::chunk) {
    std::size_t const end = begin + pass_total::chunk < last ? begin + pass_total::chunk : last;
    total.merge(run_chunk(pass, begin, end, scratch));
  }
  return total;
}

template <class Derived>
struct serial {
  static constexpr memory where = memory::host;
  template <class T, class Kernel>
  RANKWISE_FLATTEN static constexpr void for_each_item(std::size_t n, Kernel const& kernel) {
    for_each_pack<typename Derived::template vector<T>>(n, kernel);
  }

  /// Calls f(begin, count) for blocks of `block` items; the last one may be shorter.
  template <class F>
  static constexpr void for_each_block(std::size_t n, std::size_t block, F const& f) {
    for (std::size_t begin = 0; begin < n; begin += block) {
      f(begin, begin + block < n ? block : n - begin);
    }
  }

  /// Runs `kernel(i)` over packs of items and adds up the N numbers that it returns, block by block.
  template <class T, std::size_t N, class Kernel>
  static constexpr item_total<N> sum_items(std::size_t n, Kernel const& kernel, workspace* /*memory*/, on_error) {
    item_total<N> total;
    for (std::size_t begin = 0; begin < n; begin += item_block) {
      std::size_t const end = begin + item_block < n ? begin + item_block : n;
      total.merge(sum_block<Derived, typename Derived::template vector<T>, N>(begin, end, kernel));
    }
    return total;
  }

  /// The lists with their offsets where this executor can read them.
  template <class Offset>
  static constexpr lists<Offset> place(lists<Offset> const& groups, workspace* /*memory*/) {
    return groups;
  }

  template <class Pass, class Groups>
  static constexpr std::size_t workspace_bytes(Groups const& groups) {
    return scratch_size_of<Pass>(groups.longest()).bytes();
  }

  template <class Groups, class Pass>
  static constexpr pass_total for_each_list(Groups const& groups, Pass const& pass, workspace* memory,
                                            on_error errors) {
    thread_scratch<scratch_size_of<Pass>> const scratch(groups.longest(), memory, errors);
    return scratch.fits() ? run_lists<Derived>(pass, 0, groups.size(), scratch.columns()) : pass_total::failed();
  }
};

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
