#ifndef RANKWISE_VALUE_TOP_SCORES_HPP
#define RANKWISE_VALUE_TOP_SCORES_HPP

#include <rankwise/core/options.hpp>
#include <rankwise/exec/placed_lists.hpp>
#include <rankwise/rank/top.hpp>
#include <rankwise/value/kernels.hpp>
#include <rankwise/value/over_lists.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

/// The best items of every list with their scores, straight from the logits: a score exists while its item is looked
/// at.
namespace rankwise::inline RANKWISE_ABI {

/// The best K items of every list with their scores, best first: K places per list of which the first `counts[l]` are
/// used. Items are positions in the columns of the call.
template <std::size_t K, class T>
struct top_scores {
  std::vector<std::size_t> items;
  std::vector<T> scores;
  std::vector<std::size_t> counts;

  std::span<std::size_t const> operator[](std::size_t list) const RANKWISE_REFERS_TO_THIS {
    return std::span<std::size_t const>(items).subspan(list * K, counts[list]);
  }
  std::span<T const> scores_of(std::size_t list) const RANKWISE_REFERS_TO_THIS {
    return std::span<T const>(scores).subspan(list * K, counts[list]);
  }
  std::size_t size() const { return counts.size(); }
};

/// Columns of the caller's for the same, in the memory of the executor: `top_columns(items, scores, counts)`. Items and
/// counts are integers of any type, scores have the type of the call.
template <class Items, class Scores, class Counts>
struct top_columns {
  top_columns(Items& i, Scores& s, Counts& c) : items(as_column(i)), scores(as_column(s)), counts(as_column(c)) {}

  column_of<Items> items;
  column_of<Scores> scores;
  column_of<Counts> counts;
};

namespace detail {

template <class T>
inline constexpr bool is_top_columns = false;
template <class Items, class Scores, class Counts>
inline constexpr bool is_top_columns<top_columns<Items, Scores, Counts>> = true;

/// Scores of a part of a list, as rank::top sees them.
template <class V, std::size_t Capacity>
struct score_chunk {
  using vector = V;
  using scalar = math::scalar_t<V>;
  // Full registers at the end, and rank::top's own places behind the last.
  static constexpr std::size_t room = Capacity + 64;

  alignas(64) scalar score[room];
  alignas(64) mutable scalar keys[2][room];
  alignas(64) mutable std::uint32_t places[rank::top_scratch::indices][room];
  std::size_t count = 0;

