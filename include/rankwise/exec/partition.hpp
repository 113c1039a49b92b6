#ifndef RANKWISE_EXEC_PARTITION_HPP
#define RANKWISE_EXEC_PARTITION_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/exec/group.hpp>
#include <rankwise/exec/pass.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

/// Lists of all lengths in one call, balanced over groups of threads: short ones for a part of a warp, middle ones for
/// a warp, long ones for a block. Whole numbers only.
namespace rankwise::inline RANKWISE_ABI::detail {

/// Lists in classes by length; `first` counts in the order that `classify` writes.
struct list_classes {
  static constexpr std::size_t count = 3;
  static constexpr std::size_t longest_of(std::size_t c) { return c == 0 ? 64 : 1024; }
  static constexpr std::size_t class_of(std::size_t size) {
    return size <= longest_of(0) ? 0 : size <= longest_of(1) ? 1 : 2;
  }

  std::size_t first[count + 1] = {};
  std::size_t longest[count] = {};

  constexpr std::size_t size_of(std::size_t c) const { return first[c + 1] - first[c]; }

  /// All lists are as long as one of them.
  static constexpr list_classes uniform(std::size_t lists, std::size_t length) {
    list_classes classes;
    std::size_t const c = class_of(length);
    for (std::size_t k = c; k < count; ++k) {
      classes.first[k + 1] = lists;
    }
    classes.longest[c] = length;
    return classes;
  }
};

/// Writes the numbers of the lists into `order`, class by class. Within a class they keep their order, as neighbours in
/// memory are best read together; but long ones come longest first, as what takes longest must not come last.
template <class Offset>
list_classes classify(lists<Offset> const& groups, std::uint32_t* order) {
  list_classes classes;
  for (std::size_t l = 0; l < groups.size(); ++l) {
    std::size_t const c = list_classes::class_of(groups.size_of(l));
    ++classes.first[c + 1];
    classes.longest[c] = std::max(classes.longest[c], groups.size_of(l));
  }
  std::size_t next[list_classes::count];
  for (std::size_t c = 0; c < list_classes::count; ++c) {
    next[c] = classes.first[c];
    classes.first[c + 1] += classes.first[c];
  }
  for (std::size_t l = 0; l < groups.size(); ++l) {
    order[next[list_classes::class_of(groups.size_of(l))]++] = static_cast<std::uint32_t>(l);
  }
  constexpr std::size_t last = list_classes::count - 1;
  std::sort(order + classes.first[last], order + classes.first[last + 1], [&](std::uint32_t a, std::uint32_t b) {
    return groups.size_of(a) > groups.size_of(b) || (groups.size_of(a) == groups.size_of(b) && a < b);
  });
  return classes;
}

/// Numbers in a scratch column of a group: room for the longest list and a register.
template <class V>
constexpr std::size_t group_stride(std::size_t longest) {
  return (longest + static_cast<std::size_t>(math::lanes<V>) + 15) / 16 * 16;
}

/// What group `g` of `groups` does in a class: every `groups`-th list, in scratch of its own.
template <class Pass>
struct group_work {
  using vector = typename Pass::vector;
  using scalar = typename Pass::scalar;

  Pass pass;
  list_scratch<scalar> scratch; ///< of group 0; the others' follow
  std::uint32_t const* order;   ///< null: lists first, first + 1, ...
  std::size_t first;
  std::size_t count;
  list_outcome* outcomes;

  RANKWISE_FN void operator()(std::size_t g, std::size_t groups) const {
    list_scratch<scalar> own = scratch;
    own.values += g * Pass::scratch::values * own.stride;
    own.indices += g * Pass::scratch::indices * own.stride;
    for (std::size_t k = g; k < count; k += groups) {
      std::size_t const list = order == nullptr ? first + k : order[first + k];
      list_outcome const outcome = pass(list, own);
      once<vector>([&] { outcomes[list] = outcome; }); // and nobody begins the next list before all have left this one
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