  RANKWISE_FN std::size_t size() const { return count; }
  RANKWISE_FN bool has_masked() const { return false; }
  template <class Index>
  RANKWISE_FN auto live(Index i) const {
    return load(score, i) > V(-math::ops<scalar>::infinity);
  }
  template <class F>
  RANKWISE_FN void each(F f) const {
    for_each_pack<V>(count, f);
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN scalar* values() const {
    return keys[Slot];
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN std::uint32_t* indices() const {
    return places[Slot];
  }
};

/// The best k so far, sorted, in the caller's memory.
template <class T, class Item = std::size_t>
struct best_items {
  T* score;
  Item* item;
  std::size_t k;
  std::size_t count = 0;

  /// Takes over the first `found` of `order`, positions in a chunk that comes after all items seen so far: of equal
  /// scores the one already here stays in front.
  RANKWISE_ALWAYS_INLINE void merge(T const* scores, std::uint32_t const* order, std::size_t found, std::size_t first) {
    // How many of either side stay is settled from the front, then both move from the back.
    std::size_t mine = 0;
    std::size_t theirs = 0;
    while (mine + theirs < k && (mine < count || theirs < found)) {
      bool const keep = theirs == found || (mine < count && score[mine] >= scores[order[theirs]]);
      ++(keep ? mine : theirs);
    }
    count = mine + theirs;
    for (std::size_t at = count; theirs > 0; --at) {
      if (mine > 0 && !(score[mine - 1] >= scores[order[theirs - 1]])) {
        --mine;
        score[at - 1] = score[mine];
        item[at - 1] = item[mine];
      } else {
        --theirs;
        score[at - 1] = scores[order[theirs]];
        item[at - 1] = static_cast<Item>(first + order[theirs]);
      }
    }
  }

  /// One item more, whichever its place among the others: of equal scores the earlier item goes first.
  RANKWISE_ALWAYS_INLINE void insert(T x, std::size_t which) {
    auto const before = [&](std::size_t r) {
      return score[r] > x || (score[r] == x && static_cast<std::size_t>(item[r]) < which);
    };
    if (!(x > -math::ops<T>::infinity) || (count == k && before(k - 1))) {
      return;
    }
    std::size_t at = count < k ? count++ : k - 1;
    for (; at > 0 && !before(at - 1); --at) {
      score[at] = score[at - 1];
      item[at] = item[at - 1];
    }
    score[at] = x;
    item[at] = static_cast<Item>(which);
  }
};

inline constexpr std::size_t top_chunk = 256;

/// The best k items of every list. Scores exist for one chunk of a list at a time; a chunk without a score above the
/// k-th best so far is passed over. `Source` has start(l, memory), which returns a cursor with size(), fill(begin,
/// count, scores) and flagged().
template <class V, class Source, class Groups, class Item = std::size_t, class Count = std::size_t>
struct top_of_lists {
  using vector = V;
  using scalar = math::scalar_t<V>;
  using scratch = typename Source::scratch;

  Source source;
  Groups groups;
  std::size_t k;
  Item* items;
  scalar* scores;
  Count* counts;

  RANKWISE_ALWAYS_INLINE list_outcome operator()(std::size_t l, list_scratch<scalar> memory) const {
    std::size_t const first = groups.begin_of(l);
    std::size_t const size = groups.size_of(l);
    auto const cursor = source.start(first, size, memory);
    best_items<scalar, Item> best{scores + l * k, items + l * k, k};
    score_chunk<V, top_chunk> chunk;
    bool flagged = cursor.flagged();
    for (std::size_t begin = 0; begin < size && !flagged; begin += top_chunk) {
      chunk.count = begin + top_chunk < size ? top_chunk : size - begin;
      cursor.fill(begin, chunk.count, chunk.score);
      V const infinity(math::ops<scalar>::infinity);
      V bad(0);
      V greatest(-math::ops<scalar>::infinity);
      chunk.each([&](auto i) {
        V x = load(static_cast<scalar const*>(chunk.score), i);
        if constexpr (!decltype(i)::full) {
          x = math::select(math::ops<V>::first(i.count), x, -infinity);
        }
        bad = bad + math::select(x < infinity, V(0), V(1));
        greatest = math::max(greatest, x);
      });
      flagged = math::reduce_add(bad) > scalar(0);
      if (!flagged && (best.count < k || math::reduce_max(greatest) > best.score[k - 1])) {
        std::size_t const found =
            rank::top(chunk, k, [&](auto i) { return load(static_cast<scalar const*>(chunk.score), i); });
        best.merge(chunk.score, chunk.template indices<0>(), found, first + begin);
      }
    }
    counts[l] = static_cast<Count>(flagged ? 0 : best.count);
    return {0, 1, flagged};
  }
};

/// All scores of a list in scratch memory, as rank::top sees them.
template <class V>
struct scored_list {
  using vector = V;
  using scalar = math::scalar_t<V>;

  scalar* keys;
  std::uint32_t* places;
  std::size_t stride;
  std::size_t count;

  RANKWISE_FN std::size_t size() const { return count; }
  RANKWISE_FN bool has_masked() const { return false; }
  template <class Index>
  RANKWISE_FN auto live(Index i) const {
    return load(static_cast<scalar const*>(keys), i) > V(-math::ops<scalar>::infinity);
  }
  template <class F>
  RANKWISE_FN void each(F f) const {
    for_each_pack<V>(count, f);
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN scalar* values() const {
    return keys + Slot * stride;
  }
  template <std::size_t Slot = 0>
  RANKWISE_FN std::uint32_t* indices() const {
    return places + Slot * stride;
  }
};

/// The best k items of every list where a list is worked on by a group of threads, or by one: its scores stand in
/// scratch memory, and nowhere else.
template <class V, class Value, int Slots, class Logits, class Groups, class Ids, class Accuracy, class Item,
          class Count>
struct top_of_scores {
  using vector = V;
  using scalar = math::scalar_t<V>;
  using scratch = std::conditional_t<Slots == 0, scratch_columns<2, 3>, list_run_scratch<Slots, 0>>;
  static constexpr bool in_groups = true;
  static_assert(is_shared<V> || math::lanes<V> == 1);

  Value value;
  Logits logits;
  Groups groups;
  any_column mask;
  Ids ids;
  std::size_t k;
  Item* items;
  scalar* scores;
  Count* counts;

  template <class W>
  constexpr top_of_scores<W, Value, Slots, Logits, Groups, Ids, Accuracy, Item, Count> with() const {
    return {value, logits, groups, mask, ids, k, items, scores, counts};
  }

  RANKWISE_FN list_outcome operator()(std::size_t l, list_scratch<scalar> memory) const {
    std::size_t const first = groups.begin_of(l);
    list_run<V, Logits, Accuracy, false, Slots> list(logits, first, groups.size_of(l), ids.column, mask, memory);
    value.adjust(list);
    scored_list<V> const scored{list.keys, list.indices, memory.stride, list.items};
    V bad(0);
    list.each([&](auto i) {
      V const y =
          list.unless_out(i, value(value::detail::share_leaves(value, list.item(i))), V(-math::ops<scalar>::infinity));
      bad = bad + list.in_range(i, math::select(y < V(math::ops<scalar>::infinity), V(0), V(1)));
      store(scored.keys, i, y);
    });
    bool const flagged = list.flagged || math::reduce_add(bad) > scalar(0);
    std::size_t const found =
        flagged ? 0 : rank::top(scored, k, [&](auto i) { return load(static_cast<scalar const*>(scored.keys), i); });
    each_place<V>(found, [&](std::size_t r) {
      std::uint32_t const item = scored.places[r];
      items[l * k + r] = static_cast<Item>(first + item);
      scores[l * k + r] = scored.keys[is_shared<V> ? item : r]; // one thread sorts the keys, too
    });
    once<V>([&] { counts[l] = static_cast<Count>(found); });
    return {0, 1, flagged};
  }
};

/// Scores of a list whose value model has adjusters: they run first, then scores come chunk by chunk.
template <class V, class Value, int Slots, class Logits, class Ids, class Accuracy>
struct adjusted_source {
  using scalar = math::scalar_t<V>;
  using scratch = list_run_scratch<Slots, 0>;

  Value value;
  Logits logits;
  any_column mask;
  Ids ids;

  struct cursor {
    Value const& value;
    list_run<V, Logits, Accuracy, false, Slots> list;

    RANKWISE_ALWAYS_INLINE bool flagged() const { return list.flagged; }
    RANKWISE_ALWAYS_INLINE void fill(std::size_t begin, std::size_t count, scalar* scores) const {
      for_each_pack<V>(count, [&](auto i) {
        auto local = i;
        local.first += begin;
        V const y = value(value::detail::share_leaves(value, list.item(local)));
        store(scores, i, list.unless_out(local, y, V(-math::ops<scalar>::infinity)));
      });
    }
  };

  RANKWISE_ALWAYS_INLINE cursor start(std::size_t first, std::size_t size, list_scratch<scalar> const& memory) const {
    cursor c{value, {logits, first, size, ids.column, mask, memory}};
    value.adjust(c.list);
    return c;
  }
};

/// Scores of a list whose value model looks at one item at a time, for `top_of_lists`. One for all value models.
template <class V, class T, std::size_t Columns, class Executor, class Logits>
struct block_source {
  using scratch = scratch_columns<0, 0>;
  static_assert(logit_block<T, Columns, Executor>::size <= top_chunk);

  Logits logits;
  block_function<T> score;
  void const* value;
  any_column mask;

  struct cursor {
    block_source const& source;
    std::size_t first;

    static constexpr bool flagged() { return false; }
    RANKWISE_ALWAYS_INLINE void fill(std::size_t begin, std::size_t count, T* scores) const {
      using block_type = logit_block<T, Columns, Executor>;
      for (std::size_t at = 0; at < count; at += block_type::size) {
        std::size_t const some = at + block_type::size < count ? block_type::size : count - at;
        block_type block;
        block.read(source.logits, first + begin + at, some);
        T* const to[] = {scores + at};
        source.score(source.value, block.column, to, (some + block_type::width - 1) / block_type::width);
      }
      if (source.mask.given()) {
        double takes_part[top_chunk];
        source.mask.read(first + begin, count, takes_part);
        for (std::size_t i = 0; i < count; ++i) {
          scores[i] = takes_part[i] != 0 ? scores[i] : -math::ops<T>::infinity;
        }
      }
    }
  };

  RANKWISE_ALWAYS_INLINE cursor start(std::size_t first, std::size_t, list_scratch<T> const&) const {
    return {*this, first};
  }
};

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI

#endif
